"""Series of polynomials: the functions of numpy.polynomial, which do not dispatch themselves.

For each family, NumPy's own functions say what its basis is: the columns of ``vander``, and
``der``, whose values at the unit vectors are the matrix of differentiation. All families
share the rules here. `adkit.polynomial` offers the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.registry import dispatches, elementary
from adkit.common.shapes import dtype_of, zeros
from adkit.common.verbs import composite, general

__all__ = ["SERIES"]

Function = Callable[..., Any]

#: Modules of numpy.polynomial by the prefix of their functions.
FAMILIES = {
    "poly": np.polynomial.polynomial,
    "cheb": np.polynomial.chebyshev,
    "leg": np.polynomial.legendre,
    "herm": np.polynomial.hermite,
    "herme": np.polynomial.hermite_e,
    "lag": np.polynomial.laguerre,
}
#: The numbers a, b and g by which ``P[k + 1] = (a + b x) P[k] - g P[k - 1]``.
RECURRENCES: dict[str, Callable[[int], tuple[float, float, float]]] = {
    "poly": lambda k: (0, 1, 0),
    "cheb": lambda k: (0, 2 if k else 1, 1),
    "leg": lambda k: (0, (2 * k + 1) / (k + 1), k / (k + 1)),
    "herm": lambda k: (0, 2, 2 * k),
    "herme": lambda k: (0, 1, k),
    "lag": lambda k: ((2 * k + 1) / (k + 1), -1 / (k + 1), k / (k + 1)),
}
_CLENSHAW = "DLMF 18.9(i), of the recurrences, and 3.11(ii), of their sums"
#: The functions that dispatch, by name.
SERIES: dict[str, Function] = {}


def _as_array(x: Any) -> Any:
    return x if dispatches(x) else np.asarray(x)


def _summed(x: Any) -> Any:
    """Return sums over a last axis that is short: np.sum takes ten times as long."""
    return x @ np.ones(x.shape[-1], np.finfo(dtype_of(x)).dtype)


def _sum(number: float, x: Any) -> Any:
    return number + x if number else x


def _times(number: float, x: Any) -> Any:
    return x if number == 1 else number * x


class Family:
    """The functions of one family, and their rules.

    Parameters
    ----------
    prefix : str
        That of their names: ``cheb``.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix, self.module, self.step = prefix, FAMILIES[prefix], RECURRENCES[prefix]
        self.plain_der = getattr(self.module, f"{prefix}der")
        self.plain_int = getattr(self.module, f"{prefix}int")
        self.vectors, self.val = self._made("vander"), self._made("val")
        SERIES[f"{prefix}vander"] = self._vander
        self.der, self.int, self.fit = self._made("der"), self._made("int"), self._made("fit")
        self.roots = self._made("roots")
        general(self.vectors, push=self._vectors_push, pull=self._vectors_pull)
        general(
            self.roots,
            push=lambda t, ans, c: -(t @ self.vectors(ans, c.size - 1).T) / self._slopes(ans, c),
            pull=lambda ct, ans, c: -(ct / self._slopes(ans, c)) @ self.vectors(ans, c.size - 1),
            kinks="infinite at a repeated root",
            source="the implicit function theorem",
        )
        composite(self.val, self._evaluate, operands=2, source=_CLENSHAW)
        SERIES[f"{prefix}der"], SERIES[f"{prefix}int"] = self._der, self._int
        composite(self.der, self._derivative, operands=3)
        composite(self.int, self._integral, operands=5)
        composite(self.fit, self._fit, operands=2)
        for count in (2, 3):
            composite(self._made(f"val{count}d"), self._values, operands=count + 1)
            composite(self._made(f"grid{count}d"), self._grid, operands=count + 1)
            composite(self._made(f"vander{count}d"), self._product, operands=count)

    def _made(self, name: str) -> Function:
        """Return NumPy's function of a name as one that dispatches."""
        name = self.prefix + name
        function = getattr(self.module, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        vars(call)["__wrapped__"] = function  # whose signature it has
        call.__module__, call.__doc__ = "adkit.polynomial", function.__doc__
        call.__name__ = call.__qualname__ = name
        SERIES[name] = elementary(call)
        return SERIES[name]

    # ------------------------------------------------------------ values of the basis

    def _vander(self, x: Any, deg: int) -> Any:
        """Return values of the basis along a last axis, of a number as one point."""
        return self.vectors(np.atleast_1d(x), deg)

    def _slope_of_basis(self, x: Any, deg: int) -> Any:
        """Return the derivatives of the basis at `x`, along a last axis."""
        matrix = self.plain_der(np.eye(deg + 1, dtype=np.finfo(dtype_of(x)).dtype))
        return self.vectors(x, max(deg - 1, 0)) @ matrix

    def _vectors_push(self, t: Any, x: Any, deg: int) -> Any:
        return t[..., None] * self._slope_of_basis(x, deg)

    def _vectors_pull(self, ct: Any, x: Any, deg: int) -> Any:
        return _summed(ct * self._slope_of_basis(x, deg))

    def _product(self, *points_and_degrees: Any) -> Any:
        """Return products of basis functions of several variables."""
        *points, degrees = points_and_degrees
        total = None
        for x, deg in zip(points, degrees, strict=True):
            basis = self._vander(_as_array(x), deg)
            total = basis if total is None else total[..., :, None] * basis[..., None, :]
            total = np.reshape(total, (*basis.shape[:-1], -1))
        return total

    # ------------------------------------------------------------ values of a series

    def _evaluate(self, x: Any, c: Any, tensor: bool = True) -> Any:
        """Evaluate by Clenshaw's recurrence, that of powers being Horner's scheme.

        It begins with the last coefficients, which are not repeated for each point.
        """
        x = np.asarray(x) if isinstance(x, (list, tuple)) else x
        c = np.atleast_1d(c)
        if tensor:
            c = np.reshape(c, c.shape + (1,) * np.ndim(x))
        value, later = c[-1], None
        numbers, factor = (0.0, 1.0), x
        for k in range(c.shape[0] - 2, -1, -1):
            a, b, _ = self.step(k)
            if (a, b) != numbers:
                numbers, factor = (a, b), _sum(a, _times(b, x))
            next_value = c[k] + factor * value
            fall = self.step(k + 1)[2]
            if later is not None and fall:
                next_value = next_value - _times(fall, later)
            value, later = next_value, value
        return value if later is not None else value + zeros(np.shape(x), dtype_of(x))

    def _values(self, *points_and_series: Any) -> Any:
        first, *points, c = points_and_series
        if any(np.shape(x) != np.shape(first) for x in points):
            raise ValueError(f"{', '.join('xyz'[: len(points) + 1])} are incompatible")
        c = self._evaluate(first, c)
        for x in points:
            c = self._evaluate(x, c, tensor=False)
        return c

    def _grid(self, *points_and_series: Any) -> Any:
        *points, c = points_and_series
        for x in points:
            c = self._evaluate(x, c)
        return c

    def _slopes(self, x: Any, c: Any) -> Any:
        return self.val(x, self._der(c))

    # ------------------------------------------------------------ derivatives and integrals

    def _der(self, c: Any, m: int = 1, scl: Any = 1, axis: int = 0) -> Any:
        return self.der(c, m, scl, axis)

    def _derivative(self, c: Any, m: int = 1, scl: Any = 1, axis: int = 0) -> Any:
        c = np.moveaxis(np.atleast_1d(c), axis, 0)
        if 0 < c.shape[0] <= m:
            return 0.0  # a constant; NumPy's value is taken
        units = np.eye(c.shape[0], dtype=np.finfo(dtype_of(c)).dtype)
        return np.moveaxis(np.tensordot(self.plain_der(units, m), c, 1) * scl**m, 0, axis)

    def _int(
        self, c: Any, m: int = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0
    ) -> Any:
        return self.int(c, m, k, lbnd, scl, axis)

    def _integral(
        self, c: Any, m: int = 1, k: Any = (), lbnd: Any = 0, scl: Any = 1, axis: int = 0
    ) -> Any:
        """Integrate `m` times; each constant is the value of an integral at `lbnd`."""
        c, k = np.moveaxis(np.atleast_1d(c), axis, 0), np.atleast_1d(k)
        for i in range(m):
            c = c * scl
            constant = k[i] if i < k.shape[0] else 0
            if c.shape[0] == 1 and not np.any(c):  # stays as short, as NumPy's does
                c = c + constant
                continue
            units = np.eye(c.shape[0], dtype=np.finfo(dtype_of(c)).dtype)
            c = np.tensordot(self.plain_int(units), c, 1)
            constant = c[:1] + constant - self.val(lbnd, c)
            c = np.concatenate([constant, c[1:]])
        return np.moveaxis(c, 0, axis)

    # ------------------------------------------------------------ fits

    def _fit(
        self, x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None
    ) -> Any:
        x, y, deg = _as_array(x) + 0.0, _as_array(y) + 0.0, np.asarray(deg)
        used = np.sort(deg) if deg.ndim else np.arange(deg + 1)
        left, right = self.vectors(x, used[-1])[:, used], y
        if w is not None:
            weights = _as_array(w) + 0.0
            left = left * weights[:, None]
            right = right * (weights[:, None] if y.ndim == 2 else weights)
        scale = np.sqrt(np.sum(np.square(np.real(left)) + np.square(np.imag(left)), axis=0))
        scale = np.where(scale == 0, 1, scale)
        rcond = x.shape[0] * np.finfo(dtype_of(x)).eps if rcond is None else rcond
        found, residuals, rank, values = np.linalg.lstsq(left / scale, right, rcond)
        fit = np.transpose(np.transpose(found) / scale)
        if deg.ndim:  # coefficients that are not fitted are 0
            places = np.zeros((used[-1] + 1, used.size), np.finfo(dtype_of(x)).dtype)
            places[used, range(used.size)] = 1
            fit = np.tensordot(places, fit, (1, 0))
        return (fit, [residuals, rank, values, rcond]) if full else fit


for _prefix in FAMILIES:
    _family = Family(_prefix)
    for _name in (f"{_prefix}val2d", f"{_prefix}grid2d"):
        _function = getattr(_family.module, _name)
        if hasattr(_function, "_implementation"):  # dispatches in newer versions of NumPy
            composite(
                _function,
                _family._values if "val" in _name else _family._grid,
                operands=3,
            )
