"""Choices at ties and nans, of few elements and of many; parts of numbers at infinity."""

import numpy as np
import pytest

import adkit as ad
from adkit import rules
from adkit.common.errors import RegistrationError

NAN, INF = np.nan, np.inf
FIRST = np.array([1.0, 2.0, 3.0, NAN, 1.0, NAN, 0.0, INF])
SECOND = np.array([2.0, 2.0, 1.0, 1.0, NAN, NAN, -0.0, INF])
#: What the first operand gets: of maximum, minimum, fmax, fmin.
SHARES = {
    np.maximum: [0, 0.5, 1, 1, 0, 1, 0.5, 0.5],
    np.minimum: [1, 0.5, 0, 1, 0, 1, 0.5, 0.5],
    np.fmax: [0, 0.5, 1, 0, 1, 1, 0.5, 0.5],
    np.fmin: [1, 0.5, 0, 0, 1, 1, 0.5, 0.5],
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("copies", [1, 200])
@pytest.mark.parametrize("function", SHARES)
def test_shares_at_ties_and_nans(function, copies, dtype):
    x, y = (np.tile(z, copies).astype(dtype) for z in (FIRST, SECOND))
    share = np.tile(SHARES[function], copies).astype(dtype)
    ct = np.arange(1, x.size + 1).astype(dtype) % 7 + 1
    of_x, of_y = ad.vjp(function, x, y)[1](ct)
    np.testing.assert_array_equal(of_x, ct * share)
    np.testing.assert_array_equal(of_y, ct * (1 - share))
    assert of_x.dtype == of_y.dtype == dtype
    np.testing.assert_array_equal(ad.vjp(lambda x: function(x, y), x)[1](ct)[0], of_x)
    np.testing.assert_array_equal(ad.vjp(lambda y: function(x, y), y)[1](ct)[0], of_y)
    tangent = ad.jvp(function, (x, y), (ct, 2 * ct))[1]
    np.testing.assert_array_equal(tangent, ct * share + 2 * ct * (1 - share))


def test_operands_that_broadcast_share_at_ties():
    x, y = np.array([[0.0], [1.0]]), np.array([0.0, 1.0, 2.0])
    of_x, of_y = ad.vjp(np.maximum, x, y)[1](np.ones((2, 3)))
    np.testing.assert_array_equal(of_x, [[0.5], [1.5]])
    np.testing.assert_array_equal(of_y, [0.5, 1.5, 2])


#: Operands of clip, and what of the result is each of them.
CLIPPED = [
    (0.5, 0.0, 1.0, (1, 0, 0)),
    (-2.0, 0.0, 1.0, (0, 1, 0)),
    (2.0, 0.0, 1.0, (0, 0, 1)),
    (0.0, -0.0, 1.0, (0.5, 0.5, 0)),
    (1.0, 0.0, 1.0, (0.5, 0, 0.5)),
    (1.0, 1.0, 1.0, (0.25, 0.25, 0.5)),
    (0.0, 1.0, 1.0, (0, 0.5, 0.5)),
    (2.0, 1.0, 1.0, (0, 0, 1)),
    (0.5, 1.0, 0.0, (0, 0, 1)),
    (0.0, 1.0, 0.0, (0, 0, 1)),
    (INF, 0.0, 1.0, (0, 0, 1)),
    (NAN, 0.0, 1.0, (1, 0, 0)),
    (0.5, NAN, 1.0, (0, 1, 0)),
    (0.5, 0.0, NAN, (0, 0, 1)),
]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("copies", [1, 100])
@pytest.mark.parametrize("rows", [slice(3), slice(None)], ids=["decided", "ties and nans"])
def test_shares_of_clip(rows, copies, dtype):
    chosen = CLIPPED[rows] * copies
    operands = [np.array([row[k] for row in chosen], dtype) for k in range(3)]
    shares = [np.array([row[3][k] for row in chosen], dtype) for k in range(3)]
    ct = np.arange(1, len(chosen) + 1).astype(dtype) % 7 + 1
    y, pull = ad.vjp(np.clip, *operands)
    np.testing.assert_array_equal(y, np.clip(*operands))
    for found, share in zip(pull(ct), shares, strict=True):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, ct * share)
    for k in range(3):
        alone = ad.vjp(lambda x, k=k: np.clip(*operands[:k], x, *operands[k + 1 :]), operands[k])
        np.testing.assert_array_equal(alone[1](ct)[0], ct * shares[k])
    tangent = ad.jvp(np.clip, operands, (ct, 2 * ct, 4 * ct))[1]
    np.testing.assert_array_equal(tangent, ct * (shares[0] + 2 * shares[1] + 4 * shares[2]))


def test_clip_with_a_dtype_and_with_lists():
    x = np.array([-2.0, 0.1, 0.5, 2.0])
    y, pull = ad.vjp(lambda x: np.clip(x, [-1.0] * 4, 0.3, dtype=np.float32), x)
    expected = np.clip(x, [-1.0] * 4, 0.3, dtype=np.float32)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(pull(np.ones(4, np.float32))[0], [0, 1, 0, 0])


def test_the_fraction_of_integers_and_infinities():
    x = np.array([2.0, -0.0, -1.5, INF, -INF])
    (fraction, whole), pull = ad.vjp(np.modf, x)
    np.testing.assert_array_equal(fraction, [0, 0, -0.5, 0, 0])
    np.testing.assert_array_equal(np.signbit(fraction), np.signbit(x))
    np.testing.assert_array_equal(whole, [2, 0, -1, INF, -INF])
    np.testing.assert_array_equal(pull((np.ones(5), np.ones(5)))[0], np.ones(5))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_slopes_of_cube_roots_and_reciprocals(dtype):
    x = np.array([8, -27, INF], dtype)
    (slope,) = ad.vjp(np.cbrt, x)[1](np.ones_like(x))
    eps = float(np.finfo(dtype).eps)
    assert slope.tolist() == pytest.approx([1 / 12, 1 / 27, 0], rel=4 * eps)
    (slope,) = ad.vjp(np.reciprocal, np.array([-2, 0.5, INF], dtype))[1](np.ones_like(x))
    assert slope.tolist() == [-0.25, -4, 0]


# ---------------------------------------------------------------- options of declarations


@rules.elementary
def weighted(x, y):
    """Return x * y, declared with a pull of both operands."""
    return x * y


calls = []


def _both(t, x, y):
    calls.append(np.shape(t))
    return t * y, t * x


rules.elementwise(weighted, lambda y: y, lambda x: x, pull=_both)


def test_both_cotangents_come_from_one_rule():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    for operands, wanted in (((x, y), (y, x)), ((x, np.float64(3)), (np.full(2, 3.0), 3.0))):
        calls.clear()
        of_x, of_y = ad.vjp(weighted, *operands)[1](np.ones(2))
        assert calls == [(2,)]
        np.testing.assert_array_equal(of_x, wanted[0])
        np.testing.assert_array_equal(of_y, wanted[1])
    calls.clear()
    np.testing.assert_array_equal(ad.vjp(lambda x: weighted(x, y), x)[1](np.ones(2))[0], y)
    assert not calls


def test_both_cotangents_of_operands_of_two_types():
    x, y = np.array([1.0, 2.0], np.float32), np.array([3.0, 5.0])
    of_x, of_y = ad.vjp(weighted, x, y)[1](np.ones(2))
    assert (of_x.dtype, of_y.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(of_x, y)
    np.testing.assert_array_equal(of_y, x)


def test_a_pull_with_an_unknown_parameter_is_refused():
    @rules.elementary
    def other(x, y):
        return x + y

    with pytest.raises(RegistrationError, match="ADK412"):
        rules.elementwise(other, 1, 1, pull=lambda t, w: (t, t))


@rules.elementary
def spread(x):
    """Return the width of an array, declared to be exactly what its definition computes."""
    raise AssertionError("the function is called besides")


rules.composite(spread, lambda x: np.max(x) - np.min(x), exact=True)


def test_an_exact_definition_is_the_value():
    x = np.array([1.0, 4.0, 2.0])
    y, pull = ad.vjp(spread, x)
    assert (type(y), y) == (np.float64, 3)
    np.testing.assert_array_equal(pull(np.float64(1))[0], [-1, 1, 0])
    assert ad.jvp(spread, (x,), (x,)) == (3, 3)
    np.testing.assert_array_equal(
        ad.hessian(lambda x: spread(x) ** 2)(x), [[2, -2, 0], [-2, 2, 0], [0, 0, 0]]
    )
