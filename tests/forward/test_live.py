"""Forward sweeps of many directions, which hold the tangents of live directions only."""

import copy

import numpy as np
import pytest

import adkit as ad
from adkit.common.flat import FlatFunction
from adkit.common.registry import find
from adkit.common.storage import stored_type
from adkit.forward import live
from adkit.forward.dual import Dual
from adkit.forward.live import Held, LiveLevel, held, joined, union
from adkit.forward.live_dual import LiveDual
from adkit.forward.pushforward import pushforward
from adkit.forward.terms import product, sum_of_terms
from adkit.testing import laws
from adkit.testing.choices import Choices
from adkit.testing.laws.first_order import same_arrays
from adkit.testing.rule_checks import call_of
from adkit.testing.sampling import operations, samples_of

ROWS = 30_000
RULES = {k: op for k, op in operations().items() if samples_of(op) and op.verb != "constant"}
#: In which of four directions each leaf is seeded.
SEEDED = [(0, 1), (1, 3), (2,), (3, 0)]


@pytest.fixture
def data():
    return np.random.default_rng(0).uniform(0.5, 2, (ROWS, 3))


def columns(f, x):
    """Return a Jacobian by single sweeps."""
    return np.stack([ad.jvp(f, (x,), (e,))[1] for e in np.eye(x.size, dtype=x.dtype)], axis=-1)


def seen_by(f):
    """Return a function that notes the types of what is given to `note` inside."""
    types = []

    def note(y):
        types.append(type(y))
        return y

    return (lambda x: f(x, note)), types


PROGRAMS = {
    "coordinates that repeat": lambda x, d, note: note(d * x[0]) / note(x[1] + d[:, :1]) - x[2:5],
    "rotation": lambda x, d, note: np.cross(note(d + x[:3]), note(d - x[3:6])) * x[6],
    "shared directions": lambda x, d, note: note(d * x[0] * x[1]) * note(d + x[1] * x[2]),
    "a matrix": lambda x, d, note: note(d @ x[:9].reshape(3, 3)) ** 2 - x[9:],
    "a part": lambda x, d, note: note(d + x[:3])[:, 1] * np.sin(note(d + x[3:6]))[:, 2],
    "a choice": lambda x, d, note: np.where(d > 1, note(d * x[0]), note(d / x[1])),
    "a stack": lambda x, d, note: np.stack([note(d * x[0]), note(d + x[4]), d]),
    "a sum": lambda x, d, note: np.sum(note(d * x[:3]) * note(d[:, :1] + x[3]), axis=0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_jacobian_is_that_of_single_sweeps(name, data):
    x = np.linspace(0.5, 1.5, 12)
    f, types = seen_by(lambda x, note: PROGRAMS[name](x, data, note))
    with ad.count_sweeps() as ran:
        found = ad.jacfwd(f)(x)
    assert (ran.forward, ran.tangents) == (1, 12)
    assert set(types) == {LiveDual}
    np.testing.assert_allclose(found, columns(f, x), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_takes_operands_with_different_live_directions(name, monkeypatch):
    monkeypatch.setattr(live, "_LARGE", 1)
    call = call_of(RULES[name], laws.adjoint, Choices(np.random.default_rng(1)), None)
    function = FlatFunction(call.function, call.primals)
    seeds = call.tangents(4)
    for k, seed in enumerate(seeds):
        seed[[d for d in range(4) if d not in SEEDED[k % 4]]] = 0

    def f(leaves):
        return function([_without_dead(x) for x in leaves])

    with np.errstate(all="ignore"):  # calls are drawn at which the function itself overflows
        rows = pushforward(f, function.leaves, seeds, 4)[1]
        singles = [
            pushforward(function, function.leaves, [s[d] for s in seeds])[1] for d in range(4)
        ]
    for d, alone in enumerate(singles):
        same_arrays(f"direction {d}", [y[d] for y in rows], alone, call)


def _without_dead(x):
    if type(x) is not Dual or type(x.level) is not LiveLevel or not np.ndim(x.value):
        return x
    return LiveDual(x.value, held(x.tangent, np.inf), x.level)


# ---------------------------------------------------------------- writes, views, copies


def test_a_write_makes_an_array_and_its_views_ordinary(data):
    types = []

    def f(x):
        y = data * x[0]
        types.append(type(y))
        row = y[1]
        y[0] = x[1] * x[2]
        y += x[3]
        types.append(type(y))
        return np.stack([y[0], row])

    x = np.arange(1.0, 5)
    found = ad.jacfwd(f)(x)
    assert types == [LiveDual, stored_type(Dual)]
    np.testing.assert_allclose(found, columns(f, x), rtol=1e-14)


def test_a_write_into_a_constant_array(data):
    def f(x):
        y = np.zeros_like(x, shape=data.shape)
        y[...] = data * x[0]
        y[:, 1] += x[1]
        return y

    x = np.arange(1.0, 5)
    np.testing.assert_allclose(ad.jacfwd(f)(x), columns(f, x), rtol=1e-14)


def test_a_refused_write_leaves_the_derivative(data):
    def f(x):
        y = data * x[0]
        part = y[:, 0]
        with pytest.raises(ValueError, match="broadcast"):
            y[0] = np.ones(7)
        return part + y[:, 1]

    x = np.arange(1.0, 5)
    np.testing.assert_allclose(ad.jacfwd(f)(x), columns(f, x), rtol=1e-14)


def test_copies(data):
    def f(x):
        y = copy.copy(data * x[0])
        return copy.deepcopy(y) * (data + x[1])

    x = np.arange(1.0, 5)
    np.testing.assert_allclose(ad.jacfwd(f)(x), columns(f, x), rtol=1e-14)


def test_derivatives_of_gradients(data):
    def f(x):
        return np.sum(np.sin(data * x[:3]) * (data[:, :1] + x[3]) ** 2)

    x = np.linspace(0.1, 0.7, 4)
    expected = columns(ad.grad(f), x)
    np.testing.assert_allclose(ad.hessian(f)(x), expected, rtol=1e-12)
    np.testing.assert_allclose(ad.jacfwd(ad.jacfwd(f))(x), expected, rtol=1e-12)


# ---------------------------------------------------------------- zeros and infinite factors


def test_a_zero_by_value_meets_an_infinite_factor_as_where_all_are_held(data, monkeypatch):
    def f(x):
        return np.sqrt(data * 0.0 + x[0] ** 2) + x[1] * x[2] + x[3]

    x = np.array([0.0, 1.0, 2.0, 3.0])
    with np.errstate(all="ignore"):
        found = ad.jacfwd(f)(x)
        monkeypatch.setattr(live, "_MOST", 0)
        expected = ad.jacfwd(f)(x)
    assert np.isnan(expected[..., 0]).all()
    assert np.array_equal(found, expected, equal_nan=True)


def test_a_dead_direction_stays_zero_beside_an_infinite_one(data):
    def f(x):
        return np.sqrt((data - data) * x[1] + x[0] * 1.0)

    with np.errstate(all="ignore"):
        found = ad.jacfwd(f)(np.array([0.0, 1.0, 2.0]))
    assert np.isinf(found[..., 0]).all()
    assert not found[..., 2].any()


def test_a_constant_of_value_zero_holds_one_direction():
    few = held(np.zeros((4, 2)), 1000)
    assert few.live == (0,)
    assert not few.dense(4).any()


# ---------------------------------------------------------------- which directions


def test_the_union_keeps_the_first_in_front():
    whole = union((3, 1), (1, 5, 6))
    assert whole.live == (3, 1, 5, 6)
    total = joined(
        Held((3, 1), np.array([[3.0], [1.0]])),
        Held((1, 5, 6), np.array([[10.0], [5.0], [6.0]])),
        (1,),
    )
    assert total.dense(7)[:, 0].tolist() == [0, 11, 0, 3, 0, 5, 6]


def test_tangents_that_repeat_stay_few_numbers(data):
    few = np.broadcast_to(np.eye(3)[:, None], (3, *data.shape))
    pair = [(0, Held((0, 1, 2), few)), (1, Held((4, 5, 6), few))]
    total = sum_of_terms(find(np.subtract), pair, data, (data, data))
    assert total.live == (0, 1, 2, 4, 5, 6)
    assert total.tangents.shape == (6, *data.shape)
    assert total.tangents.strides[1] == 0


@pytest.mark.parametrize("of_t", [(1, 3), (ROWS, 3), (ROWS, 1), (1, 1)])
@pytest.mark.parametrize("of_factor", [(ROWS, 3), (ROWS, 1), (1, 3), (3,), ()])
def test_products_that_repeat_along_a_short_axis(of_t, of_factor):
    rng = np.random.default_rng(0)
    t, factor = rng.random((5, *of_t)), np.asarray(rng.random(of_factor))
    expected = t * factor
    assert np.array_equal(product(t, factor), expected)
    out = np.empty_like(expected)
    assert product(t, factor, out) is out
    assert np.array_equal(out, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_other_dtypes(dtype, data):
    def f(x):
        return (data.astype(dtype) * x[0] + x[1]) / (data.astype(dtype)[:, :1] + x[2])

    x = np.arange(1, 5).astype(dtype)
    found = ad.jacfwd(f, holomorphic=True)(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, columns(f, x), rtol=1e-5)


def test_strict_and_trapping_sweeps_give_the_same(data):
    def f(x):
        return data * x[0] + x[1]

    x = np.arange(1.0, 5)
    expected = ad.jacfwd(f)(x)
    with ad.strict():
        assert np.array_equal(ad.jacfwd(f)(x), expected)
    with ad.trap_nonfinite():
        assert np.array_equal(ad.jacfwd(f)(x), expected)
