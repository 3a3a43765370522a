"""Random programs are what NumPy runs, smooth at their point, and as asked."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import find, given, settings

from adkit.testing import Inconclusive, check_derivatives
from adkit.testing import strategies as ast

FIXED = settings(derandomize=True, database=None, max_examples=500)


@given(ast.programs())
def test_programs_leave_their_argument_alone(program):
    x = program.point
    before = x.copy(order="K")
    first, again = program(x), program(x)
    assert np.array_equal(x, before)
    for name, y, z in zip(program.variables, first, again, strict=True):
        assert np.array_equal(y, z), name
        assert y.dtype == x.dtype
        assert np.all(np.isfinite(y))


@given(ast.programs(longest=6))
def test_programs_are_smooth_at_their_point(program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Inconclusive)  # where numbers cancel to 0
        verdict = check_derivatives(program, program.point).verdict
    assert verdict in ("pass", "inconclusive")


@given(ast.programs(writes=False))
def test_programs_without_writes(program):
    for line in program.lines:
        assert re.fullmatch(r"v\d+ = .*", line)
        assert "out=" not in line


@given(ast.programs(longest=3, dtype=np.float32))
def test_programs_of_a_length_and_dtype(program):
    starts = [line for line in program.lines if not line.startswith((" ", "else"))]
    assert starts[0] == "x = x.copy(order='K')"
    assert len(starts) <= 4
    assert program.point.dtype == np.float32


def test_programs_may_write_into_their_argument():
    def writes(program):
        x = program.point.copy(order="K")
        program(x)
        return not np.array_equal(x, program.point)

    program = find(ast.programs(copies=False), writes, settings=FIXED)
    assert len(program.lines) <= 2


@pytest.mark.parametrize("part", ["for i in", "if np.sum", "] = ", "+=", "out=", ".T"])
def test_programs_of_all_sorts_are_drawn(part):
    program = find(ast.programs(), lambda program: part in program.source, settings=FIXED)
    assert f"x = {program.point!r}" in repr(program)
    assert program.source.startswith("def program(x):\n    x = x.copy(order='K')\n")
