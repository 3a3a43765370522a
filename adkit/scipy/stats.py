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

from adkit.common.errors import MissingRuleError
from adkit.common.optional import optional
from adkit.common.registry import elementary
from adkit.common.verbs import composite

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

    def __init__(
        self,
        name: str,
        shapes: tuple[str, ...] = (),
        support: tuple[float, float] = (-math.inf, math.inf),
        **formulas: Formula,
    ) -> None:
        self.name, self.shapes, self.support = name, shapes, support
        logpdf, cdf, sf = formulas["logpdf"], formulas["cdf"], formulas["sf"]
        formulas.setdefault("pdf", lambda z, *s: np.exp(logpdf(z, *s)))
        formulas.setdefault("logcdf", lambda z, *s: np.log(cdf(z, *s)))
        formulas.setdefault("logsf", lambda z, *s: np.log(sf(z, *s)))
        bodies = {
            "logpdf": self._logpdf(logpdf),
            "pdf": self._pdf(formulas["pdf"]),
            **{m: self._standardised(formulas[m]) for m in ("cdf", "sf", "logcdf", "logsf")},
            **{m: self._scaled(formulas[m]) for m in ("ppf", "isf") if m in formulas},
        }
        for method, body in bodies.items():
            setattr(self, method, self._method(method, body))

    def __repr__(self) -> str:
        return f"<adkit.scipy.stats.{self.name}>"

    # ------------------------------------------------------------ from standard form

    def _inside(self, z: Any) -> tuple[Any, Any]:
        """Return where the density is not zero, and the variable with a number elsewhere."""
        low, high = self.support
        inside = (z >= low) & (z <= high)
        middle = 0.5 if math.isfinite(low) else 0.0
        return inside, np.where(inside, z, middle)

    def _logpdf(self, formula: Formula) -> Formula:
        def body(x: Any, *rest: Any) -> Any:
            *shapes, loc, scale = rest
            inside, z = self._inside((x - loc) / scale)
            return np.where(inside, formula(z, *shapes) - np.log(scale), -np.inf)

        return body

    def _pdf(self, formula: Formula) -> Formula:
        def body(x: Any, *rest: Any) -> Any:
            *shapes, loc, scale = rest
            inside, z = self._inside((x - loc) / scale)
            return np.where(inside, formula(z, *shapes) / scale, 0)

        return body

    def _standardised(self, formula: Formula) -> Formula:
        def body(x: Any, *rest: Any) -> Any:
            *shapes, loc, scale = rest
            z = (x - loc) / scale
            inside, clipped = self._inside(z)
            return np.where(inside, formula(clipped, *shapes), 0)

        return body

    def _scaled(self, formula: Formula) -> Formula:
        def body(q: Any, *rest: Any) -> Any:
            *shapes, loc, scale = rest
            return loc + scale * formula(q, *shapes)

        return body

    # ------------------------------------------------------------ methods

    def _method(self, method: str, body: Formula) -> Formula:
        """Return a method: SciPy's values, and the derivative of `body`."""
        compute = getattr(getattr(stats, self.name), method)
        discrete = method.endswith("pmf")
        names = ["x", *self.shapes, "loc", *([] if discrete else ["scale"])]
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default={"loc": 0, "scale": 1}.get(name, inspect.Parameter.empty),
            )
            for name in names
        ]
        signature = inspect.Signature(parameters)

        def values(*operands: Any) -> Any:
            return compute(*operands)

        values.__module__ = __name__
        values.__name__ = values.__qualname__ = f"{self.name}.{method}"
        dispatching = elementary(values)
        composite(dispatching, body, operands=len(names), source="SciPy's documentation")

        def call(x: Any, *args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(x, *args, **kwargs)
            bound.apply_defaults()
            return dispatching(*bound.args)

        return call
