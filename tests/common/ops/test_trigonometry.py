"""Inverse trigonometric functions at the ends of their domains, and far away."""

import numpy as np
import pytest

import adkit as ad

INF = np.inf
NESTINGS = [(a, b) for a in (ad.jacfwd, ad.jacrev) for b in (ad.jacfwd, ad.jacrev)]

#: First and second derivatives, by the point.
AT = {
    np.arctan: {INF: (0, 0), -INF: (0, 0), 1e200: (0, 0), -1e-200: (1, 2e-200), 1.0: (0.5, -0.5)},
    np.arcsin: {1.0: (INF, INF), -1.0: (INF, -INF), 0.0: (1, 0), 0.6: (1.25, 1.171875)},
    np.arccos: {1.0: (-INF, -INF), -1.0: (-INF, INF), 0.0: (-1, 0), 0.6: (-1.25, -1.171875)},
    np.arccosh: {1.0: (INF, -INF), INF: (0, 0), 1.25: (4 / 3, -80 / 27), 1e300: (1e-300, 0)},
    np.arctanh: {1.0: (INF, INF), -1.0: (INF, -INF), 0.0: (1, 0), 0.6: (1.5625, 2.9296875)},
}


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize(
    ("function", "x"), [(function, x) for function in AT for x in AT[function]]
)
def test_two_derivatives(function, x, outer, inner):
    first, second = AT[function][x]
    with np.errstate(divide="ignore"):
        assert inner(function)(x) == pytest.approx(first, rel=1e-14, abs=0)
        assert outer(inner(function))(x) == pytest.approx(second, rel=1e-14, abs=0)


def test_nothing_overflows_far_away():
    with np.errstate(all="raise", under="ignore"):
        assert ad.grad(np.arctan)(1e200) == 0
        assert ad.jvp(np.arctan, (-1e200,), (1.0,))[1] == 0


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_a_single_operand_beside_a_double_one_is_squared_exactly(jacobian):
    y, x = np.float32(-0.6074251), np.array(-0.06905471)
    found = jacobian(lambda x: np.arctan2(y, x))(x)
    assert found == pytest.approx(-float(y) / (float(x) ** 2 + float(y) ** 2), rel=1e-15, abs=0)
