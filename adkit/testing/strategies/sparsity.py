"""Functions whose Jacobian has a given sparsity pattern."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from adkit.testing.strategies.drawing import refused

__all__ = ["SparseFunction", "sparse_functions"]

#: Functions of one number by name, and their derivatives, which are never 0.
_CURVES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "linear": (lambda x: x, np.ones_like),
    "waves": (lambda x: x + 0.5 * np.sin(x), lambda x: 1 + 0.5 * np.cos(x)),
    "root": (lambda x: x * np.sqrt(1 + x * x), lambda x: (1 + 2 * x * x) / np.sqrt(1 + x * x)),
    "cubic": (lambda x: x + x * x * x / 3, lambda x: 1 + x * x),
}
#: Patterns of more entries are drawn by a generator: Hypothesis would take too long.
_LARGE = 256


class SparseFunction:
    """A function of a vector, in plain NumPy, that knows its Jacobian.

    Result `i` is ``h(sum(c * g(x[columns])))`` over the columns of row `i` of the pattern,
    plus a constant; `h` and `g` have derivatives that are never 0, so the pattern is that of
    the Jacobian at every point.

    Parameters
    ----------
    pattern : array of bool
        Of shape ``(m, n)``: whether result `i` depends on argument `j`.
    coefficients : array
        Of the same shape; none is 0 where the pattern is true.
    inner, outer : str
        Names of `g` and `h`: ``"linear"``, ``"waves"``, ``"root"`` or ``"cubic"``.

    Attributes
    ----------
    pattern : array of bool
    shape : tuple of int
        ``(m, n)``.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.testing.strategies import SparseFunction
    >>> f = SparseFunction(np.eye(2, dtype=bool), np.full((2, 2), 3.0))
    >>> f(np.array([1.0, 2.0]))
    array([3., 7.])
    >>> f.jacobian(np.array([1.0, 2.0]))
    array([[3., 0.],
           [0., 3.]])
    """

    def __init__(
        self, pattern: Any, coefficients: Any, inner: str = "linear", outer: str = "linear"
    ) -> None:
        self.pattern = np.array(pattern, bool)
        self.shape = self.pattern.shape
        self._coefficients = np.where(self.pattern, coefficients, 0.0)
        self._rows = [np.flatnonzero(row) for row in self.pattern]
        self._names = inner, outer
        self.__name__ = "sparse_function"

    def __call__(self, x: Any) -> Any:
        """Return the results, a vector of the dtype of `x`."""
        (inner, _), (outer, _) = (_CURVES[name] for name in self._names)
        results = [x[:0].sum()]
        for i, columns in enumerate(self._rows):
            weights = self._coefficients[i, columns].astype(x.dtype)
            results.append(outer(np.sum(weights * inner(x[columns]))) + float(i))
        return np.stack(results)[1:]

    def jacobian(self, x: Any) -> Any:
        """Return the Jacobian at a plain vector, from its formula."""
        (inner, slope), (_, outer_slope) = (_CURVES[name] for name in self._names)
        sums = self._coefficients @ inner(x)
        return outer_slope(sums)[:, None] * self._coefficients * slope(x)

    def __repr__(self) -> str:
        rows = ["".join(".#"[int(entry)] for entry in row) for row in self.pattern]
        inner, outer = self._names
        return f"<{outer} of sums of {inner}, pattern {' '.join(rows) or self.shape}>"


def sparse_functions(
    n: int | None = None,
    m: int | None = None,
    *,
    pattern: Any = None,
    density: float = 0.3,
    linear: bool = False,
) -> st.SearchStrategy[SparseFunction]:
    """Draw functions of a vector whose Jacobian has a sparsity pattern, known exactly.

    Parameters
    ----------
    n, m : int, optional
        How many arguments and results; up to 8 by default.
    pattern : array of bool, optional
        The pattern, of shape ``(m, n)``. Without it one is drawn.
    density : float
        Share of the entries that a drawn pattern has, about.
    linear : bool
        Whether the functions are linear but for a constant. Otherwise they may be, or not.

    Returns
    -------
    strategy of SparseFunction
        Callables; ``f.pattern`` is the pattern, ``f.jacobian(x)`` the exact Jacobian.

    Raises
    ------
    ArgumentError
        If a pattern is no matrix of bools or has another shape, or `density` is no share.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.sparse_functions(4, 3))
    ... def test_pattern(f):
    ...     J = adkit.jacobian(f)(np.arange(4.0))
    ...     np.testing.assert_array_equal(J != 0, f.pattern)
    >>> test_pattern()
    """
    if not 0 <= density <= 1:
        raise refused(f"density must lie between 0 and 1, not {density!r}", "0.3 by default")
    if pattern is None:
        return _sparse_functions(n, m, None, density, linear)
    pattern = np.asarray(pattern)
    if pattern.ndim != 2 or pattern.dtype != bool:
        raise refused(
            f"a pattern is a matrix of bools, not {pattern.dtype}{list(pattern.shape)}",
            "write np.asarray(pattern, bool)",
        )
    for name, given, length in zip("mn", (m, n), pattern.shape, strict=True):
        if given not in (None, length):
            raise refused(f"{name}={given}, but the pattern says {length}", f"leave {name} out")
    return _sparse_functions(None, None, pattern, density, linear)


@st.composite
def _sparse_functions(
    draw: st.DrawFn, n: int | None, m: int | None, pattern: Any, density: float, linear: bool
) -> SparseFunction:
    if pattern is None:
        n = draw(st.integers(1, 8)) if n is None else n
        m = draw(st.integers(1, 8)) if m is None else m
        pattern = _pattern(draw, (m, n), density)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    coefficients = rng.uniform(0.5, 2, pattern.shape) * rng.choice([-1.0, 1.0], pattern.shape)
    curves = st.sampled_from(["linear"] if linear else [*_CURVES])
    return SparseFunction(pattern, coefficients, draw(curves), draw(curves))


def _pattern(draw: st.DrawFn, shape: tuple[int, int], density: float) -> Any:
    if math.prod(shape) > _LARGE:
        rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        return rng.random(shape) < density
    entries = st.integers(0, 99).map(lambda k: k >= 100 - 100 * density)  # shrinks to no entry
    return draw(npst.arrays(np.bool_, shape, elements=entries, fill=st.nothing()))
