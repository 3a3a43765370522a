"""Whether a function computes under tracing what it computes with plain numbers.

A function that asks for types may take another way when it is traced:
``isinstance(x, np.ndarray)`` and ``type(x) is float`` are false then. Neither engine can
see that; comparing values does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.containers import Structure, flatten, map_leaves
from adkit.common.creation import plainly
from adkit.common.errors import ArgumentError, TraceMismatchError
from adkit.common.flat import FlatFunction, checked_function
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary
from adkit.drivers.steps import Steps, parting
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording

__all__ = ["verify_trace"]

Results = tuple[list[Any], Structure]

#: Python's own arithmetic of floats and NumPy's may differ in the last bits.
_ROUNDING = 1e-12


@boundary
def verify_trace(f: Callable[..., Any], *args: Any) -> None:
    """Check that `f` has the same value when it is traced, in both modes.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that returns numbers, arrays or containers of them.
    *args
        Its arguments. Those that consist of floats are traced: numbers, arrays, or
        containers of them; others are passed on.

    Raises
    ------
    TraceMismatchError
        If a value differs from that with plain numbers in any bit; it names the first
        difference, and the line where the two runs part. Also if two runs with plain
        numbers differ.
    ArgumentError
        If no argument consists of floats.

    Notes
    -----
    `f` is called several times, on copies of its arguments. Another way to equal values
    is no difference. What Python's floats give, as opposed to NumPy's, may differ in the
    last bits; an overflow or a division by zero, which Python's floats refuse, is none.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit import AdkitError, verify_trace
    >>> verify_trace(lambda x: np.sum(np.sin(x)), np.ones(3))
    >>> def scaled(x):
    ...     return 2 * x if isinstance(x, np.ndarray) else 3 * x
    >>> try:
    ...     verify_trace(scaled, np.ones(3))
    ... except AdkitError as error:
    ...     print(str(error).partition(" (")[0])
    scaled has another value when it is traced in forward mode: element [0] is 3.0, not 2.0
    """
    checked_function(f, "verify_trace")
    argnums = tuple(i for i, arg in enumerate(args) if _consists_of_floats(arg))
    if not argnums:
        raise ArgumentError(
            "ADK113",
            f"no argument that {name_of(f)} was given consists of floats",
            instead="pass floats or arrays of floats",
        )
    plain = _with_numpy(f, args)
    repeated = _with_numpy(f, args)
    found = _difference(plain, repeated)
    if found:
        raise TraceMismatchError(
            "ADK532",
            f"{name_of(f)} returns another value each time: {found}",
            instead="give it a random generator with a seed, made anew in each call",
        )
    given = _with_python(f, args)
    for mode, trace in _MODES.items():
        traced = trace(f, args, argnums)
        found = _difference(plain, traced)
        if not found and given is not None:
            found = _difference(given, traced, _ROUNDING)
        if found:
            raise _mismatch(f, args, argnums, mode, found)


# ---------------------------------------------------------------- the runs


def _with_python(f: Callable[..., Any], args: Sequence[Any]) -> Results | None:
    """Run a function on what the caller gave; None where Python's floats refuse that."""
    try:
        return _plainly(f, _copied(args))
    except ArithmeticError:
        return None


def _with_numpy(f: Callable[..., Any], args: Sequence[Any]) -> Results:
    """Run a function on what tracing stands for: NumPy's floats."""
    promoted = map_leaves(lambda x: np.float64(x) if type(x) is float else x, _copied(args))
    return _plainly(f, promoted)


def _plainly(f: Callable[..., Any], args: Sequence[Any]) -> Results:
    """Run a function with plain arrays only, also inside `adkit.traced_buffers`."""
    token = plainly.set(True)
    try:
        return flatten(f(*args))
    finally:
        plainly.reset(token)


def _forward(f: Callable[..., Any], args: Sequence[Any], argnums: tuple[int, ...]) -> Results:
    flat = FlatFunction(f, _copied(args), argnums)
    tangents = [np.ones(np.shape(x), dtype_of(x))[()] for x in flat.leaves]
    return pushforward(flat, flat.leaves, tangents)[0], flat.outputs


def _reverse(f: Callable[..., Any], args: Sequence[Any], argnums: tuple[int, ...]) -> Results:
    flat = FlatFunction(f, _copied(args), argnums)
    return Recording(flat, flat.leaves).results, flat.outputs


_MODES = {"forward": _forward, "reverse": _reverse}


def _copied(args: Sequence[Any]) -> tuple[Any, ...]:
    copies: tuple[Any, ...] = map_leaves(
        lambda x: x.copy(order="K") if type(x) is np.ndarray else x, tuple(args)
    )
    return copies


def _consists_of_floats(arg: Any) -> bool:
    leaves = flatten(arg)[0]
    numbers = (float, complex, np.ndarray, np.inexact)
    return bool(leaves) and all(
        isinstance(x, numbers) and np.asarray(x).dtype.kind in "fc" for x in leaves
    )


# ---------------------------------------------------------------- comparing them


def _difference(expected: Results, found: Results, rounding: float = 0.0) -> str:
    """Return the first difference between results in words, nothing if they are equal."""
    if expected[1] != found[1]:
        return f"it returns {found[1]!r}, not {expected[1]!r}"
    for path, x, y in zip(expected[1].paths(), expected[0], found[0], strict=True):
        difference = _difference_of_leaves(np.asarray(x), np.asarray(y), rounding)
        if difference:
            return f"{path and f'of result{path}, '}{difference}"
    return ""


def _difference_of_leaves(x: Any, y: Any, rounding: float) -> str:
    if x.shape != y.shape:
        return f"the shape is {y.shape}, not {x.shape}"
    if x.dtype != y.dtype and not rounding:
        return f"the dtype is {y.dtype}, not {x.dtype}"
    if x.tobytes() == y.tobytes():
        return ""
    same = (x == y) & (np.signbit(np.real(x)) == np.signbit(np.real(y))) | ((x != x) & (y != y))
    if rounding:
        same |= np.isclose(x, y, rtol=rounding, atol=0)
    if same.all():
        return ""
    index = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"{f'element {list(index)}' if index else 'it'} is {y[index]}, not {x[index]}"


def _mismatch(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: tuple[int, ...],
    mode: str,
    found: str,
) -> TraceMismatchError:
    """Run again line by line, and return the error that says where the runs part."""
    plain, traced = Steps(), Steps()
    _with_python(plain.following(f), args)
    _MODES[mode](traced.following(f), args, argnums)
    place, how = parting(plain, traced)
    return TraceMismatchError(
        "ADK531",
        f"{name_of(f)} has another value when it is traced in {mode} mode: {found}",
        instead=f"{how}ask np.ndim(x) or hasattr(x, 'dtype'), not for types",
        place=place or None,
    )
