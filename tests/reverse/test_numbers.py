"""Loops of Python code over numbers: code of their own, the same bits as arrays."""

import operator

import numpy as np
import pytest

import adkit as ad
from adkit.reverse.node import Node
from adkit.reverse.pullback import Recording
from adkit.reverse.tape import Cotangents, Tape, last_sweep, sweep

OPERATORS = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.mod,
    operator.pow,
)
NUMBERS = (0.75, 2.5, -1.25, 0.0, -0.0, np.inf, np.nan)


def program(x, y):
    """Use every operator with numbers on both sides, of both kinds."""
    for k in range(1, 4):
        x = 0.5 * x + y * x / (2.0 - y) - 0.125 * np.sin(y)
        y = 1.5 - x * y + (x - 2) ** 2 / 3.0 + 2.0**x % 0.75 + k / (4.0 + y * y)
    return x - y


def same_bits(a, b):
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


def test_numbers_have_the_bits_of_arrays():
    x, y = np.array([0.3, 0.7, 1.1]), np.array([0.9, -0.2, 0.4])
    value, pull = ad.vjp(program, x, y)
    columns = pull(np.ones(3))
    for i in range(3):
        number, gradient = ad.value_and_grad(program, (0, 1))(x[i], y[i])
        assert same_bits(number, value[i])
        assert same_bits(gradient, [column[i] for column in columns])


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("left", [*NUMBERS, 2, True, np.float64(1.5)])
def test_operators_with_a_number_on_the_left(op, left):
    tape = Tape()
    for x in (np.float64(1.75), np.float64(-0.5)):
        with np.errstate(all="ignore"):
            result, expected = op(left, Node.leaf(x, tape)), op(left, x)
        assert type(result) is Node
        assert type(result.value) is type(expected) is np.float64
        assert same_bits(result.value, expected)


@pytest.mark.parametrize("op", [*OPERATORS, operator.floordiv])
@pytest.mark.parametrize("other", NUMBERS[:3])
def test_derivatives_of_operators_with_a_number(op, other):
    for x in (1.75, 0.5):
        with np.errstate(all="ignore"):
            of_array = ad.vjp(lambda x: op(other, x), np.array([x]))[1](np.ones(1))[0]
            of_number = ad.grad(lambda x: op(other, x))(x)
        assert np.array_equal(of_number, of_array[0], equal_nan=True)


@pytest.mark.parametrize(
    "x", [np.float32(1.5), np.complex128(1 + 2j), np.array(1.5), np.array([1.5, 2.0])]
)
def test_a_float_on_the_left_of_other_values(x):
    for op in (operator.add, operator.sub, operator.mul, operator.truediv):
        result = op(0.75, Node.leaf(x, Tape()))
        assert result.dtype == x.dtype
        assert same_bits(result.value, op(0.75, x))


def test_a_float_on_the_left_of_a_constant_and_of_nested_levels():
    assert (2.0 * ad.Node(3.0, requires_grad=False)).entry is None
    assert ad.grad(ad.grad(lambda x: 2.0 / x))(2.0) == 0.5
    assert ad.jacfwd(ad.grad(lambda x: 2.0 - 3.0 / x))(2.0) == -0.75


def test_numbers_carry_directions():
    def f(x):
        a, b, c = x
        return np.stack([program(a, b), 2.0 * a - b * c, c / a])

    x = np.array([0.3, 0.9, 1.2])
    rows = [ad.grad(lambda x, i=i: f(x)[i])(x) for i in range(3)]
    np.testing.assert_allclose(ad.jacrev(f)(x), rows, rtol=1e-13)


def test_the_last_sweep_takes_entries_off_and_keeps_serials():
    leaves = [np.float64(1.25), np.float64(0.5)]
    held = []

    def f(leaves):
        held.append(leaves[0] * leaves[1])
        return [program(*leaves) + held[-1]]

    whole, emptied = Recording(f, leaves), Recording(f, leaves)
    serials = [x.serial for x in held]
    assert serials[0] < serials[1]
    first, second = whole.pull([np.float64(1.0)]), emptied.pull([np.float64(1.0)], last=True)
    assert same_bits(first, second)
    assert [x.serial for x in held] == serials
    assert [len(x.parents) for x in held] == [2, 0]
    assert whole.nbytes > emptied.nbytes == 0


def test_a_node_that_outlives_a_gradient_holds_no_history():
    held = []

    def f(x):
        for _ in range(3):
            x = np.sin(x) * x
            held.append(x)
        return x

    ad.grad(f)(0.5)
    for x in held:
        assert (x.parents, x.grad) == ((), None)
        assert isinstance(x.serial, int)


@pytest.mark.parametrize("run", [sweep, last_sweep])
def test_a_sweep_goes_through_a_list_of_entries(run):
    tape = Tape()
    x, y = Node.leaf(np.float64(2.0), tape), Node.leaf(np.float64(3.0), tape)
    z = 2.0 * x * y - x
    cotangents = Cotangents()
    cotangents[z.serial] = np.float64(1.0)
    entries = list(tape.entries)
    reached = run(entries if run is last_sweep else reversed(entries), cotangents)
    assert reached == {x.serial: 5.0, y.serial: 4.0}
    assert (entries == []) == (run is last_sweep)
