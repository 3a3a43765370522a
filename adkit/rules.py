"""The six verbs that declare derivatives, for users as for adkit itself.

One declaration serves forward and reverse mode, every order, and many directions
at once. See `adkit.common.verbs` for what rules may do.
"""

from adkit.common.domains import Domain, interval
from adkit.common.registry import SEQUENCE, catalogue, elementary
from adkit.common.verbs import bilinear, composite, constant, elementwise, general, linear

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
