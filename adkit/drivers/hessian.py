"""Second derivatives: forward over reverse, products with long arrays reverse over forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.directions import chunk_size, chunks, total_size, unit_directions
from adkit.common.flat import Argnums, FlatFunction, checked_function, matching_leaves
from adkit.common.inputs import finish_all, finished
from adkit.common.scopes import is_strict, is_trapping
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary
from adkit.drivers.blocks import program_of
from adkit.drivers.gradient import Gradient, scalar_function
from adkit.drivers.jacobian import Jacobian
from adkit.drivers.shapes_seen import seen_chunk_size
from adkit.drivers.transform import Transform
from adkit.forward.pushforward import check_tuples, jvp, pushforward
from adkit.reverse.deferred import Deferred
from adkit.reverse.pullback import Recording
from adkit.reverse.tape import quiet_collector


class Hessian(Jacobian):
    """See `hessian`."""

    title = "hessian"
    op = "hessian"

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums,
        has_aux: bool,
        chunk: Any,
        *,
        sparse: Any = False,
        check_every: int = 1,
    ) -> None:
        super().__init__(
            f,
            argnums,
            has_aux,
            mode="forward",
            chunk=chunk,
            sparse=sparse,
            check_every=check_every,
        )

    def flatten(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> FlatFunction:
        """Return the gradient of `f` as a function of leaves."""
        gradient = Gradient(self.f, self.argnums, self.has_aux)
        return FlatFunction(gradient, args, self.argnums, has_aux=self.has_aux, kwargs=kwargs)


class HessianDiagonal(Transform):
    """See `hessian_diag`."""

    title = "hessian_diag"

    def __init__(self, f: Callable[..., Any], argnums: Argnums, has_aux: bool, chunk: Any) -> None:
        super().__init__(f, argnums, has_aux)
        chunk_size(chunk, 1, 1)
        self.chunk = chunk

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        gradient = Gradient(self.f, self.argnums, self.has_aux)
        flat = FlatFunction(gradient, args, self.argnums, has_aux=self.has_aux, kwargs=kwargs)
        leaves = flat.leaves
        count = total_size(leaves)
        size = seen_chunk_size(self.chunk, count, program_of(flat))
        parts: list[Any] = []
        for start, stop in chunks(count, size) if count else [(0, 0)]:
            parts.append(self._part(flat, start, stop))
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        diagonal = []
        offset = 0
        for x in leaves:
            n = int(np.prod(np.shape(x)))
            diagonal.append(finished(np.reshape(whole[offset : offset + n], np.shape(x)), x))
            offset += n
        flat.settle()
        result = flat.inputs.unflatten(diagonal)
        return (result, flat.aux) if self.has_aux else result

    def _part(self, flat: FlatFunction, start: int, stop: int) -> Any:
        """Return elements `start` to `stop` of the diagonal."""
        leaves = flat.leaves
        seeds = unit_directions(leaves, start, stop)
        count = stop - start
        _, tangents = pushforward(flat, leaves, seeds, count)
        rows = [np.reshape(t, (count, np.size(x))) for t, x in zip(tangents, leaves, strict=True)]
        wide = rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)
        return wide[np.arange(count), np.arange(start, stop)]


@boundary
def hessian(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk: Any = "auto",
    sparse: Any = False,
    check_every: int = 1,
) -> Hessian:
    """Return the Hessian of a scalar function, forward over reverse.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that returns one real number.
    argnums : int or tuple of int
        Which positional arguments to differentiate.
    has_aux : bool
        Whether `f` returns ``(value, aux)``.
    chunk : int or "auto"
        Directions per sweep.
    sparse : bool, "auto", "lifted" or pattern
        True: find the pattern, compute the entries from the fewest products, and return a
        sparse, exactly symmetric matrix. The others are as for `jacobian`.
    check_every : int
        As for `jacobian`.

    Returns
    -------
    callable
        For an argument of shape S the Hessian has shape ``S + S``; of containers,
        a container of containers. A sparse one is a matrix, as of `jacobian`.

    Raises
    ------
    NonScalarOutputError
        By the result, if `f` does not return one number.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, sections 5.1 and 8.2.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    >>> hessian(lambda x: np.sum(x**4), sparse=True)(np.ones(1000)).nnz
    1000
    >>> hessian(lambda x: np.sum(x**4) + np.sum(x) ** 2, sparse="lifted")(np.ones(1000))
    SparsePlusLowRank(1000 x 1000, 1000 nonzeros, rank 1)
    """
    return Hessian(f, argnums, has_aux, chunk, sparse=sparse, check_every=check_every)


@boundary
def hessian_diag(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, chunk: Any = "auto"
) -> HessianDiagonal:
    """Return the diagonal of the Hessian, in memory proportional to a chunk of it.

    Parameters and errors are those of `hessian`.

    Returns
    -------
    callable
        Returns the diagonal, of the structure and shapes of the argument.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import hessian_diag
    >>> hessian_diag(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([ 6., 12.])
    """
    return HessianDiagonal(f, argnums, has_aux, chunk)


@boundary
def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the product of the Hessian with a tangent, by one tangent and one cotangent.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that returns one real number.
    primals, tangents : tuple
        As for `jvp`.

    Returns
    -------
    tuple
        One product per primal.

    Raises
    ------
    NonScalarOutputError
        If `f` does not return one number.
    SeedError
        If a tangent differs from its primal in shape or dtype.

    References
    ----------
    Pearlmutter (1994), "Fast exact multiplication by the Hessian".

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import hvp
    >>> hvp(lambda x: (x**3).sum(), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (array([ 6., 12.]),)
    """
    checked_function(f, "hvp")
    check_tuples("hvp", primals, tangents)
    if is_strict() or is_trapping():  # which look at the gradient as a function of its own
        gradient = Gradient(f, tuple(range(len(primals))), False)
        return jvp(gradient, primals, tangents)[1]
    flat = FlatFunction(f, primals)
    seeds = matching_leaves(flat.inputs, tuple(tangents), flat.leaves, "the tangent")
    product = _along_tangent if any(map(_is_long, flat.leaves)) else _of_gradient
    found = product(scalar_function(flat), flat.leaves, seeds)
    return flat.inputs.unflatten(finish_all(found, flat.leaves))


#: From this many elements on, a sweep back over the derivative along a tangent takes less time
#: than pushing the tangent through a gradient, since what it sweeps are plain arrays, which it
#: writes into, and tangents that nothing needs are not computed: up to two fifths less of 100,000
#: elements. Below, it takes up to a third more, since it records two operations for one.
_LONG = 8192


def _is_long(x: Any) -> bool:
    return type(x) is np.ndarray and x.size >= _LONG


def _of_gradient(
    f: Callable[..., Any], leaves: Sequence[Any], tangents: Sequence[Any]
) -> list[Any]:
    """Return the product of the Hessian with tangents, forward over reverse."""

    def gradient(duals: Sequence[Any]) -> list[Any]:
        with quiet_collector:
            recording = Recording(f, duals)
            pulled = recording.pull([_one_like(recording.results[0])], last=True)
            del recording
        return finish_all(pulled, duals)

    return pushforward(gradient, leaves, tangents)[1]


def _along_tangent(
    f: Callable[..., Any], leaves: Sequence[Any], tangents: Sequence[Any]
) -> list[Any]:
    """Return the product of the Hessian with tangents, reverse over forward."""
    fixed = [_fixed(t) for t in tangents]

    def derivative(nodes: Sequence[Any]) -> list[Any]:
        tape = nodes[0].level
        seeds = fixed if tape.structural else [Deferred.constant(t, tape) for t in fixed]
        return pushforward(f, nodes, seeds)[1]

    with quiet_collector:
        recording = Recording(derivative, leaves)
        pulled = recording.pull([_one_like(recording.results[0])], last=True)
        del recording
    return pulled


def _one_like(y: Any) -> Any:
    return dtype_of(y).type(1)


def _fixed(t: Any) -> Any:
    """Return a copy that nobody can write into, of which a tape saves parts without a copy."""
    if type(t) is np.ndarray:
        t = t.copy(order="K")
        t.flags.writeable = False
    return t
