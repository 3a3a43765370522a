"""The ufuncs of scipy.special: known derivatives, edges, and what is refused."""

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import special

import adkit as ad
from adkit.common.errors import DetachError, MissingRuleError

SLOPES = [
    (special.erf, 0.0, 2 / math.sqrt(math.pi)),
    (special.erfcinv, 1.0, -math.sqrt(math.pi) / 2),
    (special.ndtri, 0.5, math.sqrt(2 * math.pi)),
    (special.psi, 1.0, math.pi**2 / 6),
    (special.gamma, 1.0, -np.euler_gamma),
    (special.gammaln, 2.0, 1 - np.euler_gamma),
    (special.expit, 0.0, 0.25),
    (special.exprel, 0.0, 0.5),
    (special.entr, 1.0, -1.0),
    (special.ellipk, 0.0, math.pi / 8),
    (special.ellipe, 0.0, -math.pi / 8),
    (special.spence, 1.0, -1.0),
    (special.wrightomega, 1.0, 0.5),
    (special.j0, 0.0, 0.0),
    (special.j1, 0.0, 0.5),
    (special.i1, 0.0, 0.5),
    (special.dawsn, 0.0, 1.0),
]


@pytest.mark.parametrize(("function", "x", "slope"), SLOPES, ids=lambda f: str(f))
def test_slopes_at_particular_points(function, x, slope):
    forward = ad.jvp(function, (x,), (1.0,))[1]
    assert forward == pytest.approx(slope, rel=1e-14, abs=1e-16)
    assert ad.grad(function)(x) == forward


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (special.expit, 700.0, math.exp(-700)),
        (special.log_expit, 800.0, 0.0),
        (special.log_ndtr, -1e4, 1e4),
        (special.erfcx, 1e4, -1 / math.sqrt(math.pi) / 1e8),
        (special.dawsn, 1e4, -0.5e-8),
        (special.xlogy, 0.0, -math.inf),
        (special.logit, 1e-300, 1e300),
    ],
)
def test_slopes_far_out_keep_their_digits(function, x, slope):
    call = (lambda x: function(x, 0.0)) if function is special.xlogy else function
    with np.errstate(divide="ignore"):
        found = ad.derivative(call)(x)
    assert found == slope or found == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("x", [1e6, 1e12, 1e100])
def test_scaled_functions_far_out_fall_like_a_root(x):
    for function in (special.i0e, special.i1e, special.k0e, special.k1e):
        assert ad.grad(function)(x) == pytest.approx(-function(x) / (2 * x), rel=1e-5)
    slope = ad.derivative(lambda x: special.kve(2.5, x))(x)
    assert slope == pytest.approx(-math.sqrt(math.pi / (2 * x)) / (2 * x), rel=1e-5)
    assert ad.grad(special.i0e)(-x) == -ad.grad(special.i0e)(x)
    assert ad.grad(special.i1e)(-x) == ad.grad(special.i1e)(x)


def test_slopes_at_the_poles_of_gamma():
    x = np.array([0.0, -1.0, -2.0])  # of 1 / gamma: (-1)^n n!
    np.testing.assert_allclose(ad.jvp(special.rgamma, (x,), (np.ones(3),))[1], [1, -1, 2])


def test_entropies_are_constant_where_nothing_is():
    zero = np.zeros(1)
    gradient = ad.grad(lambda y: special.xlogy(zero, y).sum())
    np.testing.assert_array_equal(gradient(zero), [0])
    np.testing.assert_array_equal(ad.grad(lambda y: special.rel_entr(0.0, y))(2.0), 0)


@pytest.mark.parametrize("degree", [0, 1, 4])
def test_polynomials_at_the_ends_of_their_interval(degree):
    slope = ad.derivative(lambda x: special.eval_legendre(degree, x))
    assert slope(1.0) == degree * (degree + 1) / 2
    other = (-1) ** (degree + 1) * degree * (degree + 1) / 2
    assert slope(-1.0) == pytest.approx(other, rel=1e-15)


def test_second_derivatives_obey_bessels_equation():
    x, order = 1.7, 2.5
    w, first = special.jv(order, x), ad.derivative(lambda x: special.jv(order, x))
    second = ad.derivative(first)(x)
    assert x * x * second + x * first(x) + (x * x - order**2) * w == pytest.approx(0, abs=1e-14)


def test_an_order_has_no_derivative_and_says_so():
    with pytest.raises(DetachError, match=r"scipy\.special\.jv cannot carry"):
        ad.grad(lambda v: special.jv(v, 1.0))(0.5)
    with pytest.raises(DetachError, match=r"scipy\.special\.gammainc cannot carry"):
        ad.grad(lambda a: special.gammainc(a, a))(0.5)


def test_scaled_functions_of_complex_numbers_are_refused():
    with pytest.raises(MissingRuleError, match=r"scipy\.special\.jve of complex numbers"):
        ad.grad(lambda z: special.jve(1, z).real)(1 + 1j)


def test_functions_of_several_results_have_several_derivatives():
    x = 0.7
    shi, chi = ad.jvp(special.shichi, (x,), (1.0,))[1]
    assert shi == pytest.approx(math.sinh(x) / x)
    assert chi == pytest.approx(math.cosh(x) / x)
    assert ad.grad(lambda x: special.airy(x)[0])(x) == pytest.approx(special.airy(x)[1])


def test_functions_that_hand_on_to_ufuncs_work_unchanged():
    assert ad.grad(lambda q: special.zeta(2.0, q))(1.0) == pytest.approx(-2 * special.zeta(3.0))
    slope = ad.derivative(lambda z: special.lambertw(z).real)(math.e)
    assert slope == pytest.approx(1 / (2 * math.e))


def test_single_precision_stays_and_loses_no_digits():
    x = np.float32(30.0)
    slope = ad.grad(special.k0e)(x)
    assert slope.dtype == np.float32
    exact = special.k0e(30.0) - special.k1e(30.0)
    assert slope == pytest.approx(exact, rel=1e-7)


def test_scipy_is_not_imported_and_not_needed():
    script = """
import sys
import numpy as np
import adkit
adkit.grad(np.sin)(1.0)
assert "scipy" not in sys.modules
sys.modules["scipy"] = None
assert "numpy.sin" in {op.name for op in adkit.rules.catalogue()}
try:
    adkit.scipy.linalg
except ModuleNotFoundError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == 'adkit needs scipy here: pip install "adkit-autodiff[scipy]"\n'


def test_rules_are_there_when_scipy_is_imported_after_adkit():
    script = """
import adkit
try:
    adkit.grad(lambda x: x.nonsense)(1.0)
except AttributeError:
    pass
adkit.rules.catalogue()
from scipy import special
assert abs(adkit.grad(special.erf)(0.0) - 1.1283791670955126) < 1e-15
"""
    subprocess.run([sys.executable, "-c", script], check=True)
