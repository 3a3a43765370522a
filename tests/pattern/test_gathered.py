"""Sweeps of weighted gathers: exact where they have a result, and none where they have none."""

import numpy as np
import pytest
from hypothesis import given, settings

import adkit as ad
import adkit.pattern.layouts as layouts_module
from adkit.common.flat import FlatFunction
from adkit.pattern.gathered import GatheredLevel, gathered_jacobian
from adkit.pattern.layouts import Layouts
from adkit.testing import strategies as ast
from adkit.testing.sampling import draw_call, operations, samples_of
from tests.drivers.structured import HESSIANS, JACOBIANS
from tests.pattern.reference import DOUBLE, assert_close, dense_jacobian

#: Fitting or not, as products over all elements are declared.
PRODUCTS = ("product", "Brown almost linear")
PROBLEMS = [problem for problem in JACOBIANS if problem.name not in PRODUCTS]
UNFIT = (
    *("arrow", "arrow and band", "shooting with a free end"),
    *("arrow of width 2", "arrow of width 3"),
)


def swept(f, *args, layouts=None):
    """Return the dense matrix of a sweep, None if it has no result."""
    flat = FlatFunction(f, args, tuple(range(len(args))))
    found = gathered_jacobian(flat, Layouts() if layouts is None else layouts)
    return None if found is None else found.assembly.pattern.to_dense(found.entries)


def dense(f, *args):
    """Return the matrix by other sweeps, one row for each element of the result."""
    parts = ad.jacobian(f, tuple(range(len(args))))(*args)
    return np.hstack([np.reshape(part, (-1, x.size)) for part, x in zip(parts, args, strict=True)])


@pytest.mark.parametrize("problem", PROBLEMS, ids=[p.name for p in PROBLEMS])
def test_entries_are_those_of_dense_sweeps(problem):
    layouts, rng = Layouts(), np.random.default_rng(0)
    for _ in range(3):  # later sweeps look up what the first one found
        x = rng.uniform(1, 2, problem.n)
        found = swept(problem.f, x, layouts=layouts)
        if problem.name in UNFIT:
            assert found is None
        else:
            np.testing.assert_allclose(found, dense(problem.f, x), rtol=1e-13, atol=0)


@pytest.mark.parametrize("problem", HESSIANS, ids=[p.name for p in HESSIANS])
def test_gradients_are_functions_too(problem):
    x = np.random.default_rng(1).uniform(1, 2, problem.n)
    found = swept(ad.grad(problem.f), x)
    if found is not None:
        np.testing.assert_allclose(found, ad.hessian(problem.f)(x), rtol=1e-12, atol=0)


def in_place(x):
    out = np.zeros_like(x)
    out[1:-1] = x[2:] * x[:-2]
    part = out[2:5]
    part *= x[0]
    out[0] = np.sin(x[-1])
    return out


def meeting(x):
    """Two gathers that differ, and meet in some entries."""
    return x[[0, 1, 2, 3]] * 2 + x[[0, 2, 1, 3]] ** 2


def broadcast(x):
    return x.reshape(2, 3) * x[:3] - x[1] + np.ones((4, 1, 1)) * x[3:]


def sums(x):
    return np.sum(x.reshape(3, 2) ** 2, axis=1) + np.diff(x)[:3]


def product(x):
    return np.array([[1.0, 0, 2], [0, 3, 0]]) @ x[:3] * x[4]


def products(x):
    a, b = x.reshape(2, 3), np.sin(x).reshape(3, 2)
    return np.concatenate([(a @ b).ravel(), np.tensordot(a, b, ([1, 0], [0, 1])).reshape(1)])


def turned_axes(x):
    a, b = x[:3], x[3:] * 2
    return np.cross(a, b) + np.dot(a, b) * np.outer(a, b)[1]


def chosen(x):
    return np.concatenate([np.where(x > 1.5, x**2, x[::-1]), np.maximum(x, 1.2), np.ones(2)])


def scalars(x):
    return [x[0] * x[1], np.stack([x[2], x[2] * x[3]]), 3.0]


def turned(x):
    return np.roll(x.reshape(2, 3).T, 1, 0).ravel(order="F")[np.array([5, 0, 0])] / x[:3]


def stacked(x):
    """Traced arrays and others, in both orders, with and without an axis."""
    a, b = x.reshape(2, 3), np.ones((2, 3))
    first = np.stack([a[0] * x[3:], b[0], a[1]], axis=1)
    return np.concatenate((np.concatenate([b, a * a], 1).ravel(), first.ravel(), x[[1]]))


def written_later(x):
    """What was multiplied by, plain or traced, is written into afterwards."""
    w, u = np.arange(1.0, 7.0), x * 2
    y = x * w
    w[:] = 7
    z = x * u
    u[1:] = y[1:]
    squares = x * x
    return y * w + z * u + squares


def empty(x):
    return np.concatenate([np.roll(x[6:], 1), np.pad(x[:0], 2) * x[:4]])


def hidden(x):
    """A row of everything is computed, and does not reach the result."""
    return x * 2 if np.sum(np.exp(x)) > 0 else x


PROGRAMS = (
    *(in_place, meeting, broadcast, sums, product, products, turned_axes),
    *(chosen, scalars, turned, empty, hidden, stacked, written_later),
)


@pytest.mark.parametrize("f", PROGRAMS)
def test_programs(f):
    size = 4 if f is meeting else 6
    layouts = Layouts()

    def flat(x):
        y = f(x)
        return y if isinstance(y, ad.Dual) or not isinstance(y, list) else np.hstack(y)

    for seed in range(3):
        x = np.random.default_rng(seed).uniform(1, 2, size)
        found = swept(f, x, layouts=layouts)
        np.testing.assert_allclose(found, dense(flat, x), rtol=1e-14, atol=0)


def test_several_arguments_and_results():
    x, y = np.random.default_rng(0).uniform(1, 2, (2, 3))

    def f(x, y):
        return x * y[::-1], y**2

    def joined(x, y):
        return np.concatenate(f(x, y))

    np.testing.assert_allclose(swept(f, x, y), dense(joined, x, y), rtol=1e-15)


def test_a_branch_is_the_one_of_the_point():
    def f(x):
        return x**2 if x[0] > 0 else x[::-1] * 3

    layouts, x = Layouts(), np.arange(1.0, 4.0)
    for point in (x, -x, x):
        np.testing.assert_array_equal(swept(f, point, layouts=layouts), dense(f, point))


def test_what_depends_on_values_does_not_pile_up(monkeypatch):
    monkeypatch.setattr(layouts_module, "_MOST_BYTES", 2**16)
    layouts, rng = Layouts(), np.random.default_rng(0)
    for _ in range(20):
        x = rng.uniform(1, 2, 300)
        np.testing.assert_array_equal(swept(np.sort, x, layouts=layouts), dense(np.sort, x))
        assert layouts.held < 2**17


def test_a_constant_array_that_is_changed_afterwards():
    def f(x):
        scale = np.full(3, 2.0)
        y = scale * x
        scale[:] = 5
        return y * x

    x = np.arange(1.0, 4.0)
    np.testing.assert_array_equal(swept(f, x), dense(f, x))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.cumsum, np.ones(40)),
        (lambda x: x / np.sum(x), np.ones(40)),
        (np.sin, np.ones(5, np.float32)),
        (np.sin, np.ones(5, complex)),
        (lambda x: np.abs(x * 1j), np.ones(5)),
    ],
)
def test_what_is_no_sum_of_few_gathers(f, x):
    assert swept(f, x) is None


def test_entries_that_are_not_finite():
    flat = FlatFunction(np.sqrt, (np.zeros(3),), 0)
    with np.errstate(divide="ignore"):
        found = gathered_jacobian(flat, Layouts())
    assert found is not None
    assert found.entries is None


def test_nothing_to_differentiate():
    assert swept(lambda x: x, np.zeros(0)).shape == (0, 0)
    assert swept(lambda x: np.ones(2), np.zeros(0)).shape == (2, 0)
    assert swept(lambda x: x[:0], np.ones(2)).shape == (0, 2)


def test_one_sweep_is_counted():
    with ad.count_sweeps() as ran:
        swept(np.sin, np.ones(4))
    assert (ran.forward, ran.tangents, ran.reverse, ran.primal) == (1, 1, 0, 1)


def assert_right_or_none(f, args, argnums, layouts, eps=DOUBLE):
    """Compare with dense derivatives, if the sweep has a result."""
    with np.errstate(all="ignore"):
        expected = dense_jacobian(f, args, argnums)
        found = gathered_jacobian(FlatFunction(f, args, argnums), layouts)
    if found is None or found.entries is None or not np.isfinite(expected).all():
        return False
    dense = found.assembly.pattern.to_dense(found.entries)
    assert_close(dense, expected, eps)
    return True


@given(ast.programs())
@settings(deadline=None)
def test_programs_that_write(program):
    layouts, x = Layouts(), program.point
    moved = x.copy(order="K")
    moved[...] *= 1 + 1e-4 * np.random.default_rng(0).uniform(size=x.shape)
    for point in (x, moved, x):
        assert_right_or_none(program, (point,), 0, layouts)


def as_double(x):
    """Return a real argument in double precision, as it lies in memory."""
    kind = np.asarray(x).dtype
    return x.astype(float) if kind.kind == "f" and kind.type is not np.float64 else x


FITTING = ("multiply", "sin", "roll", "concatenate", "where", "diff", "take", "maximum")
OF_TYPES = {"numpy.result_type", "numpy.common_type", "numpy.min_scalar_type"}
DRAWN = [name for name, op in operations().items() if samples_of(op) and name not in OF_TYPES]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DRAWN)
def test_operations_of_the_catalogue(name):
    """Each of several calls is right, with what earlier calls of other shapes have left."""
    layouts, right = Layouts(), 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        call = draw_call(
            lambda low, high, rng=rng: int(rng.integers(low, high + 1)), operations()[name]
        )
        if call.active:
            argnums = tuple(range(len(call.primals)))
            eps = max(np.finfo(np.asarray(x).dtype).eps for x in call.primals)
            primals = [as_double(x) for x in call.primals]
            right += assert_right_or_none(call.function, primals, argnums, layouts, eps)
    assert right or name.removeprefix("numpy.") not in FITTING


def test_places_that_are_known_are_not_found_again(monkeypatch):
    """Views, parts and joined arrays of later sweeps are looked up by what they are made of."""

    def f(x):
        a, b = x.reshape(2, -1)
        return np.stack([a * b[::-1], np.concatenate((b[2:], a[:2]))]).ravel()

    layouts, x = Layouts(), np.arange(1.0, 13.0)
    np.testing.assert_array_equal(swept(f, x, layouts=layouts), dense(f, x))
    monkeypatch.setattr(GatheredLevel, "steps", None)
    np.testing.assert_array_equal(swept(f, x[::-1], layouts=layouts), dense(f, x[::-1]))
    monkeypatch.undo()
    np.testing.assert_array_equal(swept(f, x[:8], layouts=layouts), dense(f, x[:8]))


def test_weights_whose_squares_overflow_are_finite():
    layouts, w = Layouts(), np.array([1e200, 1.0, -1e300])
    found = swept(lambda x: x * w, np.ones(3), layouts=layouts)
    np.testing.assert_array_equal(found, np.diag(w))
    w[1] = np.inf
    flat = FlatFunction(lambda x: x * w, (np.ones(3),))
    assert gathered_jacobian(flat, layouts).entries is None
