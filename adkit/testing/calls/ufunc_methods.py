"""Methods of ufuncs, and the elements that ``where=`` selects."""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

#: Of two operands, smooth for positive numbers that differ.
COMPLEX = (np.add, np.multiply, np.subtract, np.true_divide, np.power)
REAL = (
    *COMPLEX,
    *(np.maximum, np.minimum, np.fmax, np.fmin),
    *(np.hypot, np.arctan2, np.logaddexp, np.logaddexp2, np.float_power, np.copysign),
)


def _ufunc(d: Draw) -> Any:
    return d.choose(*COMPLEX if d.dtype.kind == "c" else REAL)


def _operand(d: Draw, ndim: tuple[int, int], shortest: int = 1) -> Any:
    """Return an array whose elements are clear of kinks and poles."""
    if d.dtype.kind == "c":
        shape = d.shape(*ndim, shortest)
        return d.laid(d.numbers(shape, 0.5, 1.5), keep=True)
    return d.distinct(None, 0.5, 2.0, ndim=ndim, shortest=shortest)


def _reducible(d: Draw) -> Any:
    """Return a ufunc other than two that NumPy 2.4 reduces wrongly where it has AVX-512."""
    ufunc = _ufunc(d)
    return np.subtract if ufunc in (np.power, np.arctan2) else ufunc


def _several(ufunc: Any) -> bool:
    """Return whether a ufunc may be reduced over several axes."""
    return ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.hypot, np.logaddexp)


@sample("adkit.common.ops.ufunc_methods._reduce")
def _(d: Draw) -> Any:
    ufunc = _reducible(d)
    x = _operand(d, (1, 3))
    axis = d.axes(x) if _several(ufunc) else d.axis(x)
    return d.call(ufunc, x, axis=axis, **d.some(keepdims=[True]))


@sample("adkit.common.ops.ufunc_methods._reduce")
def _(d: Draw) -> Any:
    ufunc = _reducible(d)
    x = _operand(d, (1, 2))
    initial = d.dtype.type(d.choose(0.4, 1.04))
    wider = np.result_type(d.dtype, np.float64)
    options = d.some(where=[d.rng.random(d.partner(x.shape)) < 0.6], dtype=[wider])
    return d.call(ufunc, x, initial, axis=d.axis(x), **options)


@sample("adkit.common.ops.logarithms._log_sum", dtypes="fdg")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    ufunc = d.choose(np.logaddexp, np.logaddexp2)
    return d.call(x, ufunc, d.axes(x), **d.some(keepdims=[True]))


@sample("adkit.common.ops.ufunc_methods._accumulate")
def _(d: Draw) -> Any:
    x = _operand(d, (1, 3), d.choose(1, 0))
    wider = np.result_type(d.dtype, np.float64)
    return d.call(_ufunc(d), x, **d.some(axis=[d.axis(x)], dtype=[wider]))


@sample("adkit.common.ops.ufunc_methods._reduceat")
def _(d: Draw) -> Any:
    x = _operand(d, (1, 3))
    axis = d.choose(-1, d.axis(x))
    indices = d.integers((d.integer(0, 4),), 0, x.shape[axis])
    indices = np.sort(indices) if d.flag() else indices
    return d.call(_ufunc(d), x, d.choose(indices, indices.tolist()), axis=axis)


@sample("adkit.common.ops.ufunc_methods._sums")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3), shortest=1)
    axis = d.axis(x)
    return d.call(x, d.integers((d.integer(0, 5),), 0, x.shape[axis]), axis)


sample(
    "adkit.common.ops.ufunc_methods._attaining",
    "adkit.common.ops.ufunc_methods._beginning",
    dtypes="fdg",
)(lambda d: d.call(d.choose(np.maximum, np.fmin), d.distinct(ndim=(1, 3), shortest=1)))


@sample("adkit.common.ops.writing._into_masked")
def _(d: Draw) -> Any:
    """Draw ufuncs of several results too."""
    target = d.array()
    mask = d.mask(d.partner(target.shape))
    real = () if d.dtype.kind == "c" else (np.modf, np.hypot, np.cbrt)
    ufunc = d.choose(np.square, np.exp, *real)
    operands = [d.array(d.partner(target.shape), 0.2, 0.8) for _ in range(ufunc.nin)]
    return d.call(ufunc, mask, *[target] * ufunc.nout, *operands)
