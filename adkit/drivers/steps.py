"""The lines that a program runs through, to find where two runs part."""

from __future__ import annotations

import functools
import linecache
import os
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from adkit.common.tracebacks import is_program
from adkit.common.tracer import value_of

#: A run is followed no further than this.
_LONGEST = 50_000


class Step(NamedTuple):
    """A line that is about to be run, or that a function returned from.

    Attributes
    ----------
    file, line
        Where.
    values : dict
        Fingerprints of the numbers in the variables of the function, by name.
    """

    file: str
    line: int
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """File and line, as messages name them."""
        return f"{os.path.basename(self.file)}:{self.line}"


class Steps:
    """The steps of the first call of a function.

    Attributes
    ----------
    steps : list of Step
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def following(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that notes the steps of its first call."""

        @functools.wraps(f)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.steps:
                return f(*args, **kwargs)
            outer = sys.gettrace()
            sys.settrace(self._enter)
            try:
                return f(*args, **kwargs)
            finally:
                sys.settrace(outer)

        return call

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        file = frame.f_code.co_filename
        generated = file == "<string>"  # by dataclasses and named tuples, wherever they are used
        if len(self.steps) >= _LONGEST or generated or not is_program(file):
            return None
        return self._note

    def _note(self, frame: FrameType, event: str, arg: Any) -> Any:
        if len(self.steps) >= _LONGEST:
            frame.f_trace_lines = False
        elif event == "line":
            self._append(frame, frame.f_locals.items())
        elif event == "return":
            self._append(frame, [("the value that is returned", arg)])
        return self._note

    def _append(self, frame: FrameType, variables: Iterable[tuple[str, Any]]) -> None:
        place = frame.f_code.co_filename, frame.f_lineno
        self.steps.append(Step(*place, _fingerprints(variables)))


def _fingerprints(variables: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found = {}
    for name, variable in variables:
        value = value_of(variable)
        if isinstance(value, (int, float, complex, np.ndarray, np.generic)):
            array = np.asarray(value)
            found[name] = (array.shape, hash(array.tobytes()))
    return found


def parting(plain: Steps, traced: Steps) -> tuple[str, str]:
    """Return where two runs part, and how, in words; nothing if they do not."""
    last = None
    for a, b in zip(plain.steps, traced.steps, strict=False):
        if (a.file, a.line) != (b.file, b.line):
            if last is None:
                return "", ""
            source = linecache.getline(last.file, last.line).strip()
            here = f"`{source}`" if source else f"line {last.line}"
            way = f"{here} goes on in line {a.line} with plain values, in {b.line} when traced"
            return last.place, f"{way}; "
        for name in a.values.keys() & b.values.keys():
            if a.values[name] != b.values[name]:
                at = a if last is None or name.startswith("the ") else last
                return at.place, f"{name} is another in {at.place}; "
        last = a
    return "", ""
