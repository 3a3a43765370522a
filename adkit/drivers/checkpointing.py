"""Checkpoints: functions that are evaluated again instead of being kept on the tape."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any

from adkit.common.containers import Structure, flatten
from adkit.common.flat import checked_function
from adkit.common.inputs import name_of
from adkit.common.tracebacks import boundary
from adkit.drivers.enclosed import enclosed, frozen
from adkit.drivers.passed_buffers import Flags, Passed, as_buffers, which_are_buffers
from adkit.drivers.replay import run
from adkit.reverse.replays import not_repeatable


class Checkpointed:
    """See `checkpoint`."""

    def __init__(self, f: Callable[..., Any]) -> None:
        functools.update_wrapper(self, checked_function(f, "checkpoint"))
        self.f = f

    def __repr__(self) -> str:
        return f"<checkpoint of {name_of(self.f)}>"

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        """Bind to an instance, where this is a method."""
        return self if instance is None else MethodType(self, instance)

    @boundary
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the function."""
        leaves, inputs = flatten((args, kwargs))
        flat = FlatCall(self.f, inputs, which_are_buffers(leaves))
        results = run(flat, leaves, enclosed(self.f, leaves), views=True)
        assert flat.outputs is not None
        return flat.outputs.unflatten(as_buffers(results, flat.made))


class FlatCall:
    """A function of containers as one of a list of leaves.

    When it runs again, it finds the variables around it as they were.

    Attributes
    ----------
    outputs : Structure or None
        Of its result, when it has run.
    made : tuple of bool
        Which leaves of the result are buffers.
    """

    def __init__(self, f: Callable[..., Any], inputs: Structure, buffers: Flags) -> None:
        self.f = f
        self.again = frozen(f)
        self.inputs = inputs
        self.outputs: Structure | None = None
        self.buffers = buffers
        self.made: Flags = ()

    def __call__(self, leaves: list[Any]) -> list[Any]:
        """Return the leaves of the result."""
        passed = Passed(leaves, self.buffers)
        args, kwargs = self.inputs.unflatten(passed.leaves)
        f, self.f = self.f, self.again  # its variables may come to hold the result, in a cycle
        results, outputs = flatten(f(*args, **kwargs))
        if self.outputs is None:
            self.outputs = outputs
            self.made = which_are_buffers(results)
        elif self.outputs != outputs:
            raise not_repeatable()
        return passed.back(results)


@boundary
def checkpoint(f: Callable[..., Any]) -> Checkpointed:
    """Return a function that keeps its arguments for the sweep back, and runs again there.

    Reverse mode keeps what its sweep needs of every operation. A checkpointed function leaves
    its arguments and results only; when the sweep comes to it, it is evaluated again, recorded,
    swept and forgotten. A program of n equal parts needs the memory of one part, and of n
    arguments; it is evaluated twice. In forward mode, and without derivatives, it is `f`.

    Parameters
    ----------
    f : callable
        A function of plain NumPy. Arguments, keyword arguments and results may be any
        containers of arrays, numbers and anything else. Traced values that it finds elsewhere,
        in its closure or in attributes, are differentiated like its arguments.

    Returns
    -------
    callable
        With the arguments of `f`. Checkpoints may be nested, and differentiated in any order;
        the sweep of an inner derivative is a checkpoint of the outer one.

    Raises
    ------
    InPlaceError
        By the result, if `f` writes into its arguments.
    ReplayError
        By the sweep, if `f` gives something else when it runs again: it draws random numbers,
        or changes what it reads.

    Notes
    -----
    The ledger of `count_sweeps` counts evaluations beyond the first as ``repeated``, and with
    the others as ``primal``. When `f` runs again, variables around it (a loop variable in its
    closure) are those of the call. A function that returns views of its arguments is recorded
    in full, since writes into them would reach the arguments.

    References
    ----------
    Griewank and Walther (2008), *Evaluating Derivatives*, chapter 12.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import checkpoint, count_sweeps, grad
    >>> @checkpoint
    ... def layer(h, x):
    ...     return np.tanh(0.9 * h + x)
    >>> def program(x):
    ...     h = np.zeros_like(x)
    ...     for _ in range(5):
    ...         h = layer(h, x)
    ...     return h.sum()
    >>> with count_sweeps() as ran:
    ...     gradient = grad(program)(np.zeros(3))
    >>> gradient.round(4), ran.repeated
    (array([4.0951, 4.0951, 4.0951]), 5)
    """
    return Checkpointed(f)
