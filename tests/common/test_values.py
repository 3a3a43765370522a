"""`value` and `stop_gradient`: leaving a derivative on purpose."""

from typing import NamedTuple

import numpy as np
import pytest

import adkit as ad


class Pair(NamedTuple):
    left: object
    right: object


@pytest.mark.parametrize("leave", [ad.value, ad.stop_gradient])
@pytest.mark.parametrize("transform", [ad.grad, ad.derivative])
def test_a_constant_from_here_on(transform, leave):
    assert transform(lambda x: x * leave(x))(3.0) == 3.0
    assert transform(lambda x: leave(x * x) + x)(3.0) == 1.0
    assert transform(transform(lambda x: x**2 * leave(x)))(3.0) == 6.0


@pytest.mark.parametrize("leave", [ad.value, ad.stop_gradient])
def test_plain_numbers_at_every_level(leave):
    kept = []

    def f(x):
        kept.append(leave({"a": (x, x * x), "b": Pair(None, 2.0)}))
        return x

    ad.grad(ad.derivative(f))(3.0)
    (found,) = kept
    assert found == {"a": (3.0, 9.0), "b": Pair(None, 2.0)}
    assert all(type(x) is np.float64 for x in found["a"])


@pytest.mark.parametrize("leave", [ad.value, ad.stop_gradient])
@pytest.mark.parametrize("x", [1.0, "text", np.ones(2), None, [1.0, {"a": 2}]])
def test_what_is_not_traced_stays(leave, x):
    found = leave(x)
    assert type(found) is type(x)
    assert np.array_equal(found, x) if isinstance(x, np.ndarray) else found == x


def test_engines_by_hand():
    assert ad.value(ad.Node(ad.Dual(2.0, 1.0))) == 2.0
    assert ad.stop_gradient(ad.Node(np.ones(2))).tolist() == [1.0, 1.0]


def test_a_straight_through_estimator():
    def rounded(x):
        return x + ad.stop_gradient(np.round(x) - x)

    assert rounded(2.7) == 3.0
    assert ad.grad(lambda x: rounded(x) ** 2)(2.7) == 6.0
