"""What may be differentiated: checks of arguments, seeds and results.

Every transform works on copies: the caller's arrays are never changed, locked
or aliased. The copy keeps the memory order, so views behave as the caller's would.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import InputTypeError, NonScalarOutputError, OutputError, SeedError
from adkit.common.ops.casting import cast
from adkit.common.shapes import Like, dtype_of
from adkit.common.storage import current, private
from adkit.common.tracer import Tracer


def differentiable(x: Any, name: str | Callable[..., str], *which: Any) -> Any:
    """Return a private copy of an argument that is to be differentiated.

    Parameters
    ----------
    x : array, number or traced value
        A Python int or float becomes ``np.float64``.
    name : str or callable
        How the argument is called in messages, or what says so.
    *which
        Arguments of `name`, if it is called.

    Raises
    ------
    InputTypeError
        If `x` has no derivative: integers, bools, strings, objects.
    """
    kind = type(x)
    if kind is np.ndarray:
        dtype = x.dtype
        if dtype.kind in "fc":
            return x.copy("K") if dtype.isnative else x.astype(dtype.newbyteorder("="))
    if isinstance(x, Tracer):
        return private(x)
    if kind is float or kind is int:
        return np.float64(x)
    if kind is complex:
        return np.complex128(x)
    if isinstance(x, np.generic) and x.dtype.kind in "fc":
        return x
    raise _refusal(x, name if isinstance(name, str) else name(*which))


def _refusal(x: Any, name: str) -> InputTypeError:
    dtype = getattr(x, "dtype", None)
    if isinstance(x, (np.matrix, np.ma.MaskedArray)):
        return InputTypeError(
            "ADK122",
            f"{name} is a {type(x).__name__}, which changes the meaning of operations",
            instead="pass np.asarray(x) of a matrix, x.filled(...) of a masked array",
        )
    if dtype is not None and isinstance(x, (np.ndarray, np.generic)) and dtype.kind in "iub":
        return InputTypeError(
            "ADK121",
            f"{name} is of dtype {dtype}; derivatives need floats",
            instead="pass x.astype(float), or leave it out of argnums if it is an index",
        )
    if not isinstance(x, (np.ndarray, np.generic)) and hasattr(x, "to_numpy"):
        return InputTypeError(
            "ADK123",
            f"{name} is a {type(x).__name__}, and derivatives are taken by arrays",
            instead="pass x.to_numpy()",
        )
    described = f"of dtype {dtype}" if dtype is not None else f"a {type(x).__name__}"
    return InputTypeError(
        "ADK123",
        f"{name} is {described}, which has no derivative",
        instead="pass a float or an array of floats, or leave it out of argnums",
    )


def seed(t: Any, x: Any, name: str) -> Any:
    """Return a tangent or cotangent that matches `x` exactly in shape and dtype.

    Raises
    ------
    SeedError
        If shape or dtype differ; nothing is broadcast or cast.
    """
    dtype = dtype_of(x)
    t = current(t)
    if isinstance(t, (int, float, complex)) and not isinstance(t, bool):
        if isinstance(t, complex) and dtype.kind != "c":
            raise SeedError(
                "ADK141",
                f"{name} is complex, and what it belongs to is {dtype}",
                instead="pass its real part, or differentiate at a complex point",
            )
        t = dtype.type(t)
    found = dtype_of(t) if isinstance(t, (Tracer, np.ndarray, np.generic)) else type(t).__name__
    if found != dtype and not (isinstance(t, np.ndarray) and t.dtype.newbyteorder("=") == dtype):
        raise SeedError(
            "ADK141",
            f"{name} is of dtype {found}, and what it belongs to is {dtype}",
            instead=f"pass it as {dtype}",
        )
    if np.shape(t) != np.shape(x):
        raise SeedError(
            "ADK142",
            f"{name} has shape {np.shape(t)}, and what it belongs to has {np.shape(x)}",
            instead="for several directions at once use jacobian, or call once for each",
        )
    if type(t) is np.ndarray:
        return t if t.dtype.isnative else t.astype(dtype)
    return t


def result_leaf(y: Any, name: str) -> Any:
    """Return a leaf of a result if it can have a derivative.

    Raises
    ------
    OutputError
        If it is not a number or an array of numbers.
    """
    if isinstance(y, (Tracer, np.ndarray, np.generic)) and dtype_of(y).kind in "fciub":
        return y
    if isinstance(y, (int, float, complex)):
        return np.asarray(y)[()]
    dtype = getattr(y, "dtype", None)
    described = type(y).__name__ if dtype is None else f"an array of dtype {dtype}"
    raise OutputError(
        "ADK132",
        f"{name} returned {described}, which has no derivative",
        instead="return numbers or arrays; other results with has_aux=True",
    )


def scalar_result(y: Any, name: str) -> Any:
    """Return a real scalar result.

    Raises
    ------
    NonScalarOutputError, OutputError
        If it is not one real number.
    """
    if isinstance(y, (tuple, list, dict)):
        raise OutputError(
            "ADK134",
            f"{name} returned a {type(y).__name__}; a gradient needs one number",
            instead="return (value, aux) with has_aux=True, or use jacobian",
        )
    y = result_leaf(y, name)
    if y.shape != ():
        size = int(np.prod(np.shape(y)))
        raise NonScalarOutputError(
            "ADK137",
            f"a gradient needs a scalar, but {name} returned shape {np.shape(y)}",
            instead="return the number in it, y.squeeze(), or use jacobian"
            if size == 1
            else f"for all first derivatives ({size} outputs) use jacobian; to differentiate "
            f"the sum write grad(lambda x: {name}(x).sum())",
        )
    if dtype_of(y).kind == "c":
        raise OutputError(
            "ADK135",
            f"a gradient needs a real result, but {name} returned a complex one",
            instead="take .real, abs(...)**2 or jacobian(f, holomorphic=True)",
        )
    return y


def finish_all(derivatives: list[Any], points: Sequence[Any]) -> list[Any]:
    """Return derivatives as the caller gets them, and empty the list of them."""
    found = []
    for k, x in enumerate(points):
        derivative, derivatives[k] = derivatives[k], None
        found.append(finished(derivative, x))
    return found


def finished(derivative: Any, x: Any) -> Any:
    """Return a derivative as the caller gets it: own memory, shape and dtype of `x`."""
    dtype = x.dtype if type(x) is np.ndarray else dtype_of(x)
    if type(derivative) is not np.ndarray or derivative.dtype is not dtype:
        derivative = current(derivative)
        if dtype.kind in "fc":
            derivative = cast(derivative, dtype)
    if isinstance(derivative, Tracer):
        return private(derivative)
    if isinstance(x, np.ndarray):
        if sys.getrefcount(derivative) <= _ALONE and _is_whole(derivative):
            return derivative
        return np.array(derivative, order="C")
    return derivative[()] if isinstance(derivative, np.ndarray) else derivative


#: Bits of ``flags.num``. NumPy warns where ``flags.writeable`` of a broadcast array is read.
_WRITEABLE, _WARNS = 0x400, 1 << 31


def _is_whole(x: Any) -> bool:
    """Return whether an array lies in C order in memory that no other array uses."""
    flags = x.flags
    if type(x) is not np.ndarray or not flags.c_contiguous:
        return False
    if flags.owndata:
        return bool(flags.writeable)
    base = x.base  # np.roll and others return another shape of a new array
    return bool(
        type(base) is np.ndarray
        and base.flags.owndata
        and base.nbytes == x.nbytes
        and sys.getrefcount(base) <= _IN_ONE_VIEW
        and flags.num & (_WRITEABLE | _WARNS) == _WRITEABLE
    )


def _holders_of_base() -> int:
    """Return how many references are counted to an array that one view and one name hold."""
    view = np.empty(1)[:]
    base = view.base
    return sys.getrefcount(base)


_IN_ONE_VIEW = _holders_of_base()


def _holders_alone() -> int:
    """Return how many references `finished` counts to an array that nobody else holds."""
    global _ALONE
    _ALONE = 0
    for count in range(1, 16):
        _ALONE = count
        array = np.empty(1)
        identity, points = id(array), [np.empty(1)]
        arrays = [array]
        del array
        if id(finish_all(arrays, points)[0]) == identity:
            return count
    return 0


_ALONE = 0
_ALONE = _holders_alone()


def own_all(results: list[Any]) -> list[Any]:
    """Return results in memory of their own, and leave their shapes and dtypes in the list."""
    found = []
    for k in range(len(results)):
        y = results[k]
        if type(y) is np.ndarray:
            results[k] = Like(y)
        found.append(owned(y))
    return found


def owned(y: Any) -> Any:
    """Return a result in memory of its own, in the order in which NumPy laid it out."""
    if isinstance(y, np.ndarray) and sys.getrefcount(y) <= _ALONE and _is_whole(y):
        return y
    return private(y)


def type_name(x: Any) -> str:
    """Return how the type of a value is called in messages; a traced one is an array or number."""
    if isinstance(x, Tracer):
        return "ndarray" if np.shape(x) else str(x.dtype)
    return type(x).__name__


def name_of(f: Any) -> str:
    """Return the name of a function in messages."""
    name = getattr(f, "__name__", None) or type(f).__name__
    return "f" if name == "<lambda>" else str(name)
