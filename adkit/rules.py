"""The six verbs that declare derivatives, for users as for adkit itself.

One declaration serves forward and reverse mode, every order, and many directions
at once. See `adkit.common.registry` for what rules may do.
"""

from adkit.common.domains import Domain, interval
from adkit.common.registry import (
    SEQUENCE,
    bilinear,
    catalogue,
    composite,
    constant,
    elementary,
    elementwise,
    general,
    linear,
)

__all__ = [
    "SEQUENCE",
    "Domain",
    "bilinear",
    "catalogue",
    "composite",
    "constant",
    "elementary",
    "elementwise",
    "general",
    "interval",
    "linear",
]
