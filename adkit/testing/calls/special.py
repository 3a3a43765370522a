"""The ufuncs of scipy.special that have parameters: orders, degrees and shapes.

These are numbers without derivative, one or an array of them. What is drawn besides is the
variable, from an interval; complex numbers have both parts in it.
"""

from typing import Any

import numpy as np

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

ORDERS = (0, 1, 2.5, 0.25, 3)
DEGREES = (0, 1, 3, 4)
SHAPES = (1, 2.5, 0.75, 4)


def _parameter(d: Draw, options: Any, shape: Any) -> Any:
    """Return one of some numbers, or an array of them that broadcasts with a shape."""
    if d.flag():
        return d.choose(*options)
    picked = d.rng.choice(options, d.partner(shape))
    exact = all(isinstance(number, int) for number in options)
    return picked if exact else np.asarray(picked, np.finfo(d.dtype).dtype)


def _family(
    *names: str, parameters: Any, low: float, high: float, analytic: Any = False, dtypes: str = "fd"
) -> None:
    """Declare calls of functions whose last operand is the variable."""

    def draw(d: Draw) -> Any:
        x = d.array(low=low, high=high)
        return d.call(*(_parameter(d, options, x.shape) for options in parameters), x)

    for name in names:
        dtypes = "fdFD" if analytic else dtypes
        sample(f"scipy.special.{name}", dtypes=dtypes, alone=True)(draw)


# ---------------------------------------------------------------- Bessel functions

_family("jv", "yv", "iv", "kv", "kve", parameters=[ORDERS], low=0.3, high=6, analytic=True)
_family("hankel1", "hankel2", parameters=[ORDERS], low=0.3, high=6, analytic=True)
_family("hankel1e", "hankel2e", parameters=[ORDERS], low=0.3, high=6, analytic=True)
_family("jve", "yve", "ive", "struve", "modstruve", parameters=[ORDERS], low=0.3, high=6)
_family("yn", "kn", parameters=[DEGREES], low=0.3, high=6)
for _name in ("jn", "yn", "in", "kn"):
    _family(f"_spherical_{_name}", parameters=[DEGREES], low=0.3, high=6, analytic=True)
    _family(f"_spherical_{_name}_d", parameters=[DEGREES], low=0.3, high=6, analytic=True)
_family("ellipk", "ellipe", parameters=[], low=-3, high=0.9)
_family("airy", parameters=[], low=-3, high=3, analytic=True)
_family("airye", parameters=[], low=0.3, high=4)

# ---------------------------------------------------------------- gamma and hypergeometric

_family("_zeta", parameters=[(2, 3.5, 5)], low=0.3, high=6)
_family("gammainc", "gammaincc", parameters=[SHAPES], low=0.1, high=6)
_family("gammaincinv", "gammainccinv", parameters=[SHAPES], low=0.1, high=0.9)
sample("adkit.common.ops.special.gamma._gamma_weight", dtypes="fd")(
    lambda d: d.call(d.array(low=0.3, high=4), d.choose(0, 1, 2.5), 0.5)
)
sample("adkit.common.ops.special.entropies._moment", dtypes="fd")(
    lambda d: d.call(d.choose(2.0, 3.0), d.array())
)
sample("adkit.common.ops.special.gamma._beta_weight", dtypes="fd")(
    lambda d: d.call(d.array(low=0.2, high=0.8), d.choose(0, 1, 2.5), d.choose(0, 1, 2.5), 0.5)
)
_family("betainc", "betaincc", parameters=[SHAPES, SHAPES], low=0.1, high=0.9)
_family("betaincinv", "betainccinv", parameters=[SHAPES, SHAPES], low=0.1, high=0.9)
_family("hyp0f1", parameters=[SHAPES], low=-3, high=3, analytic=True)
_family("hyp1f1", parameters=[SHAPES, SHAPES], low=-3, high=3, analytic=True)
_family("hyp2f1", parameters=[SHAPES, SHAPES, SHAPES], low=-0.9, high=0.6)
# SciPy's is off by up to a fifth at complex numbers of size 0.9 to 1.1.
_family("hyp2f1", parameters=[SHAPES, SHAPES, SHAPES], low=-0.5, high=0.5, analytic=True)
# SciPy's sum of a series loses digits as the variable grows: seven of sixteen at 4, three at 1.
_family("hyperu", parameters=[SHAPES, SHAPES], low=0.3, high=1)
_family("log_wright_bessel", parameters=[(1, 0.5), (2, 1.5)], low=0.3, high=4)
_family("wright_bessel", parameters=[(1, 0.5), (2, 1.5)], low=0.3, high=4)

# ---------------------------------------------------------------- orthogonal polynomials

for _name in ("chebyt", "chebyu", "chebyc", "chebys", "legendre", "laguerre"):
    _family(f"eval_{_name}", parameters=[DEGREES], low=-1, high=1, analytic=True)
for _name in ("sh_chebyt", "sh_chebyu", "sh_legendre"):
    _family(f"eval_{_name}", parameters=[DEGREES], low=0, high=1, analytic=True)
for _name in ("chebyt", "chebyu", "chebyc", "chebys", "legendre"):
    _family(f"eval_{_name}", parameters=[(0.5, 2.5, -2, -1.5)], low=-0.5, high=0.9)
_family("lpmv", parameters=[(0, 1, 2), (2, 3, 1.5)], low=-0.8, high=0.9)
_family("eval_hermite", "eval_hermitenorm", parameters=[DEGREES], low=-2, high=2)
_family(
    "eval_gegenbauer",
    "eval_genlaguerre",
    parameters=[DEGREES, SHAPES],
    low=-1,
    high=1,
    analytic=True,
)
_family("eval_jacobi", parameters=[DEGREES, SHAPES, SHAPES], low=-1, high=1, analytic=True)
_family("eval_sh_jacobi", parameters=[DEGREES, (3, 4.5), (1, 2.5)], low=0, high=1, analytic=True)

# ---------------------------------------------------------------- integrals

_family("expn", parameters=[DEGREES], low=0.3, high=4)
_family("shichi", "sici", parameters=[], low=0.3, high=4, analytic=True)
_family("fresnel", parameters=[], low=-2, high=2, analytic=True)
_family("itj0y0", "iti0k0", parameters=[], low=0.3, high=4)
_family("it2j0y0", "it2i0k0", "kelvin", parameters=[], low=0.3, high=4)
sample("scipy.special.besselpoly", dtypes="fd", alone=True)(
    lambda d: d.call(d.array(low=0.3, high=3), d.choose(0.5, 1.0), d.choose(0.0, 1.0, 2.0))
)
_family("pbdv", "pbvv", parameters=[(0.5, 1.5, -2.25)], low=0.3, high=3)
_family("pbwa", parameters=[(0.5, 1, -2)], low=0.3, high=3)
for _name in ("modcem1", "modcem2", "modsem1", "modsem2"):
    _family(f"mathieu_{_name}", parameters=[(1, 2), (0.5, 2)], low=0.2, high=1.5)
_family("mathieu_cem", "mathieu_sem", parameters=[(1, 2, 3), (0.5, 2)], low=-90, high=90)
sample("scipy.special._lambertw", dtypes="FD", alone=True)(
    lambda d: d.call(d.array(low=0.2, high=3), d.choose(0, 1, -1), 1e-8)
)
sample("scipy.special.ellipj", dtypes="fd", alone=True)(
    lambda d: d.call(x := d.array(), _parameter(d, (0.25, 0.5, 0.75), x.shape))
)

# ---------------------------------------------------------------- distribution functions

_family("stdtr", parameters=[SHAPES], low=-3, high=3)
_family("stdtrit", "chdtri", parameters=[SHAPES], low=0.1, high=0.9)
_family("chdtr", "chdtrc", parameters=[SHAPES], low=0.3, high=6)
_family("pdtr", "pdtrc", parameters=[DEGREES], low=0.3, high=6)
_noncentral = "scipy.special.chndtr", "scipy.special._ncx2_pdf"
sample(*_noncentral, dtypes="fd", alone=True)(
    lambda d: d.call(d.array(low=0.3, high=6), d.choose(1, 2.5, 4), d.choose(0.5, 2))
)
sample("scipy.special.chndtrix", dtypes="d", alone=True)(
    lambda d: d.call(d.array(low=0.1, high=0.9), d.choose(1, 2.5, 4), d.choose(0.5, 2))
)
# Single precision warns of numbers of trials that are not whole, whatever these are.
sample(*[f"scipy.special.bdtr{c}" for c in ("", "c", "i")], dtypes="d", alone=True)(
    lambda d: d.call(d.choose(0, 1, 2.0, 3), d.choose(4, 5, 8), d.array(low=0.1, high=0.9))
)
_family("nbdtr", "nbdtrc", "nbdtri", parameters=[(0, 1, 3), (1, 2, 5)], low=0.1, high=0.9)
_family("pdtri", parameters=[DEGREES], low=0.1, high=0.9)
_family("fdtri", parameters=[(2, 3, 4), (2, 5)], low=0.1, high=0.9)
sample("scipy.special.tklmbda", dtypes="fd", alone=True)(
    lambda d: d.call(d.array(low=-0.9, high=0.9), d.choose(0.5, -0.5, 1.0))
)
_family("fdtr", "fdtrc", parameters=[(1, 3, 4), (2, 5)], low=0.3, high=4)
sample("scipy.special.gdtria", dtypes="fd", alone=True)(
    lambda d: d.call(
        x := d.array(low=0.1, high=0.9), d.choose(1, 2, 4), d.array(d.partner(x.shape), 0.3, 3)
    )
)
sample("scipy.special.gdtrix", dtypes="fd", alone=True)(
    lambda d: d.call(
        x := d.array(low=0.3, high=3), d.choose(1, 2, 4), d.array(d.partner(x.shape), 0.1, 0.9)
    )
)
sample("scipy.special.gdtr", "scipy.special.gdtrc", dtypes="fd", alone=True)(
    lambda d: d.call(
        x := d.array(low=0.3, high=3), d.choose(1, 2, 4), d.array(d.partner(x.shape), 0.3, 3)
    )
)

# ---------------------------------------------------------------- functions of two or three numbers


def _pair(*names: str, first: Any, second: Any) -> None:
    """Declare calls of functions of two numbers from intervals."""

    def draw(d: Draw) -> Any:
        x = d.array(None, *first)
        return d.call(x, d.array(d.partner(x.shape), *second))

    for name in names:
        sample(f"scipy.special.{name}", dtypes="fd", alone=True)(draw)


_pair("ellipkinc", "ellipeinc", first=(-1.4, 1.4), second=(-0.9, 0.9))
_pair("powm1", first=(0.3, 4), second=(-2, 2))
_pair("inv_boxcox", "inv_boxcox1p", first=(-0.4, 2), second=(-0.4, 1.5))
_pair("elliprc", first=(0.3, 4), second=(0.3, 4))
_pair("agm", first=(0.5, 3), second=(0.5, 3))
sample("scipy.special.voigt_profile", dtypes="fd", alone=True)(
    lambda d: d.call(
        x := d.array(), d.array(d.partner(x.shape), 0.5, 2), d.array(d.partner(x.shape), 0.5, 2)
    )
)


def _several(*names: str, low: Any, high: Any, dtypes: str = "fd") -> None:
    """Declare calls of functions of three or four numbers from intervals, one for each."""

    def draw(d: Draw) -> Any:
        x = d.array(None, low[0], high[0])
        others = zip(low[1:], high[1:], strict=True)
        return d.call(x, *(d.array(d.partner(x.shape), *ends) for ends in others))

    for name in names:
        sample(f"scipy.special.{name}", dtypes=dtypes, alone=True)(draw)


_several("elliprf", "elliprd", "elliprg", low=(0.3,) * 3, high=(4,) * 3, dtypes="fdFD")
_several("elliprj", low=(0.3,) * 4, high=(4,) * 4, dtypes="fdFD")
_several("nrdtrimn", low=(0.1, 0.5, -2), high=(0.9, 2, 2))
_several("nrdtrisd", low=(-2, 0.1, -2), high=(2, 0.4, 2))

# SciPy's polygamma has eleven digits, of which a difference far from 1 leaves few.
sample("scipy.special.beta", "scipy.special.betaln", dtypes="fd", alone=True)(
    lambda d: d.call(x := d.array(low=0.3, high=8.0), d.array(d.partner(x.shape), 0.3, 8.0))
)

# Those eleven digits cancel where the second operand is small.
sample("scipy.special.poch", dtypes="fd", alone=True)(
    lambda d: d.call(x := d.array(low=0.3, high=6.0), d.array(d.partner(x.shape), 0.5, 4.0))
)

# Differences that cancel where the first operand is small, or far from the second.
sample("scipy.special.ellipkinc", "scipy.special.ellipeinc", dtypes="fd", alone=True)(
    lambda d: d.call(x := d.array(low=0.4, high=1.4), d.array(d.partner(x.shape), -2.0, 0.8))
)
sample("scipy.special.pseudo_huber", dtypes="fd", alone=True)(
    lambda d: d.call(x := d.array(low=0.3, high=4.0), d.array(d.partner(x.shape), -4.0, 4.0))
)
