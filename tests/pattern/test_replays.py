"""Replayed programs: equal to sweeps with derivatives, and never used where a function changed."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings

import adkit as ad
from adkit.common.flat import FlatFunction
from adkit.pattern.gathered import gathered_jacobian
from adkit.pattern.layouts import Layouts
from adkit.pattern.replays import replayed_jacobian
from adkit.testing import strategies as ast
from tests.drivers.structured import HESSIANS, JACOBIANS
from tests.pattern.reference import assert_close, dense_jacobian
from tests.pattern.test_gathered import PROBLEMS, PROGRAMS, UNFIT, written_later

FITTING = [problem for problem in PROBLEMS if problem.name not in UNFIT]


def replayed(f, x, layouts, **options):
    return replayed_jacobian(FlatFunction(f, (x,), 0), layouts, **options)


def matrix(f, x, layouts):
    """Return the dense matrix of a replayed sweep."""
    found = replayed(f, x, layouts)
    return found.assembly.pattern.to_dense(found.entries)


def points(size, count=3):
    rng = np.random.default_rng(0)
    return [rng.uniform(1, 2, size) for _ in range(count)]


def assert_recorded(layouts, count):
    assert (layouts.recordings, len(layouts.programs)) == (count, count)


@pytest.mark.parametrize("problem", FITTING, ids=[p.name for p in FITTING])
def test_a_program_gives_what_a_sweep_gives(problem):
    layouts, swept = Layouts(), Layouts()
    for x in points(problem.n):
        found = replayed(problem.f, x, layouts)
        expected = gathered_jacobian(FlatFunction(problem.f, (x,), 0), swept)
        assert found.assembly.pattern == expected.assembly.pattern
        scale = np.abs(expected.entries).max(initial=0)
        np.testing.assert_allclose(found.entries, expected.entries, rtol=1e-14, atol=1e-15 * scale)
        for y, z in zip(found.values, expected.values, strict=True):
            np.testing.assert_array_equal(y, z)
    assert_recorded(layouts, 1)


@pytest.mark.parametrize("problem", HESSIANS, ids=[p.name for p in HESSIANS])
def test_gradients_are_replayed_too(problem):
    f, layouts = ad.grad(problem.f), Layouts()
    for x in points(problem.n):
        found = replayed(f, x, layouts)
        if found is not None:
            dense = found.assembly.pattern.to_dense(found.entries)
            np.testing.assert_allclose(dense, ad.hessian(problem.f)(x), rtol=1e-12, atol=1e-12)


@given(ast.programs())
@settings(deadline=None)
def test_programs_that_write(program):
    layouts, x = Layouts(), program.point
    moved = x.copy(order="K")
    moved[...] *= 1 + 1e-4 * np.random.default_rng(0).uniform(size=x.shape)
    for point in (x, moved, x):
        with np.errstate(all="ignore"):
            expected = dense_jacobian(program, (point,), 0)
            found = replayed(program, point, layouts)
            values = program(point.copy(order="K"))
        if found is not None and found.entries is not None and np.isfinite(expected).all():
            assert_close(found.assembly.pattern.to_dense(found.entries), expected)
            for y, z in zip(found.values, values, strict=True):
                np.testing.assert_array_equal(y, z)


@pytest.mark.parametrize("f", [f for f in PROGRAMS if f.__name__ not in ("scalars", "meeting")])
def test_programs(f):
    layouts = Layouts()
    for x in points(6):
        dense = np.reshape(ad.jacobian(f)(x), (-1, 6))
        np.testing.assert_allclose(matrix(f, x, layouts), dense, rtol=1e-13, atol=1e-15)


def test_a_closure_that_changes_is_noticed():
    """Numbers, factors, indices and matrices of closures, globals and the like, also at zero."""
    x = np.zeros(4)
    held = {"number": 2.0, "factor": np.ones(4), "index": np.arange(4), "matrix": np.eye(4)}

    def f(x):
        y = held["matrix"] @ (x * held["factor"])
        return held["number"] * y[held["index"]]

    layouts = Layouts()
    for _ in range(2):
        np.testing.assert_array_equal(matrix(f, x, layouts), 2 * np.eye(4))
    held["number"] = 3.0
    np.testing.assert_array_equal(matrix(f, x, layouts), 3 * np.eye(4))
    held["factor"][1] = 5.0  # in place
    np.testing.assert_array_equal(matrix(f, x, layouts), 3 * np.diag([1.0, 5, 1, 1]))
    held["index"][:2] = [1, 0]
    np.testing.assert_array_equal(matrix(f, x, layouts), ad.jacobian(f)(x))
    held["matrix"][0, 0] = 7.0
    np.testing.assert_array_equal(matrix(f, x, layouts), ad.jacobian(f)(x))


def test_the_sign_of_a_zero_and_a_nan_are_noticed():
    held = [0.0]
    layouts, x = Layouts(), np.ones(2)
    for zero in (0.0, -0.0, 0.0):
        held[0] = zero
        found = replayed(lambda x: x * held[0] + x * 0, x, layouts)
        same = np.full(2, zero) + 0.0
        np.testing.assert_array_equal(np.signbit(found.entries), np.signbit(same))
    held[0] = float("nan")
    assert replayed(lambda x: x * held[0] + x * 0, x, layouts).entries is None


def test_a_number_of_another_type_is_another_number():
    held, layouts, x = [0.5], Layouts(), np.ones(2)
    for number in (0.5, 0.5 + 0j, np.longdouble(0.5), 0.5):
        held[0] = number
        found = replayed(lambda x: x * held[0], x, layouts)
        assert (found is None) == (type(number) is not float)


def test_branches_have_programs_of_their_own():
    def f(x):
        return x**2 if x[0] > 0 else x[::-1] * 3

    layouts, x = Layouts(), np.arange(1.0, 4.0)
    for point in (x, -x, x, -x, x):
        with ad.count_sweeps() as ran:
            np.testing.assert_array_equal(matrix(f, point, layouts), ad.jacfwd(f)(point))
        assert ran.primal == 2  # one of them for the dense matrix
    assert_recorded(layouts, 2)


def test_kinks_are_those_of_the_point():
    def f(x):
        return np.where(x > 1.5, x**2, 3 * x) + np.maximum(x, 1.2) + np.abs(x - 1.7)

    layouts = Layouts()
    for x in points(20):
        np.testing.assert_allclose(matrix(f, x, layouts), ad.jacobian(f)(x), rtol=1e-14)
    assert_recorded(layouts, 1)


def test_random_factors_are_those_of_the_run():
    rng, drawn = np.random.default_rng(0), []

    def f(x):
        drawn.append(rng.uniform(size=3))
        return x * drawn[-1]

    layouts = Layouts()
    for _ in range(3):
        found = matrix(f, np.ones(3), layouts)
        np.testing.assert_array_equal(found, np.diag(drawn[-1]))


def test_a_function_that_never_does_the_same_twice_is_no_longer_recorded():
    calls = []

    def f(x):
        calls.append(None)
        return x * float(len(calls))

    layouts = Layouts()
    for _ in range(20):
        found = matrix(f, np.ones(3), layouts)
        np.testing.assert_array_equal(found, len(calls) * np.eye(3))
    assert not layouts.programs
    before = len(calls)
    matrix(f, np.ones(3), layouts)
    assert len(calls) == before + 1


def test_a_factor_that_is_written_into_afterwards():
    layouts = Layouts()
    for x in points(6):
        expected = ad.jacobian(written_later)(x)
        np.testing.assert_allclose(matrix(written_later, x, layouts), expected, rtol=1e-14)

    def f(x):
        w = np.full(3, 2.0)
        y = w * x
        w[:] = x.shape[0]
        return y * np.sin(x)

    layouts = Layouts()
    for x in points(3):
        np.testing.assert_allclose(matrix(f, x, layouts), ad.jacobian(f)(x), rtol=1e-14)


def test_errors_of_floats_that_a_function_catches():
    """A branch that is taken because an operation raises is one that operations must take."""

    def f(x):
        with np.errstate(divide="raise"):
            try:
                return 1 / x
            except FloatingPointError:
                return x * 2

    layouts = Layouts()
    for x in (np.ones(3), np.zeros(3), np.full(3, 2.0)):
        np.testing.assert_array_equal(matrix(f, x, layouts), ad.jacobian(f)(x))
    assert not layouts.programs

    def quiet(x):
        with np.errstate(divide="ignore"):
            return np.log(x), x**2

    layouts = Layouts()
    for x in (np.ones(3), np.zeros(3)):
        found = replayed(quiet, x, layouts)
        np.testing.assert_array_equal(found.values[1], x**2)
    assert found.entries is None
    assert len(layouts.programs) == 1


def test_products_of_extreme_sizes():
    def f(x):
        return ((x * 1e-200) * (x * 1e200)) * 1e-250 * 1e250 * x

    layouts = Layouts()
    for x in points(3):
        np.testing.assert_allclose(matrix(f, x, layouts), ad.jacobian(f)(x), rtol=1e-13)


def test_shapes_strides_and_dtypes():
    def f(x):
        return np.ravel(x * x, order="K")

    x = np.arange(1.0, 7.0).reshape(2, 3)
    layouts = Layouts()
    for point in (x, np.asfortranarray(x), x, x.astype(np.float32), x):
        found = replayed(f, point, layouts)
        if point.dtype == np.float32:
            assert found is None
        else:
            dense = found.assembly.pattern.to_dense(found.entries)
            np.testing.assert_array_equal(dense, ad.jacobian(f)(point).reshape(6, 6))


def test_a_nan_at_the_point():
    layouts, x = Layouts(), np.ones(3)
    replayed(np.sin, x, layouts)
    x[1] = np.nan
    assert replayed(np.sin, x, layouts).entries is None


def test_one_sweep_is_counted():
    problem = next(p for p in JACOBIANS if p.name == "Broyden tridiagonal")
    layouts = Layouts()
    for x in points(problem.n):
        with ad.count_sweeps() as ran:
            replayed(problem.f, x, layouts, with_values=False)
        assert (ran.forward, ran.tangents, ran.reverse, ran.primal) == (1, 1, 0, 1)


def test_no_value_is_computed_that_nobody_needs():
    layouts, x = Layouts(), np.ones(5)
    asked = []

    def f(x):
        y = np.sin(x) * 2 + x
        asked.append(hasattr(y, "tangent"))
        return y

    for _ in range(2):
        assert replayed(f, x, layouts, with_values=False).values == []
    assert asked == [True, False]


def test_nothing_of_a_run_is_held():
    held = []

    def f(x):
        held.append(weakref.ref(x))
        return np.sin(x) * x

    layouts = Layouts()
    gc.disable()
    try:
        for x in points(4):
            replayed(f, x, layouts)
        assert all(see() is None for see in held)
    finally:
        gc.enable()


@pytest.mark.parametrize("shift", [0, 1, -2, 5, 13, -13])
@pytest.mark.parametrize("size", [1, 5])
def test_rolled_vectors(size, shift):
    def f(x):
        return np.sin(np.roll(x, shift)) * np.roll(x[::-1], -shift)

    layouts = Layouts()
    for x in points(size):
        found = replayed(f, x, layouts)
        np.testing.assert_array_equal(found.values[0], f(x))
        dense = found.assembly.pattern.to_dense(found.entries)
        np.testing.assert_allclose(dense, ad.jacobian(f)(x), rtol=1e-14)
    assert_recorded(layouts, 1)


def test_values_come_from_the_run_they_belong_to():
    """Those that the function has asked for, and those of arrays that it wrote into later."""
    held = {"factor": np.array([1.0, 2.0, 3.0, 4.0])}

    def f(x):
        y = np.pad(x, 2)[1:-1]
        asked = np.exp(np.concatenate([y[1:-1] * held["factor"], x[:1]])) ** 2
        if asked[0] < 0:  # never
            return x
        later = np.sqrt(x) * x
        kept = later * later
        later[1:] = x[1:] * np.roll(later, 1)[1:]
        return np.concatenate([asked * asked, kept, later * x])

    layouts = Layouts()
    for x in points(4):
        found = replayed(f, x, layouts)
        np.testing.assert_array_equal(found.values[0], f(x))
        dense = found.assembly.pattern.to_dense(found.entries)
        np.testing.assert_allclose(dense, ad.jacobian(f)(x), rtol=1e-13)
        held["factor"] = held["factor"] + 0.5
    assert_recorded(layouts, 1)


def test_auxiliary_data_are_plain():
    def f(x):
        return x**2, {"twice": 2 * x}

    J, x = ad.jacobian(f, has_aux=True, sparse=True), np.arange(1.0, 9.0)
    J(x)
    next(iter(J._compressed.states.values())).sweep = "gathers"
    for point in (x, x + 1, x + 2):
        found, aux = J(point)
        np.testing.assert_array_equal(found.toarray(), np.diag(2 * point))
        np.testing.assert_array_equal(aux["twice"], 2 * point)


@pytest.mark.parametrize("op", [ad.jacobian, ad.value_and_jacobian])
def test_drivers_take_programs(op):
    def f(x):
        return np.roll(x, 1) * x**2

    J, x = op(f, sparse=True), np.arange(1.0, 9.0)
    J(x)
    state = next(iter(J._compressed.states.values()))
    state.sweep = "gathers"
    for point in (x, x + 1, x + 2):
        found = J(point)
        if op is ad.value_and_jacobian:
            np.testing.assert_array_equal(found[0], f(point))
            found = found[1]
        np.testing.assert_allclose(found.toarray(), ad.jacobian(f)(point), rtol=1e-14)
    assert_recorded(state.layouts, 1)
