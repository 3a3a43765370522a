"""Random programs that write into arrays: views, loops, branches, and what they return.

A program is data: lines of Python that read and write NumPy arrays. It is drawn line by
line; each line is run on plain arrays at once, and kept if NumPy accepts it and the
numbers stay tame. Calling the program runs the lines on whatever it is given, so plain
and traced arrays take the same way; printing it shows its source.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from adkit.testing.statements import CREATING, STATEMENTS

__all__ = ["Program", "programs"]

#: Numbers beyond this make a line be dropped: derivatives of what follows would be huge.
LARGEST = 50.0


class Program:
    """Lines of Python in which `x` is the argument; the result is a tuple of all variables.

    Attributes
    ----------
    lines : tuple of str
        Source code.
    variables : tuple of str
        What is returned.
    point : array
        An argument at which the program is tame.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.testing.programs import Program
    >>> program = Program(["v1 = np.sin(x)", "v1[0] *= x[1]"], ["v1"], np.ones(2))
    >>> print(program.source)
    def program(x):
        v1 = np.sin(x)
        v1[0] *= x[1]
        return v1,
    >>> program(np.array([0.0, 0.0]))
    (array([0., 0.]),)
    """

    def __init__(self, lines: Sequence[str], variables: Sequence[str], point: Any) -> None:
        self.lines = tuple(lines)
        self.variables = tuple(variables)
        self.point = point
        self.__name__ = "program"

    @functools.cached_property
    def source(self) -> str:
        """The program as a function, in Python."""
        body = [*self.lines, f"return {', '.join(self.variables)},"]
        return "\n".join(["def program(x):", *(f"    {line}" for line in body)])

    @functools.cached_property
    def _function(self) -> Any:
        names = {"np": np}
        exec(compile(self.source, "<program>", "exec"), names)
        return names["program"]

    def __call__(self, x: Any) -> Any:
        """Run the lines on an array, plain or traced."""
        return self._function(x)

    def __repr__(self) -> str:
        return f"{self.source}\n\nx = {self.point!r}"


def programs(
    longest: int = 12,
    *,
    dtype: Any = np.float64,
    writes: bool = True,
    copies: bool = True,
) -> st.SearchStrategy[Program]:
    """Draw differentiable programs of a few statements.

    Parameters
    ----------
    longest : int
        Number of statements, at most.
    dtype : dtype
        Of the argument, and of all that is returned.
    writes : bool
        Whether there are writes into arrays, loops and branches. Without them there are
        views, copies and computations only.
    copies : bool
        Whether programs that write do so into a copy of their argument, never into itself.

    Returns
    -------
    strategy of Program
        Callables of one array, with a tuple of arrays as the result. ``program.point`` is an
        argument at which they are smooth: no branch is near a tie. They shrink to few lines.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.programs(longest=4))
    ... def test_values(program):
    ...     values, pullback = adkit.vjp(program, program.point)
    ...     for found, expected in zip(values, program(program.point), strict=True):
    ...         np.testing.assert_array_equal(found, expected)
    >>> test_values()
    """
    return _programs(longest, np.dtype(dtype), writes, copies and writes)


@st.composite
def _programs(draw: st.DrawFn, longest: int, dtype: Any, writes: bool, copies: bool) -> Program:
    drawing = _Drawing(draw, dtype, ["x = x.copy(order='K')"] if copies else [])
    for _ in range(draw(st.integers(1, longest))):
        drawing.add_statement(STATEMENTS if writes else CREATING)
    return Program(drawing.lines, drawing.names, drawing.point)


class _Drawing:
    """A program that is being drawn, and the values of its variables so far."""

    def __init__(self, draw: st.DrawFn, dtype: Any, lines: list[str]) -> None:
        self.draw = draw
        self.lines = lines
        shape = draw(st.sampled_from([(4,), (2, 3), (3, 2), (1,), (2, 2, 2), ()]))
        rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        self.point = np.asarray(rng.uniform(0.3, 1.3, shape), dtype)
        if draw(st.booleans()):
            self.point = np.asarray(self.point, order="F")
        self.values = self._start()
        self._execute(lines)
        self.count = 0

    @property
    def names(self) -> list[str]:
        return [name for name in self.values if name != "np"]

    def _start(self) -> dict[str, Any]:
        return {"np": np, "x": self.point.copy(order="K")}

    # ------------------------------------------------------------ statements

    def add_statement(self, kinds: Sequence[Any]) -> None:
        """Draw a statement, and keep it if NumPy takes it."""
        make = self.draw(st.sampled_from(kinds))
        block = make(self)
        if block is None:
            return
        lines = [block] if isinstance(block, str) else list(block)
        if self._runs(lines):
            self.lines += lines
        else:
            self.values = self._start()
            self._execute(self.lines)

    def _execute(self, lines: Any) -> None:
        exec("\n".join(lines), self.values)
        self.values.pop("__builtins__", None)
        self.values.pop("i", None)

    def _runs(self, lines: Any) -> bool:
        try:
            with np.errstate(all="raise"), warnings.catch_warnings():
                warnings.simplefilter("error")  # a line that NumPy warns of is not drawn
                self._execute(lines)
        except (ValueError, IndexError, TypeError, FloatingPointError, Warning):
            return False
        values = [self.values[name] for name in self.names]
        return all(
            isinstance(y, (np.ndarray, np.floating))
            and y.dtype == self.point.dtype
            and np.size(y) <= 40
            and np.all(np.abs(y) < LARGEST)
            for y in values
        )

    # ------------------------------------------------------------ parts of statements

    def new(self) -> str:
        """Return a name for a new variable."""
        self.count += 1
        return f"v{self.count}"

    def variable(self) -> str:
        """Return the name of a variable."""
        return self.draw(st.sampled_from(self.names))

    def array(self) -> str | None:
        """Return the name of an array, None if there is none."""
        arrays = [name for name in self.names if isinstance(self.values[name], np.ndarray)]
        return self.draw(st.sampled_from(arrays)) if arrays else None

    def target(self) -> str | None:
        """Return the name of an array that can be written into, None if there is none."""
        name = self.array()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what np.broadcast_arrays returns warns of writes
            return name if name is not None and self.values[name].flags.writeable else None

    def number(self) -> str:
        """Return a number, as source."""
        return self.draw(st.sampled_from(["0.5", "2.0", "-1.0", "0.25", "1.5", "3", "0.0"]))

    def operand(self) -> str:
        """Return a variable or a number."""
        return self.draw(st.one_of(st.builds(self.variable), st.builds(self.number)))

    def index(self, name: Any, *, basic: Any = False) -> str:
        """Return an index of an array, as source."""
        shape = np.shape(self.values[name])
        if not shape:
            return self.draw(st.sampled_from(["...", "()"]))
        n = shape[0]
        choices = [
            str(self.draw(st.integers(-n, n - 1))) if n else "0:0",
            "::-1",
            "1:",
            ":-1",
            "::2",
            "...",
            "None",
            "0:0",
        ]
        if len(shape) > 1:
            choices += [":, 0", "..., -1", ":, ::-1", "0, 1:", "None, 1:"]
        if not basic and n:
            picked = self.draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=4))
            mask = self.draw(st.lists(st.booleans(), min_size=n, max_size=n))
            choices += [f"{picked}", f"np.array({picked})", f"np.array({mask})"]
            if len(shape) > 1:
                columns = [k % shape[1] for k in picked] if shape[1] else []
                choices += [f"{picked}, {columns}", f":, {columns}", f"{picked}, :1"]
        return self.draw(st.sampled_from(choices))
