"""Rules of one's own: both modes, both orders, many directions, against independent numbers."""

import math

import numpy as np
import pytest

import adkit as ad
from examples import custom_rule
from examples.custom_rule import erf, internal_rate, kepler, present_value

PAYMENTS = np.array([-1000.0, 300.0, 400.0, 500.0])


def central_difference(f, x, direction, step=1e-5):
    """Return the slope of f along a direction, good to about ten digits."""
    return (f(x + step * direction) - f(x - step * direction)) / (2 * step)


FUNCTIONS = {
    "erf": (erf, (np.array([-1.0, 0.0, 0.3, 2.0]),)),
    "kepler": (kepler, (np.array([0.1, 1.0, 3.0]), np.array([0.0, 0.5, 0.9]))),
    "kepler_scalar": (kepler, (1.0, 0.3)),
    "internal_rate": (internal_rate, (PAYMENTS,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_push_agrees_with_differences(name):
    f, primals = FUNCTIONS[name]
    rng = np.random.default_rng(0)
    tangents = tuple(rng.normal(size=np.shape(x))[()] for x in primals)
    out, pushed = ad.jvp(f, primals, tangents)
    np.testing.assert_array_equal(out, f(*primals))

    def along(step):
        moved = [x + step * t for x, t in zip(primals, tangents, strict=True)]
        return f(*moved)

    np.testing.assert_allclose(pushed, central_difference(along, 0.0, 1.0), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_push_and_pull_are_adjoint(name):
    f, primals = FUNCTIONS[name]
    rng = np.random.default_rng(1)
    tangents = tuple(rng.normal(size=np.shape(x))[()] for x in primals)
    out, pushed = ad.jvp(f, primals, tangents)
    _, pullback = ad.vjp(f, *primals)
    weight = rng.normal(size=np.shape(out))[()]
    pulled = pullback(weight)
    np.testing.assert_allclose(
        np.sum(weight * pushed),
        sum(np.sum(ct * t) for ct, t in zip(pulled, tangents, strict=True)),
        rtol=1e-12,
    )


@pytest.mark.parametrize("name", ["erf", "internal_rate"])
def test_many_directions_at_once_in_both_modes(name):
    f, (x,) = FUNCTIONS[name]
    forward = ad.jacobian(f, mode="forward")(x)
    np.testing.assert_allclose(forward, ad.jacobian(f, mode="reverse")(x), rtol=1e-12, atol=0)
    one_by_one = [ad.jvp(f, (x,), (unit,))[1] for unit in np.eye(x.size)]
    np.testing.assert_allclose(forward, np.stack(one_by_one, axis=-1), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["erf", "internal_rate"])
def test_second_derivatives(name):
    f, (x,) = FUNCTIONS[name]
    scale = 1e-3 * np.max(np.abs(x))

    def total(x):
        return np.sum(f(x))

    hessian = ad.hessian(total)(x)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-10, atol=1e-18)
    v = np.linspace(1.0, 2.0, x.size)
    expected = central_difference(ad.grad(total), x, v, step=scale)
    np.testing.assert_allclose(hessian @ v, expected, rtol=1e-4)


def test_erf_has_the_known_slope():
    x = np.array([-1.0, 0.0, 0.5])
    expected = [2 / math.sqrt(math.pi) * math.exp(-t * t) for t in x]
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(erf(x)))(x), expected, rtol=1e-14)


def test_kepler_solves_its_equation_and_reduces_to_the_circle():
    mean, eccentricity = np.linspace(0, 6, 7), 0.7
    angle = kepler(mean, eccentricity)
    np.testing.assert_allclose(angle - eccentricity * np.sin(angle), mean, atol=1e-13)
    # On a circle the two angles agree, and a small eccentricity adds sin(mean).
    by_mean, by_shape = ad.jacobian(kepler, (0, 1))(1.0, 0.0)
    np.testing.assert_allclose([by_mean, by_shape], [1.0, np.sin(1.0)], rtol=1e-14)


def test_rate_of_a_loan_with_known_answer():
    # 100 lent today, 110 back in a year: ten per cent; rate = back / lent - 1.
    loan = np.array([-100.0, 110.0])
    np.testing.assert_allclose(internal_rate(loan), 0.1, rtol=1e-13)
    np.testing.assert_allclose(ad.grad(internal_rate)(loan), [0.011, 0.01], rtol=1e-12)
    assert abs(present_value(PAYMENTS, internal_rate(PAYMENTS))) < 1e-10


def test_the_steps_of_newton_lead_to_the_same_slopes_at_a_higher_price():
    slopes, operations = {}, {}
    for name, rate in {"rule": internal_rate, "steps": custom_rule.through_the_steps}.items():
        with ad.count_sweeps() as ledger:
            slopes[name] = ad.grad(rate)(PAYMENTS)
        operations[name] = ledger.operations
    np.testing.assert_allclose(slopes["steps"], slopes["rule"], rtol=1e-9)
    assert operations["rule"] == 1
    assert operations["steps"] > 20


def test_without_a_rule_erf_is_refused():
    with pytest.raises(TypeError):
        ad.grad(lambda x: np.sum(erf.__wrapped__(x)))(np.array([0.5]))


def test_the_program_prints_the_same_slopes_every_time(capsys):
    custom_rule.main()
    lines = capsys.readouterr().out.splitlines()
    slopes = [line.partition("[")[2].partition("]")[0] for line in lines if "[0.0005157" in line]
    assert len(slopes) == 4
    assert len(set(slopes)) == 1
