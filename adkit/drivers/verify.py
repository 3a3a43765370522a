"""Whether a function computes under tracing what it computes with plain numbers.

A function that asks for types may take another way when it is traced:
``isinstance(x, np.ndarray)`` and ``type(x) is float`` are false then. Neither engine can
see that; comparing values does.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adkit.common.containers import flatten, map_leaves
from adkit.common.errors import ArgumentError, TraceMismatchError
from adkit.common.flat import FlatFunction, argument_name, checked_function
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.common.tracebacks import boundary, is_program
from adkit.common.tracer import value_of
from adkit.forward.pushforward import pushforward
from adkit.reverse.pullback import Recording

__all__ = ["verify_trace"]

#: Python's own functions of floats and NumPy's may differ in the last bits.
_ROUNDING = 1e-12
#: A function that runs for more lines is not followed line by line.
_STEPS = 50_000


@boundary
def verify_trace(f: Callable[..., Any], *args: Any) -> None:
    """Check that `f` has the same value when it is traced, in both modes.

    Parameters
    ----------
    f : callable
        A function of plain NumPy that returns numbers, arrays or containers of them.
    *args
        Its arguments. Those that consist of floats are traced: arrays, numbers, or
        containers of them; others are passed on.

    Raises
    ------
    TraceMismatchError
        If a value differs from that of plain NumPy in any bit; it names the first
        difference, and the line where the two runs part. Also if two runs with plain
        numbers differ.
    ArgumentError
        If no argument consists of floats.

    Notes
    -----
    `f` is called several times, on copies of its arguments. It is right if it computes
    the same in other ways: a branch that leads to equal values is no difference.

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
    scaled has another value when it is traced in forward mode: 2.0 at [0] becomes 3.0
    """
    checked_function(f, "verify_trace")
    traced = _traced_arguments(f, args)
    plain = _results(f, args)
    _check_repeats(f, plain, _results(f, args))
    reference = _results(f, _promoted(args, traced))
    for mode, run in _MODES.items():
        values, structure = run(f, _copied(args), traced)
        found = structure != plain[1] or _first_difference(reference[0], values, 0.0)
        if not found and plain[0] != []:
            found = _first_difference(plain[0], reference[0], _ROUNDING)
        if found:
            raise _mismatch(f, args, traced, mode, found)
