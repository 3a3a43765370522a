"""Jacobians: dense ones by columns or by rows, sparse ones by compressed products.

Of nested containers the Jacobian is a container like the result, of containers
like the argument; each array has the shape of the output leaf followed by that
of the input leaf. A sparse one is one matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from adkit.common.directions import check_fits, chunk_size, total_size
from adkit.common.errors import ArgumentError
from adkit.common.flat import Argnums, FlatFunction
from adkit.common.inputs import owned
from adkit.common.tracebacks import boundary
from adkit.drivers.blocks import Blocks, forward_blocks, reverse_blocks
from adkit.drivers.plan import PlanCache
from adkit.drivers.transform import Transform
from adkit.reverse.pullback import Recording

if TYPE_CHECKING:
    from adkit.common.containers import Structure
    from adkit.drivers.automatic import Automatic, Through
    from adkit.drivers.compressed import Compressed
    from adkit.drivers.lifted import Lifted
    from adkit.drivers.lifted_hessian import LiftedHessian


class Jacobian(Transform):
    """See `jacobian`."""

    title = "jacobian"
    op = "jacobian"
    #: Whether the value is returned too.
    with_value = False

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums,
        has_aux: bool,
        *,
        mode: str = "auto",
        chunk: Any = "auto",
        holomorphic: bool = False,
        sparse: Any = False,
        check_every: int = 1,
    ) -> None:
        super().__init__(f, argnums, has_aux)
        if mode not in ("auto", "forward", "reverse", "mixed"):
            raise ArgumentError(
                "ADK106",
                f'mode must be "auto", "forward", "reverse" or "mixed", not {mode!r}',
                instead='"auto" takes the mode that costs less',
            )
        chunk_size(chunk, 1, 1)
        self.mode = mode
        self.chunk = chunk
        self.holomorphic = holomorphic
        self.local = isinstance(sparse, str) and sparse == "local"
        self.sparse = True if self.local else sparse
        self._plans = PlanCache()
        self._compressed: Compressed | None = None
        self._lifted: Lifted | LiftedHessian | None = None
        self._choices: Automatic | None = None
        if isinstance(sparse, str) and sparse == "lifted":
            self._lifted = _lifted(self, check_every)
        elif sparse is not False or mode == "mixed":
            self._compressed = _compressed(self, check_every)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, mode {self.mode}>"

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        _, jacobian, flat = self.evaluate(args, kwargs)
        return (jacobian, flat.aux) if self.has_aux else jacobian

    def evaluate(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, Any, FlatFunction]:
        """Return the value, the Jacobian and the flat function."""
        flat = self.flatten(args, kwargs)
        if self._lifted is not None:
            value, matrix = self._lifted.evaluate(flat)
            return value, matrix, flat
        if self._compressed is not None:
            return self._by_entries(self._compressed, flat, args, kwargs)
        return self._dense(flat)

    def _dense(self, flat: FlatFunction) -> tuple[Any, Any, FlatFunction]:
        """Return what `evaluate` does, by all columns or all rows."""
        mode: str | None = self.mode
        chunk = self.chunk
        recording = None
        if mode == "auto":
            mode, chunk = self._plans.known(flat)
        if mode is None:
            recording = Recording(flat, flat.leaves)
            check_fits(total_size(recording.results), total_size(flat.leaves))
            mode, chunk = self._plans.choose(flat, recording, self.chunk)
        if mode == "forward":
            del recording
            values, blocks = forward_blocks(flat, chunk, self.holomorphic)
        else:
            if recording is None:
                recording = Recording(flat, flat.leaves)
            values, blocks = reverse_blocks(flat, recording, self.chunk, self.holomorphic)
        flat.settle()
        value = flat.outputs.unflatten([owned(y) for y in values])
        return value, _nested(flat, flat.outputs, blocks), flat

    def _by_entries(
        self, compressed: Compressed, flat: FlatFunction, args: tuple[Any, ...], kwargs: Any
    ) -> tuple[Any, Any, FlatFunction]:
        """Return what `evaluate` does, by compressed products, or what is as good."""
        from adkit.drivers.entries import dense_blocks, known, pays, sparse_result

        primal = flat if self.op == "jacobian" else Transform.flatten(self, args, kwargs)
        if isinstance(self.sparse, str):
            state = known(compressed, primal, flat)
            if state is None:
                return self._dense(flat)
            if not pays(state):
                return self._automatic(primal, flat, min(state.pattern.shape))
        dense = self.sparse is False or isinstance(self.sparse, str)
        wanted = dense or self.with_value
        result = compressed.evaluate(primal, flat, with_values=wanted)
        flat.settle()
        value = None
        if wanted:
            value = flat.outputs.unflatten([owned(y) for y in result.values])
        if dense:
            blocks = dense_blocks(result, flat.leaves)
            return value, _nested(flat, flat.outputs, blocks), flat
        return value, sparse_result(result), flat

    def _automatic(
        self, primal: FlatFunction, flat: FlatFunction, size: int
    ) -> tuple[Any, Any, FlatFunction]:
        """Return what `evaluate` does, through lifted arrays where that takes less time."""
        if self._choices is None:
            from adkit.drivers.automatic import Automatic

            self._choices = Automatic(_lifted(self, 1))

        def through(found: Through) -> tuple[Any, Any, FlatFunction]:
            return found.value, _nested(flat, found.outputs, found.blocks), flat

        return self._choices.evaluate(primal, flat, size, lambda: self._dense(flat), through)


def _lifted(transform: Jacobian, check_every: int) -> Lifted | LiftedHessian:
    """Return what computes a Jacobian or Hessian through lifted arrays."""
    engine = _compressed(transform, check_every, True)
    if transform.op == "hessian":
        from adkit.drivers.lifted_hessian import LiftedHessian  # on use, as what follows

        return LiftedHessian(engine)
    from adkit.drivers.lifted import Lifted  # on use, for a quick ``import adkit``

    return Lifted(engine)


def _compressed(transform: Jacobian, check_every: int, sparse: Any = None) -> Compressed:
    """Return what computes a sparse Jacobian, or one of both modes."""
    from adkit.drivers.compressed import Compressed  # on use, for a quick ``import adkit``
    from adkit.drivers.keys import checked_pattern

    return Compressed(
        transform.op,
        transform.mode,
        checked_pattern(transform.sparse if sparse is None else sparse),
        transform.chunk,
        check_every,
        holomorphic=transform.holomorphic,
        local=transform.local,
    )


def _nested(flat: FlatFunction, outputs: Structure, blocks: Blocks) -> Any:
    """Return blocks as containers like the result, of containers like the argument."""
    return outputs.unflatten([flat.inputs.unflatten(row) for row in blocks])


class ValueAndJacobian(Jacobian):
    """See `value_and_jacobian`."""

    title = "value_and_jacobian"
    with_value = True

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        value, jacobian, flat = self.evaluate(args, kwargs)
        return ((value, flat.aux), jacobian) if self.has_aux else (value, jacobian)


@boundary
def jacfwd(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk: Any = "auto",
    holomorphic: bool = False,
) -> Jacobian:
    """Return the Jacobian in forward mode: one tangent per element of the argument.

    Parameters, results and errors are those of `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import jacfwd
    >>> jacfwd(np.square)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(f, argnums, has_aux, mode="forward", chunk=chunk, holomorphic=holomorphic)


@boundary
def jacrev(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk: Any = "auto",
    holomorphic: bool = False,
) -> Jacobian:
    """Return the Jacobian in reverse mode: one cotangent per element of the result.

    Parameters, results and errors are those of `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import jacrev
    >>> jacrev(np.square)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(f, argnums, has_aux, mode="reverse", chunk=chunk, holomorphic=holomorphic)


@boundary
def jacobian(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    mode: str = "auto",
    chunk: Any = "auto",
    holomorphic: bool = False,
    sparse: Any = False,
    check_every: int = 1,
) -> Jacobian:
    """Return the Jacobian of a function, in the cheaper mode or from few directions.

    Parameters
    ----------
    f : callable
        A function of plain NumPy.
    argnums : int or tuple of int
        Which positional arguments to differentiate.
    has_aux : bool
        Whether `f` returns ``(result, aux)``.
    mode : "auto", "forward", "reverse" or "mixed"
        By default what `plan` chooses, which is kept for later calls with the
        same shapes. "mixed" takes some columns forward and some rows in reverse,
        where that needs fewer directions.
    chunk : int or "auto"
        Directions per sweep; by default what is fast within bounded memory.
    holomorphic : bool
        Whether a function that is complex in and out is holomorphic.
    sparse : bool, "auto", "local", "lifted" or pattern
        True: find the pattern, compute the entries from the fewest directions, and
        return a sparse matrix. A pattern (`adkit.sparse.Pattern`, SciPy sparse array,
        matrix of bools): the same without the search. "auto": a dense result,
        computed by entries where that takes half the directions or fewer, and as a
        "lifted" one where calls show that this takes less time. "local": as
        True, without entries that are zero at the first point; where others come up, the
        check finds them. "lifted": a `SparsePlusLowRank`, which keeps apart what goes
        through few numbers: those that `lift` marks or, without marks, sums, means, norms
        and narrow products wherever that saves directions.
    check_every : int
        Sparse and mixed results are checked along one random direction; 10 checks
        each tenth one only. Sweeps without directions, which large results come to
        where these take less time, are checked where entries come to new places.

    Returns
    -------
    callable
        With the arguments of `f`. For a result of shape T and an argument of
        shape S the Jacobian has shape ``T + S``. A sparse one is a matrix: a
        ``scipy.sparse.csr_array``, or a `SparseMatrix` without SciPy; rows are the
        elements of all results, columns those of all differentiated arguments; likewise
        of a lifted one.

    Raises
    ------
    ArgumentError
        If an option is not one of the above.
    OutputError
        By the result, if `f` is complex in and out and not declared holomorphic.
    JacobianTooLargeError
        By the result, if it cannot fit in memory.

    Warns
    -----
    PatternWarning
        By the result, if the check finds that a pattern, or an entry taken to be
        constant, does not hold; the result is computed again.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, chapters 3, 7 and 8.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import count_sweeps, jacobian
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 6.]])
    >>> squares = jacobian(lambda x: x[1:] ** 2 - x[:-1] ** 2, sparse=True)
    >>> J = squares(np.ones(1000))
    >>> J.shape, J.nnz
    ((999, 1000), 1998)
    >>> with count_sweeps() as ran:
    ...     J = squares(np.ones(1000))
    >>> ran.tangents  # two colours, and a random direction that checks the result
    3
    >>> jacobian(lambda x: x**3 - np.mean(x), sparse="lifted")(np.ones(1000))
    SparsePlusLowRank(1000 x 1000, 1000 nonzeros, rank 1)
    """
    return Jacobian(
        f,
        argnums,
        has_aux,
        mode=mode,
        chunk=chunk,
        holomorphic=holomorphic,
        sparse=sparse,
        check_every=check_every,
    )


@boundary
def value_and_jacobian(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    mode: str = "auto",
    chunk: Any = "auto",
    holomorphic: bool = False,
    sparse: Any = False,
    check_every: int = 1,
) -> ValueAndJacobian:
    """Return the value and the Jacobian of a function.

    Parameters and errors are those of `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import value_and_jacobian
    >>> value_and_jacobian(np.square)(np.array([1.0, 2.0]))[0]
    array([1., 4.])
    """
    return ValueAndJacobian(
        f,
        argnums,
        has_aux,
        mode=mode,
        chunk=chunk,
        holomorphic=holomorphic,
        sparse=sparse,
        check_every=check_every,
    )
