"""Shapes, dtypes, memory layouts, and arrays of numbers on a domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from adkit.common.domains import Domain
from adkit.testing.domains import INEXACT, REAL, beside
from adkit.testing.draws import LAYOUTS, laid_out
from adkit.testing.strategies.drawing import as_strategy, drawing, of_kind
from adkit.testing.strategies.numbers import as_domain, floats_on

__all__ = ["arrays", "broadcastable", "dtypes", "layouts", "shapes"]

#: Codes of dtypes by what they are called here.
DTYPES = {"real": REAL, "complex": INEXACT.replace(REAL, ""), "inexact": INEXACT}


@st.composite
def shapes(draw: st.DrawFn, min_dims: int = 0, max_dims: int = 3, shortest: int = 0) -> Any:
    """Draw shapes of a few short axes; some have length 0 or 1.

    Parameters
    ----------
    min_dims, max_dims : int
        How many axes.
    shortest : int
        Length of the shortest axis.

    Examples
    --------
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.shapes(1, 2, shortest=1))
    ... def test_size(shape):
    ...     assert 1 <= len(shape) <= 2
    ...     assert np.ones(shape).size > 0
    >>> import numpy as np
    >>> test_size()
    """
    return drawing(draw).shape(min_dims, max_dims, shortest)


@st.composite
def broadcastable(
    draw: st.DrawFn, n: int, min_dims: int = 0, max_dims: int = 3, shortest: int = 0
) -> Any:
    """Draw several shapes that broadcast with each other.

    Axes of some are missing, or of length 1; none leads beyond the largest shape.

    Parameters
    ----------
    n : int
        How many shapes.
    min_dims, max_dims : int
        How many axes the largest shape has.
    shortest : int
        Length of its shortest axis.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.broadcastable(3))
    ... def test_result(shapes):
    ...     assert np.broadcast_shapes(*shapes) in shapes
    >>> test_result()
    """
    d = drawing(draw)
    largest = d.shape(min_dims, max_dims, shortest)
    found = [largest, *(d.partner(largest) for _ in range(n - 1))]
    return tuple(found[i] for i in d.permutation(n))


def dtypes(kind: str = "real", *, half: bool = False) -> st.SearchStrategy[np.dtype[Any]]:
    """Draw dtypes that have derivatives.

    Parameters
    ----------
    kind : {"real", "complex", "inexact"}
        Both real and complex ones are inexact.
    half : bool
        Whether float16 is among the real ones.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.dtypes("complex"))
    ... def test_kind(dtype):
    ...     assert np.issubdtype(dtype, np.complexfloating)
    >>> test_kind()
    """
    of_kind("kind", kind, DTYPES)
    codes = sorted(DTYPES[kind], key="dDfFgG".index)
    return st.sampled_from([*codes, *("e" if half and kind != "complex" else "")]).map(np.dtype)


def layouts(*, keep: bool = False) -> st.SearchStrategy[str]:
    """Draw names of memory layouts, as `arrays` takes them.

    C and F order, strided, reversed (a negative stride), read-only, swapped (the other byte
    order), and repeated: of stride zero, so that elements become equal.

    Parameters
    ----------
    keep : bool
        Whether no elements may become equal.

    Examples
    --------
    >>> from hypothesis import find
    >>> from adkit.testing import strategies as ast
    >>> find(ast.layouts(), lambda layout: layout != "C")
    'F'
    """
    names = [name for name in LAYOUTS if not keep or name != "repeated"]
    return st.sampled_from([*names, "swapped"])


def arrays(
    shape: Any = None,
    *,
    dtype: Any = np.float64,
    layout: Any = "any",
    domain: Any = None,
    low: float = -math.inf,
    high: float = math.inf,
    kinks_at: Any = (),
    kinks: str = "avoid",
    **numbers: Any,
) -> st.SearchStrategy[Any]:
    """Draw arrays of numbers of a domain, of any shape, dtype and memory layout.

    Parameters
    ----------
    shape : int, tuple of int or strategy, optional
        By default up to three short axes.
    dtype : dtype or strategy
        A real or complex dtype. Complex numbers lie near the domain.
    layout : str or strategy
        One of those that `layouts` draws, or ``"any"``.
    domain, low, high, kinks_at, kinks, **numbers
        Which numbers, as for `floats`. Where kinks are hit, every array that has elements
        has one on a kink.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.arrays(shape=ast.shapes(1), low=0.0, dtype=ast.dtypes()))
    ... def test_gradient(x):
    ...     g = adkit.grad(lambda x: np.sum(np.log(x)))(x)
    ...     np.testing.assert_array_equal(g, 1 / x)
    >>> test_gradient()
    """
    if isinstance(layout, str):
        of_kind("layout", layout, [*LAYOUTS, "swapped", "any"])
        layout = layouts(keep=kinks == "hit") if layout == "any" else layout
    where = as_domain(domain, low, high, kinks_at)
    floats_on(where, np.dtype(float), kinks=kinks, **numbers)  # refuses what makes no sense
    return _arrays(
        shapes() if shape is None else as_strategy(shape),
        as_strategy(dtype),
        as_strategy(layout),
        where,
        {"kinks": kinks, **numbers},
    )


@st.composite
def _arrays(
    draw: st.DrawFn, shape: Any, dtype: Any, layout: Any, domain: Domain, numbers: Any
) -> Any:
    shape, dtype = draw(shape), np.dtype(draw(dtype))
    real = np.empty(0, dtype).real.dtype
    drawn = np.dtype(f"f{min(real.itemsize, 8)}")
    elements = floats_on(domain, drawn, **numbers)
    x = draw(npst.arrays(drawn, shape, elements=elements, fill=st.nothing()))
    if numbers["kinks"] == "hit" and x.size:
        place = draw(st.integers(0, x.size - 1))
        x.flat[place] = draw(st.sampled_from(domain.kinks))
    if dtype.kind == "c":
        heights = draw(npst.arrays(drawn, shape, elements=_HEIGHTS, fill=st.nothing()))
        with np.errstate(invalid="ignore"):  # of nan and infinities, if asked for
            x = beside(x, heights, domain)
    x = np.asarray(x, dtype)
    chosen = draw(layout)
    if chosen == "swapped":
        return x.astype(dtype.newbyteorder("S"))
    return laid_out(x, chosen) if x.ndim else x


_HEIGHTS = st.integers(-8, 8).map(lambda k: k / 8)
