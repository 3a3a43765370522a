"""Random programs that write into arrays: views, loops, branches, and what they return.

A program is data: lines of Python that read and write NumPy arrays. It is drawn line by
line; each line is run on plain arrays at once, and kept if NumPy accepts it and the
numbers stay tame. Calling the program runs the lines on whatever it is given, so plain
and traced arrays take the same way; printing it shows its source.
"""

import functools
import warnings

import numpy as np
from hypothesis import strategies as st

from tests.inplace.statements import STATEMENTS

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
    """

    def __init__(self, lines, variables, point):
        self.lines = tuple(lines)
        self.variables = tuple(variables)
        self.point = point
        self.__name__ = "program"

    @functools.cached_property
    def source(self):
        """The program as a function."""
        body = [*self.lines, f"return {', '.join(self.variables)},"]
        return "\n".join(["def program(x):", *(f"    {line}" for line in body)])

    @functools.cached_property
    def _function(self):
        names = {"np": np}
        exec(compile(self.source, "<program>", "exec"), names)
        return names["program"]

    def __call__(self, x):
        return self._function(x)

    def __repr__(self):
        return f"{self.source}\n\nx = {self.point!r}"


@st.composite
def programs(draw, longest=12, dtype=np.float64):
    """Return programs of up to `longest` statements, for arguments of a dtype."""
    drawing = _Drawing(draw, dtype)
    for _ in range(draw(st.integers(1, longest))):
        drawing.add_statement()
    return Program(drawing.lines, drawing.names, drawing.point)


class _Drawing:
    """A program that is being drawn, and the values of its variables so far."""

    def __init__(self, draw, dtype):
        self.draw = draw
        self.lines = []
        shape = draw(st.sampled_from([(4,), (2, 3), (3, 2), (1,), (2, 2, 2), ()]))
        rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        self.point = np.asarray(rng.uniform(0.3, 1.3, shape), dtype)
        if draw(st.booleans()):
            self.point = np.asarray(self.point, order="F")
        self.history = []  # lines that ran; replayed to undo a line that was not accepted
        self.values = self._start()
        self.count = 0

    @property
    def names(self):
        return [name for name in self.values if name != "np"]

    def _start(self):
        return {"np": np, "x": self.point.copy(order="K")}

    # ------------------------------------------------------------ statements

    def add_statement(self):
        """Draw a statement, and keep it if NumPy takes it."""
        make = self.draw(st.sampled_from(STATEMENTS))
        block = make(self)
        if block is None:
            return
        lines = [block] if isinstance(block, str) else list(block)
        if self._runs(lines):
            self.lines += lines
        else:
            self.values = self._start()
            self._execute(self.lines)

    def _execute(self, lines):
        exec("\n".join(lines), self.values)
        self.values.pop("__builtins__", None)
        self.values.pop("i", None)

    def _runs(self, lines):
        try:
            with np.errstate(all="raise"):
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

    def new(self):
        """Return a name for a new variable."""
        self.count += 1
        return f"v{self.count}"

    def variable(self):
        """Return the name of a variable."""
        return self.draw(st.sampled_from(self.names))

    def array(self):
        """Return the name of an array, None if there is none."""
        arrays = [name for name in self.names if isinstance(self.values[name], np.ndarray)]
        return self.draw(st.sampled_from(arrays)) if arrays else None

    def target(self):
        """Return the name of an array that can be written into, None if there is none."""
        name = self.array()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what np.broadcast_arrays returns warns of writes
            return name if name is not None and self.values[name].flags.writeable else None

    def number(self):
        """Return a number, as source."""
        return self.draw(st.sampled_from(["0.5", "2.0", "-1.0", "0.25", "1.5", "3", "0.0"]))

    def operand(self):
        """Return a variable or a number."""
        return self.draw(st.one_of(st.builds(self.variable), st.builds(self.number)))

    def index(self, name, *, basic=False):
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
