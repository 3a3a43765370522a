"""Matrices that are well conditioned, of several kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from adkit.testing.draws import Draw, hermitian
from adkit.testing.strategies.drawing import as_strategy, drawing, of_kind, refused

__all__ = ["matrices"]


def matrices(
    n: Any = None,
    m: Any = None,
    *,
    kind: str = "general",
    cond: float = 10.0,
    stack: Any = (),
    dtype: Any = np.float64,
) -> st.SearchStrategy[Any]:
    """Draw well-conditioned matrices, or stacks of them, in any memory layout.

    Parameters
    ----------
    n, m : int or strategy, optional
        Number of rows and of columns. Without `n` there are up to four rows; without `m`
        the matrices are square.
    kind : {"general", "symmetric", "spd", "triangular", "orthogonal"}
        Symmetric ones are indefinite, positive definite ones (``"spd"``) have distinct
        eigenvalues, triangular ones are upper or lower. Of a complex dtype they are
        Hermitian or unitary. All but general ones are square.
    cond : float
        Their singular values are no further apart than by this factor, and lie around 1.
        The factor may exceed it by rounding.
    stack : tuple of int, strategy or "any"
        Leading axes of a stack of matrices; ``"any"`` draws some, or none.
    dtype : dtype or strategy
        float32, float64, complex64 or complex128: what LAPACK takes.

    Raises
    ------
    ArgumentError
        If `cond` is less than 1, or matrices of that kind cannot have that shape.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.matrices(kind="spd", cond=100))
    ... def test_gradient_of_log_determinant(a):
    ...     g = adkit.grad(lambda a: np.linalg.slogdet(a).logabsdet)(a)
    ...     np.testing.assert_allclose(g @ a.T, np.eye(len(a)), atol=1e-10)
    >>> test_gradient_of_log_determinant()
    """
    of_kind("kind", kind, _KINDS)
    if not cond >= 1:
        raise refused(f"cond must be at least 1, not {cond!r}", "orthogonal matrices have cond=1")
    if m is not None and kind != "general":
        raise refused(f"{kind} matrices are square", "leave m out")
    return _matrices(n, m, kind, float(cond), stack, as_strategy(dtype))


@st.composite
def _matrices(
    draw: st.DrawFn, n: Any, m: Any, kind: str, cond: float, stack: Any, dtype: Any
) -> Any:
    d = drawing(draw, draw(dtype))
    rows = d.choose(2, 3, 1, 4) if n is None else draw(as_strategy(n))
    columns = rows if m is None else draw(as_strategy(m))
    leading = d.stack() if isinstance(stack, str) else tuple(draw(as_strategy(stack)))
    return _KINDS[kind](d, rows, columns, leading, cond)


def _general(d: Draw, rows: int, columns: int, stack: Any, cond: float) -> Any:
    return d.matrix(rows, columns, stack, spread=cond)


def _symmetric(d: Draw, n: int, _: int, stack: Any, cond: float) -> Any:
    q = d.orthonormal(stack, n)
    values = d.rng.uniform(cond**-0.5, cond**0.5, (*stack, 1, n))
    values *= d.rng.choice([-1.0, 1.0], values.shape)
    x = (q * values) @ np.swapaxes(q, -1, -2).conj()
    return d.laid(hermitian(x.astype(d.dtype)), keep=True)


def _positive_definite(d: Draw, n: int, _: int, stack: Any, cond: float) -> Any:
    return d.positive_definite(n, stack, spread=cond)


def _triangular(d: Draw, n: int, _: int, stack: Any, cond: float) -> Any:
    x = np.linalg.qr(d.matrix(n, n, stack, spread=cond)).R  # of the same singular values
    return d.laid(x if d.flag() else np.swapaxes(x, -1, -2), keep=True)


def _orthogonal(d: Draw, n: int, _: int, stack: Any, cond: float) -> Any:
    return d.laid(d.orthonormal(stack, n).astype(d.dtype), keep=True)


_KINDS: dict[str, Any] = {
    "general": _general,
    "symmetric": _symmetric,
    "spd": _positive_definite,
    "triangular": _triangular,
    "orthogonal": _orthogonal,
}
