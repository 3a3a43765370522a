"""adkit.scipy.stats: densities and distribution functions against each other."""

import numpy as np
import pytest
import scipy.stats

import adkit as ad
from adkit.common.errors import DetachError
from adkit.scipy import stats

#: Distributions with shapes, and a point inside the support.
CASES = {
    "norm": ((), 0.4),
    "t": ((3.5,), 0.4),
    "gamma": ((2.5,), 1.4),
    "beta": ((2.5, 1.5), 0.4),
    "chi2": ((3.5,), 1.4),
    "expon": ((), 1.4),
}


@pytest.mark.parametrize("name", CASES)
def test_the_density_is_the_slope_of_the_distribution_function(name):
    shapes, x = CASES[name]
    ours, theirs = getattr(stats, name), getattr(scipy.stats, name)
    at = (*shapes, 0.1, 2.0)
    density = theirs.pdf(x, *at)
    assert ad.derivative(lambda x: ours.cdf(x, *at))(x) == pytest.approx(density)
    assert ad.derivative(lambda x: ours.sf(x, *at))(x) == pytest.approx(-density)
    assert ours.logpdf(x, *at) == theirs.logpdf(x, *at)
    slope = ad.derivative(lambda q: ours.ppf(q, *at))(theirs.cdf(x, *at))
    assert slope == pytest.approx(1 / density)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["logpdf", "pdf"])
def test_densities_have_derivatives_in_all_parameters(name, method):
    shapes, x = CASES[name]
    at = (x, *shapes, 0.1, 1.5)
    ours, theirs = (
        getattr(getattr(stats, name), method),
        getattr(getattr(scipy.stats, name), method),
    )
    gradient = ad.grad(ours, argnums=tuple(range(len(at))))(*at)
    for i, found in enumerate(gradient):
        step = np.eye(len(at))[i] * 1e-5
        difference = (theirs(*(at + step)) - theirs(*(at - step))) / 2e-5
        assert found == pytest.approx(difference, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", ["gamma", "beta", "chi2", "expon"])
def test_outside_the_support_nothing_changes(name):
    shapes, _ = CASES[name]
    ours = getattr(stats, name)
    for method in ("logpdf", "pdf", "cdf", "sf"):
        call = getattr(ours, method)
        assert ad.derivative(lambda x, call=call: call(x, *shapes))(-1.0) == 0
        assert ad.grad(lambda scale, call=call: call(-1.0, *shapes, scale=scale))(2.0) == 0


def test_maximum_likelihood_is_where_the_gradient_vanishes():
    sample = np.array([1.0, 2.0, 4.0, 5.0])
    gradient = ad.grad(lambda m, s: stats.norm.logpdf(sample, m, s).sum(), argnums=(0, 1))
    of_mean, of_scale = gradient(sample.mean(), sample.std())
    assert of_mean == pytest.approx(0, abs=1e-14)
    assert of_scale == pytest.approx(0, abs=1e-14)


def test_counts_have_derivatives_in_their_mean():
    k, mu = np.array([0, 2, 5]), 2.5
    slopes = ad.derivative(lambda mu: stats.poisson.logpmf(k, mu))(mu)
    np.testing.assert_allclose(slopes, k / mu - 1, rtol=1e-15)
    of_cdf = ad.derivative(lambda mu: stats.poisson.cdf(k, mu))(mu)
    np.testing.assert_allclose(of_cdf, -scipy.stats.poisson.pmf(k, mu), rtol=1e-12)
    assert ad.derivative(lambda mu: stats.poisson.pmf(1.5, mu))(mu) == 0


def test_several_variables():
    x, mean = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.5, 0.5])
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    logpdf = stats.multivariate_normal.logpdf
    expected = scipy.stats.multivariate_normal.logpdf(x, mean, cov)
    np.testing.assert_array_equal(logpdf(x, mean, cov), expected)
    of_mean, of_cov = ad.grad(lambda m, c: logpdf(x, m, c).sum(), argnums=(0, 1))(mean, cov)
    inverse = np.linalg.inv(cov)
    scaled = (x - mean) @ inverse
    np.testing.assert_allclose(of_mean, scaled.sum(0), rtol=1e-13)
    np.testing.assert_allclose(of_cov, (scaled.T @ scaled - 2 * inverse) / 2, rtol=1e-12)
    np.testing.assert_allclose(ad.grad(logpdf)(1.0, 0.0, 4.0), -0.25)


def test_a_shape_without_derivative_is_refused():
    with pytest.raises(DetachError, match=r"gammainc cannot carry"):
        ad.grad(lambda a: stats.gamma.cdf(1.0, a))(2.0)
    slope = ad.grad(lambda a: stats.gamma.logpdf(1.0, a))(2.0)
    assert slope == pytest.approx(-scipy.special.psi(2.0))


@pytest.mark.parametrize("call", [scipy.stats.norm.logpdf, scipy.stats.norm(0, 1).logpdf])
def test_scipys_own_distributions_name_the_remedy(call):
    with pytest.raises(DetachError, match=r"write adkit\.scipy\.stats\.norm\.logpdf, which takes"):
        ad.grad(call)(1.0)


def test_slopes_keep_their_digits_far_out_on_both_sides():
    """What is near 0 is not subtracted from 1: densities and quantiles have closed forms."""
    slope = ad.grad(lambda x: stats.beta.sf(x, 2.0, 3.0))(1e-300)
    assert slope == pytest.approx(-1.2e-299, rel=1e-12)
    assert ad.grad(lambda x: stats.beta.sf(x, 0.5, 0.5))(1e-300) == pytest.approx(
        -1e150 / np.pi, rel=1e-12
    )
    assert ad.grad(lambda q: stats.chi2.ppf(q, 2.0))(1e-100) == pytest.approx(2.0)
    assert ad.grad(lambda q: stats.chi2.ppf(q, 1.0))(1e-20) == pytest.approx(np.pi * 1e-20)
