"""One look whether all numbers are finite: whatever their type, order and scale."""

import numpy as np
import pytest

from adkit.common import finite
from adkit.common.finite import all_finite

SIZES = [1, 10, 5_000, 100_000]
HUGE = {"e": 6e4, "f": 1e38, "d": 1e308, "g": 1e308, "F": 1e38, "D": 1e308}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("char", HUGE)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_seen(size, char, bad):
    for scale in (0.0, 1.0, HUGE[char]):
        x = np.full(size, scale, char)
        with np.errstate(all="raise"):
            assert all_finite(x)
            x[size // 2] = bad
            assert not all_finite(x)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: np.asfortranarray(x),
        lambda x: x[:, 1:],
        lambda x: x[::2],
        lambda x: x.transpose(1, 0),
        lambda x: x.reshape(3, -1, 4).transpose(2, 0, 1),
        lambda x: np.broadcast_to(x[:1], (7, *x.shape)),
    ],
)
def test_views_and_memory_orders(view):
    x = np.ones((150, 120))
    assert all_finite(view(x))
    x[0, 2] = np.nan
    assert not all_finite(view(x))


def test_numbers_and_nothing():
    assert all_finite(1.0)
    assert all_finite(np.float64(1e300))
    assert not all_finite(np.complex128(complex(0, np.inf)))
    assert all_finite(np.empty(0))
    assert all_finite(np.empty((0, 5)))


def test_a_repeated_number_is_looked_at_once(monkeypatch):
    looked = []
    dot = np.vdot

    def noted(x, y):
        looked.append(x.size)
        return dot(x, y)

    monkeypatch.setattr(finite.np, "vdot", noted)
    assert all_finite(np.broadcast_to(1.0, (300, 300)))
    assert all_finite(np.broadcast_to(np.ones((300, 1)), (300, 300)))
    assert looked == [1, 300]
