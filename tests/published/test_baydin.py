"""The example of Baydin, Pearlmutter, Radul and Siskind (2018), JMLR 18(153), tables 2 and 3.

``y = ln(x1) + x1 x2 - sin(x2)`` at (2, 5): table 2 pushes the tangent (1, 0), table 3 pulls
the adjoint 1.
"""

import numpy as np
import pytest

import adkit as ad


def trace(x1, x2):
    """Return v1 to v5 of the paper."""
    v1 = np.log(x1)
    v2 = x1 * x2
    v3 = np.sin(x2)
    v4 = v1 + v2
    v5 = v4 - v3
    return v1, v2, v3, v4, v5


def test_table_2_forward_primal_and_tangent_trace():
    values = [v.value for v in trace(ad.Dual(2.0, 1.0), ad.Dual(5.0, 0.0))]
    tangents = [v.tangent for v in trace(ad.Dual(2.0, 1.0), ad.Dual(5.0, 0.0))]
    assert values == pytest.approx([0.693, 10, -0.959, 10.693, 11.652], abs=5e-4)
    assert tangents == pytest.approx([0.5, 5, 0, 5.5, 5.5], abs=5e-4)


def test_table_3_reverse_adjoint_trace():
    x1, x2 = ad.Node(2.0), ad.Node(5.0)
    v1, v2, v3, v4, v5 = trace(x1, x2)
    v5.backward()
    assert [v.grad.data for v in (v1, v2, v3, v4, v5)] == [1, 1, -1, 1, 1]
    assert x1.grad.data == pytest.approx(5.5, abs=5e-4)
    assert x2.grad.data == pytest.approx(1.716, abs=5e-4)


def test_both_modes_agree_with_the_formulas():
    def f(x1, x2):
        return trace(x1, x2)[-1]

    exact = (1 / 2 + 5, 2 - np.cos(5.0))
    value, pullback = ad.vjp(f, 2.0, 5.0)
    assert value == np.log(2.0) + 10 - np.sin(5.0)
    assert pullback(1.0) == exact
    assert ad.jvp(f, (2.0, 5.0), (1.0, 0.0))[1] == exact[0]
    assert ad.jvp(f, (2.0, 5.0), (0.0, 1.0))[1] == exact[1]
