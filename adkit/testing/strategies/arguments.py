"""Arguments of operations: indices, axes, seeds, and whole calls."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from adkit.common.containers import flatten
from adkit.testing.strategies.drawing import as_strategy, drawing, refused

__all__ = ["axes", "cotangents_like", "index_arrays", "indices", "tangents_like"]


@st.composite
def indices(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """Draw indices of any kind into arrays of a shape.

    Ints, slices, ellipses, new axes, arrays and lists of ints, masks, and tuples of them.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.indices((3, 4)))
    ... def test_gradient_of_a_selection(index):
    ...     x = np.ones((3, 4))
    ...     assert adkit.grad(lambda x: np.sum(x[index]))(x).sum() == x[index].size
    >>> test_gradient_of_a_selection()
    """
    return drawing(draw).index(tuple(shape))


@st.composite
def index_arrays(
    draw: st.DrawFn, n: int, shape: Any = None, *, repeats: bool = True, negative: bool = True
) -> Any:
    """Draw arrays of ints that index an axis.

    Parameters
    ----------
    n : int
        Length of the axis.
    shape : int, tuple of int or strategy, optional
        Shape of the array, by default up to four indices.
    repeats : bool
        Whether an index occurs twice, in arrays of at least two. Otherwise none does.
    negative : bool
        Whether some count from the end.

    Raises
    ------
    ArgumentError
        If there is nothing to index, or there are fewer indices than are asked for.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.index_arrays(5, repeats=True))
    ... def test_contributions_are_added(index):
    ...     g = adkit.grad(lambda x: np.sum(x[index]))(np.ones(5))
    ...     np.testing.assert_array_equal(g, np.bincount(index % 5, minlength=5))
    >>> test_contributions_are_added()
    """
    longest = 4 if repeats else min(n, 4)
    shape = draw(st.integers(2 if repeats else 0, longest) if shape is None else as_strategy(shape))
    size = math.prod(np.atleast_1d(shape).tolist())
    if n < 1 and size:
        raise refused(f"an axis of length {n} has no elements to index", "take a longer axis")
    if not repeats and size > n:
        raise refused(f"an axis of length {n} has no {size} different indices", "let repeats=True")
    places = st.integers(0, max(n - 1, 0))
    drawn = draw(npst.arrays(np.intp, size, elements=places, unique=not repeats, fill=_NOTHING))
    if repeats and size > 1:
        first = draw(st.integers(0, size - 2))
        drawn[draw(st.integers(first + 1, size - 1))] = drawn[first]
    if negative:
        behind = draw(npst.arrays(np.bool_, size, elements=st.booleans(), fill=_NOTHING))
        drawn = np.where(behind, drawn - n, drawn)
    return drawn.reshape(shape)


_NOTHING: Any = st.nothing()


@st.composite
def axes(draw: st.DrawFn, ndim: int, *, everything: bool = True, several: bool = True) -> Any:
    """Draw arguments that say over which axes a reduction runs.

    Parameters
    ----------
    ndim : int
        Number of axes of the array.
    everything : bool
        Whether None is drawn too, which stands for all axes.
    several : bool
        Whether tuples are drawn too: of any number of different axes, in any order.

    Returns
    -------
    strategy of None, int or tuple of int
        Axes are counted from either end.

    Raises
    ------
    ArgumentError
        If there is nothing that may be drawn.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.axes(2))
    ... def test_means(axis):
    ...     x = np.ones((2, 3))
    ...     g = adkit.grad(lambda x: np.sum(np.mean(x, axis)))(x)
    ...     np.testing.assert_allclose(g, np.mean(x, axis).size / 6)
    >>> test_means()
    """
    if not ndim and not everything and not several:
        raise refused("an array of no axes has no axis", "let everything=True")
    d = drawing(draw)
    kinds = [*(["all"] if everything else []), *(["one"] if ndim else [])]
    kind = d.choose(*kinds, *(["several"] if several else []))
    if kind == "all":
        return None
    return d.axis(SimpleNamespace(ndim=ndim)) if kind == "one" else d.several_axes(ndim)


def tangents_like(x: Any, *, size: Any = 1.0) -> st.SearchStrategy[Any]:
    """Draw a tangent of an argument: of its structure, shapes and dtypes.

    Parameters
    ----------
    x : number, array or container of them
        The argument, of an inexact dtype.
    size : number, or array that broadcasts with each leaf
        The largest a number becomes, none of which is 0. Where a step of one tangent is to
        stay in a domain, the distance to its ends.

    Raises
    ------
    ArgumentError
        If there are numbers in `x` that have no derivative.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> x = {"w": np.ones((2, 2)), "b": 1.0}
    >>> @given(ast.tangents_like(x))
    ... def test_of_a_sum(v):
    ...     total, slope = adkit.jvp(lambda p: p["w"].sum() + p["b"], (x,), (v,))
    ...     np.testing.assert_allclose(slope, v["w"].sum() + v["b"], atol=1e-14)
    >>> test_of_a_sum()
    """
    leaves, structure = flatten(x)
    for leaf in leaves:
        if np.asarray(leaf).dtype.kind not in "fc":
            kind = np.asarray(leaf).dtype
            raise refused(f"numbers of {kind} have no tangent", "pass floats or complex numbers")
    return st.tuples(*(_seed_like(leaf, size) for leaf in leaves)).map(structure.unflatten)


def cotangents_like(y: Any, *, size: Any = 1.0, scales: bool = True) -> st.SearchStrategy[Any]:
    """Draw a cotangent of a result: of its structure, shapes and dtypes.

    Parameters
    ----------
    y : number, array or container of them
        The result, of an inexact dtype.
    size : number, or array that broadcasts with each leaf
        The largest a number becomes, none of which is 0.
    scales : bool
        Whether whole cotangents are far larger and smaller too, by a power of 2. A pullback
        is linear: nothing else may change.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> y, pullback = adkit.vjp(np.exp, np.zeros(3))
    >>> @given(ast.cotangents_like(y))
    ... def test_of_exp_at_zero(w):
    ...     np.testing.assert_array_equal(*pullback(w), w)
    >>> test_of_exp_at_zero()
    """
    if not scales:
        return tangents_like(y, size=size)
    powers = st.integers(-20, 20).map(lambda k: 2.0**k)
    return powers.flatmap(lambda scale: tangents_like(y, size=scale * np.asarray(size)))


@st.composite
def _seed_like(draw: st.DrawFn, leaf: Any, size: Any) -> Any:
    x = np.asarray(leaf)

    def part() -> Any:
        return draw(npst.arrays(np.float64, x.shape, elements=_SIGNED, fill=_NOTHING))

    seed = part() + 1j * part() if x.dtype.kind == "c" else part()
    seed = (seed * size).astype(x.dtype.newbyteorder("="))
    return type(leaf)(seed[()]) if isinstance(leaf, (float, complex)) else seed[()]


#: Of a size between 1/4 and 1, of either sign.
_SIGNED = st.tuples(st.floats(0.25, 1), st.sampled_from([1.0, -1.0])).map(math.prod)
