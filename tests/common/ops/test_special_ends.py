"""The functions of scipy.special at the ends of their domains, where formulas are 0/0.

What is expected are limits, from the series and expansions of the Digital Library of
Mathematical Functions.
"""

import math

import numpy as np
import pytest
from scipy import special

import adkit as ad

INF = math.inf
NESTINGS = [(a, b) for a in (ad.jacfwd, ad.jacrev) for b in (ad.jacfwd, ad.jacrev)]

#: First and second derivatives, by the point; of functions of several arguments in the last.
AT = {
    (special.erf,): {INF: (0, 0), -INF: (0, 0)},
    (special.erfc,): {INF: (0, 0), -INF: (0, 0)},
    (special.erfcx,): {INF: (0, 0), -INF: (-INF, INF)},
    (special.dawsn,): {INF: (0, 0), -INF: (0, 0)},
    (special.ndtr,): {INF: (0, 0), -INF: (0, 0)},
    (special.log_ndtr,): {INF: (0, 0), -INF: (INF, -1)},
    (special.logit,): {0.0: (INF, -INF), 1.0: (INF, INF), 0.5: (4, 0)},
    (special.exprel,): {INF: (INF, INF), -INF: (0, 0), 0.0: (1 / 2, 1 / 3)},
    (special.wrightomega,): {INF: (1, 0), -INF: (0, 0)},
    (special.pseudo_huber, 1.0): {INF: (1, 0), -INF: (-1, 0), 0.0: (0, 1)},
    (special.pseudo_huber, 0.0): {1.0: (0, 0)},
    (special.gamma,): {INF: (INF, INF)},
    (special.rgamma,): {INF: (0, 0)},
    (special.betaln, 1.0): {INF: (0, 0), 1.0: (-1, 1)},
    (special.gammainc, 2.0): {0.0: (0, 1), INF: (0, 0)},
    (special.gammainc, 3.0): {0.0: (0, 0), 1.0: (0.5 / math.e, 0.5 / math.e)},
    (special.gammainc, 0.5): {0.0: (INF, -INF)},
    (special.gammaincc, 1.0): {0.0: (-1, 1), INF: (0, 0)},
    (special.gammaincinv, 2.0): {0.0: (INF, -INF)},
    (special.betainc, 2.0, 2.0): {0.0: (0, 6), 1.0: (0, -6), 0.5: (1.5, 0)},
    (special.betainc, 1.0, 3.0): {0.0: (3, -6), 1.0: (0, 0)},
    (special.betainc, 0.5, 0.5): {0.0: (INF, -INF), 1.0: (INF, INF)},
    (special.chdtr, 4.0): {0.0: (0, 1 / 4), INF: (0, 0)},
    (special.stdtr, 3.0): {INF: (0, 0), -INF: (0, 0)},
    (special.ellipk,): {1.0: (INF, INF), -INF: (0, 0)},
    (special.ellipkm1,): {0.0: (-INF, INF)},
    (special.ellipe,): {1.0: (-INF, -INF)},
    (special.expi,): {INF: (INF, INF), -INF: (0, 0)},
    (special.spence,): {INF: (0, 0)},
    (special.j1,): {INF: (0, 0)},
    (special.jv, 2.5): {INF: (0, 0)},
    (special.y1,): {INF: (0, 0), 0.0: (INF, -INF)},
    (special.yv, 2.5): {INF: (0, 0), 0.0: (INF, -INF)},
    (special.i1,): {INF: (INF, INF)},
    (special.iv, 0.5): {INF: (INF, INF)},
    (special.k0e,): {INF: (0, 0), 0.0: (-INF, INF)},
    (special.kve, 1.5): {INF: (0, 0), 0.0: (-INF, INF)},
    # of integrals of powers of 1 + t: DLMF 19.16.1 to 19.16.6
    (special.elliprc, 1.0): {1.0: (-1 / 3, 2 / 5)},
    (special.elliprf, 1.0, 1.0): {1.0: (-1 / 6, 3 / 20)},
    (special.elliprg, 1.0, 1.0): {1.0: (1 / 6, -1 / 20)},
    (special.elliprd, 1.0, 1.0): {1.0: (-9 / 10, 45 / 28)},
    (special.elliprj, 1.0, 1.0, 1.0): {1.0: (-3 / 5, 6 / 7)},
    # (1-p)^2 and p^2
    (special.bdtr, 0, 2): {0.0: (-2, 2), 1.0: (0, 2), 0.5: (-1, 2)},
    (special.bdtr, 2, 2): {0.5: (0, 0)},
    (special.bdtrc, 1, 2): {0.0: (0, 2), 1.0: (2, 2)},
    (special.bdtri, 0, 2): {0.25: (-1, 2)},
    (special.nbdtr, 0, 2): {0.0: (0, 2), 1.0: (2, 2)},
    (special.nbdtrc, 0, 2): {0.5: (-1, -2)},
    (special.nbdtri, 0, 2): {0.25: (1, -2)},
    (special.kolmogorov,): {0.0: (0, 0), INF: (0, 0)},
    (special.berp,): {0.0: (0, 0)},
    (special.beip,): {0.0: (1 / 2, 0)},
    (special.lpmv, 0, 3): {1.0: (6, 15), -1.0: (6, -15)},
    (special.powm1, 2.0): {0.0: (math.log(2), math.log(2) ** 2)},
    # exp(log1p(p) / p) = exp(1 - p/2 + p^2/3 - ...)
    (special.inv_boxcox, 1.0): {0.0: (-math.e / 2, math.e * (1 / 4 + 2 / 3))},
    (special.inv_boxcox1p, 1.0): {0.0: (-math.e / 2, math.e * (1 / 4 + 2 / 3))},
}


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
@pytest.mark.parametrize(("call", "x"), [(call, x) for call in AT for x in AT[call]])
def test_two_derivatives(call, x, outer, inner):
    function, *parameters = call
    first, second = AT[call][x]

    def f(x):
        return function(*parameters, x)

    with np.errstate(all="ignore"):
        assert inner(f)(x) == pytest.approx(first, rel=1e-14)
        assert outer(inner(f))(x) == pytest.approx(second, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_one_of_two_integrals_is_flat_where_the_other_is_steep(jacobian):
    with np.errstate(divide="ignore"):
        assert jacobian(lambda x: special.shichi(x)[0])(0.0) == 1
        assert jacobian(lambda x: special.sici(x)[0])(0.0) == 1
    np.testing.assert_array_equal(jacobian(lambda x: special.sici(x)[0])(INF), 0)


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_degrees_may_be_real_or_negative(jacobian):
    x, angle = 0.6, math.acos(0.6)
    for n in (0.5, -0.5, 2.5, -2, -1.0):  # cos(n t), and sin((n+1) t) / sin(t), at x = cos(t)
        slope = n * math.sin(n * angle) / 0.8
        assert jacobian(lambda x, n=n: special.eval_chebyt(n, x))(x) == pytest.approx(slope)
        m = n + 1
        slope = (math.sin(m * angle) * 0.6 / 0.8 - m * math.cos(m * angle)) / 0.64
        assert jacobian(lambda x, n=n: special.eval_chebyu(n, x))(x) == pytest.approx(
            slope, abs=1e-14
        )
    for n, slope in ((0.5, 0.375), (-1.5, 0.375), (-3, 3.0)):  # n (n + 1) / 2 at 1
        assert jacobian(lambda x, n=n: special.eval_legendre(n, x))(1.0) == pytest.approx(slope)
