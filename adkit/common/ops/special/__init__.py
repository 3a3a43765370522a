"""The ufuncs of scipy.special, one file per family; imported when one of them is met."""

from adkit.common.ops.special import (
    bessel,
    carlson,
    differential,
    distributions,
    elliptic,
    entropies,
    gamma,
    integrals,
    normal,
    orthogonal,
)

__all__ = [
    "bessel",
    "carlson",
    "differential",
    "distributions",
    "elliptic",
    "entropies",
    "gamma",
    "integrals",
    "normal",
    "orthogonal",
]
