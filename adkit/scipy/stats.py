"""Distributions of `scipy.stats`: densities and distribution functions, by SciPy's signatures.

Each is given by its logarithmic density and its distribution function for location 0 and
scale 1. Whether a shape has a derivative depends on these: that of the gamma distribution
has one in its density, and none in its distribution function, an incomplete gamma function.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.domains import REAL
from adkit.common.ops.special.gamma import beta_density, gamma_density, gamma_weight
from adkit.common.optional import optional
from adkit.common.registry import dispatches, elementary
from adkit.common.verbs import composite, elementwise

__all__ = ["beta", "chi2", "expon", "gamma", "multivariate_normal", "norm", "poisson", "t"]

sp = optional("scipy.special", "scipy")
stats = optional("scipy.stats", "scipy")

Formula = Callable[..., Any]

_HALF_LOG_TWO_PI = math.log(2 * math.pi) / 2


class Distribution:
    """A distribution of one variable.

    Parameters
    ----------
    name : str
        Its name in `scipy.stats`.
    shapes : tuple of str
        Names of its shape parameters.
    support : tuple of float
        Where its density is not zero, for location 0 and scale 1.
    logpdf, cdf, sf, ppf, isf, logcdf, logsf : callable
        Formulas in the variable and the shapes, for location 0 and scale 1.

    Notes
    -----
    Methods take ``(x, *shapes, loc=0, scale=1)``, as SciPy's do; `pdf`, `logpdf`, `cdf`,
    `sf`, `logcdf` and `logsf` in ``x``, `ppf` and `isf` in a probability.

    Examples
    --------
    >>> import adkit
    >>> from adkit.scipy.stats import norm
    >>> float(adkit.grad(norm.logpdf)(1.0, loc=3.0, scale=2.0))
    0.5
    >>> float(adkit.grad(lambda scale: norm.ppf(0.5, 3.0, scale))(2.0))
    0.0
    """

    logpdf: Formula
    pdf: Formula
    logpmf: Formula
    pmf: Formula
    cdf: Formula
    sf: Formula
    logcdf: Formula
    logsf: Formula
    ppf: Formula
    isf: Formula

    def __init__(
        self,
        name: str,
        shapes: tuple[str, ...] = (),
        support: tuple[float, float] = (-math.inf, math.inf),
        *,
        discrete: bool = False,
        **formulas: Formula,
    ) -> None:
        self.name, self.shapes, self.support, self.discrete = name, shapes, support, discrete
        density = "pmf" if discrete else "pdf"
        logarithm, cdf, sf = formulas[f"log{density}"], formulas["cdf"], formulas["sf"]
        derived: dict[str, Formula] = {
            density: lambda z, *s: np.exp(logarithm(z, *s)),
            "logcdf": lambda z, *s: np.log(cdf(z, *s)),
            "logsf": lambda z, *s: np.log(sf(z, *s)),
        }
        for method, formula in {**derived, **formulas}.items():
            setattr(self, method, self._method(method, formula))

    def __repr__(self) -> str:
        return f"<adkit.scipy.stats.{self.name}>"

    def _body(self, method: str, formula: Formula) -> Formula:
        """Return the definition of a method by a formula for location 0 and scale 1."""
        low, high = self.support
        somewhere = 0.5 if math.isfinite(low) else 0.0

        def body(x: Any, *rest: Any) -> Any:
            *shapes, loc, scale = (*rest, 1) if self.discrete else rest
            if method in ("ppf", "isf"):
                return loc + scale * formula(x, *shapes)
            z = (x - loc) / scale
            inside = (z >= low) & (z <= high)
            if method.endswith("pmf"):
                inside = inside & (np.floor(z) == z)
            result = formula(np.where(inside, z, somewhere), *shapes)
            if method == "pdf":
                result = result / scale
            elif method == "logpdf":
                result = result - np.log(scale)
            return np.where(inside, result, 0)

        return body

    def _method(self, method: str, formula: Formula) -> Formula:
        """Return a method: SciPy's values, and the derivative of a formula."""
        compute = getattr(getattr(stats, self.name), method)
        places = ("loc",) if self.discrete else ("loc", "scale")
        names = ("x", *self.shapes, *places)
        default = {"loc": 0, "scale": 1}
        signature = inspect.Signature(
            [
                inspect.Parameter(
                    name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=default.get(name, inspect.Parameter.empty),
                )
                for name in names
            ]
        )

        def values(*operands: Any) -> Any:
            return compute(*operands)

        values.__module__ = __name__
        values.__name__ = values.__qualname__ = f"{self.name}.{method}"
        dispatching = elementary(values)
        composite(
            dispatching,
            self._body(method, formula),
            operands=len(names),
            kinks="0 outside the support",
        )

        def call(x: Any, *args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(x, *args, **kwargs)
            bound.apply_defaults()
            return dispatching(*bound.args)

        return call


# ---------------------------------------------------------------- continuous distributions


def _by_power(log_density: Formula, density: Formula) -> Formula:
    """Return a density that is right at the ends of its support; by its logarithm if shapes vary.

    There the logarithm is infinite, and its product with the density 0 * inf.
    """

    def formula(z: Any, *shapes: Any) -> Any:
        if any(map(dispatches, shapes)):
            return np.exp(log_density(z, *shapes))
        return density(z, *shapes)

    return formula


def _bell(z: Any) -> Any:
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


bell = elementary(_bell)
elementwise(bell, lambda x, ans: np.where(np.isinf(x), 0, -x) * ans, domain=REAL)

norm = Distribution(
    "norm",
    pdf=lambda z: bell(z),
    logpdf=lambda z: -z * z / 2 - _HALF_LOG_TWO_PI,
    cdf=lambda z: sp.ndtr(z),
    sf=lambda z: sp.ndtr(-z),
    logcdf=lambda z: sp.log_ndtr(z),
    logsf=lambda z: sp.log_ndtr(-z),
    ppf=lambda q: sp.ndtri(q),
    isf=lambda q: -sp.ndtri(q),
)


def _student(z: Any, df: Any) -> Any:
    norm_of = sp.gammaln((df + 1) / 2) - sp.gammaln(df / 2) - np.log(df * math.pi) / 2
    return norm_of - (df + 1) / 2 * np.log1p(z * z / df)


t = Distribution(
    "t",
    ("df",),
    logpdf=_student,
    cdf=lambda z, df: sp.stdtr(df, z),
    sf=lambda z, df: sp.stdtr(df, -z),
    ppf=lambda q, df: sp.stdtrit(df, q),
    isf=lambda q, df: -sp.stdtrit(df, q),
)


def _log_gamma_density(z: Any, a: Any) -> Any:
    return sp.xlogy(a - 1, z) - z - sp.gammaln(a)


def _log_beta_density(z: Any, a: Any, b: Any) -> Any:
    return sp.xlogy(a - 1, z) + sp.xlog1py(b - 1, -z) - sp.betaln(a, b)


def _beta_tail(z: Any, a: Any, b: Any) -> Any:
    if hasattr(sp, "betaincc"):  # from SciPy 1.11 on
        return sp.betaincc(a, b, z)
    return sp.betainc(b, a, 1 - z)


def _beta_tail_inverse(q: Any, a: Any, b: Any) -> Any:
    if hasattr(sp, "betainccinv"):
        return sp.betainccinv(a, b, q)
    return 1 - sp.betaincinv(b, a, q)


def _log_chi2_density(z: Any, df: Any) -> Any:
    return sp.xlogy(df / 2 - 1, z) - z / 2 - sp.gammaln(df / 2) - df * (math.log(2) / 2)


gamma = Distribution(
    "gamma",
    ("a",),
    (0, math.inf),
    logpdf=_log_gamma_density,
    pdf=_by_power(_log_gamma_density, lambda z, a: gamma_density(a, z)),
    cdf=lambda z, a: sp.gammainc(a, z),
    sf=lambda z, a: sp.gammaincc(a, z),
    ppf=lambda q, a: sp.gammaincinv(a, q),
    isf=lambda q, a: sp.gammainccinv(a, q),
)
beta = Distribution(
    "beta",
    ("a", "b"),
    (0, 1),
    logpdf=_log_beta_density,
    pdf=_by_power(_log_beta_density, lambda z, a, b: beta_density(a, b, z)),
    cdf=lambda z, a, b: sp.betainc(a, b, z),
    sf=_beta_tail,
    ppf=lambda q, a, b: sp.betaincinv(a, b, q),
    isf=_beta_tail_inverse,
)
chi2 = Distribution(
    "chi2",
    ("df",),
    (0, math.inf),
    logpdf=_log_chi2_density,
    pdf=_by_power(_log_chi2_density, lambda z, df: gamma_density(df / 2, z / 2) / 2),
    cdf=lambda z, df: sp.chdtr(df, z),
    sf=lambda z, df: sp.chdtrc(df, z),
    ppf=lambda q, df: 2 * sp.gammaincinv(df / 2, q),
    isf=lambda q, df: sp.chdtri(df, q),
)
expon = Distribution(
    "expon",
    (),
    (0, math.inf),
    logpdf=lambda z: -z,
    cdf=lambda z: -np.expm1(-z),
    sf=lambda z: np.exp(-z),
    logsf=lambda z: -z,
    ppf=lambda q: -np.log1p(-q),
    isf=lambda q: -np.log(q),
)

# ---------------------------------------------------------------- others


def _log_poisson_mass(k: Any, mu: Any) -> Any:
    return sp.xlogy(k, mu) - sp.gammaln(k + 1) - mu


def _poisson_mass(k: Any, mu: Any) -> Any:
    if dispatches(k):
        return np.exp(_log_poisson_mass(k, mu))
    return gamma_weight(mu, k, sp.gammaln(k + 1))


poisson = Distribution(
    "poisson",
    ("mu",),
    (0, math.inf),
    discrete=True,
    logpmf=_log_poisson_mass,
    pmf=_poisson_mass,
    cdf=lambda k, mu: sp.pdtr(np.floor(k), mu),
    sf=lambda k, mu: sp.pdtrc(np.floor(k), mu),
)


@elementary
def _mvn_logpdf(x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
    return stats.multivariate_normal.logpdf(x, mean, cov, allow_singular)


def _multivariate(x: Any, mean: Any, cov: Any, allow_singular: bool) -> Any:
    """Add up the squares of a sample over the covariance, and its determinant."""
    x, cov = _as_array(x), _as_array(cov)
    mean = _as_array(0 if mean is None else mean)
    dim = max(mean.size, cov.shape[0] if cov.ndim else 1)
    if cov.ndim < 2:
        cov = cov[..., None] * np.eye(dim)
    covariance = (cov + cov.T) / 2
    if x.ndim < 2:
        x = np.reshape(x, (-1, 1) if dim == 1 else (1, -1))
    deviations = x - mean
    columns = np.reshape(deviations, (-1, dim)).T
    squares = np.sum(columns * np.linalg.solve(covariance, columns), axis=0)
    total = squares + dim * math.log(2 * math.pi) + np.linalg.slogdet(covariance)[1]
    return np.squeeze(np.reshape(-total / 2, deviations.shape[:-1]))


def _as_array(x: Any) -> Any:
    return x if dispatches(x) else np.asarray(x)


composite(
    _mvn_logpdf,
    _multivariate,
    operands=3,
    kinks="the derivative of the symmetrised covariance, which must be regular",
)


class Multivariate:
    """The normal distribution of several variables, by its density.

    Methods take ``(x, mean=None, cov=1, allow_singular=False)``, as SciPy's do.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from adkit.scipy.stats import multivariate_normal
    >>> adkit.grad(multivariate_normal.logpdf)(np.array([1.0, 2.0]), cov=np.eye(2))
    array([-1., -2.])
    """

    @staticmethod
    def logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """Return the logarithm of the density."""
        return _mvn_logpdf(x, mean, cov, allow_singular)

    @staticmethod
    def pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """Return the density."""
        return np.exp(_mvn_logpdf(x, mean, cov, allow_singular))


multivariate_normal = Multivariate()
