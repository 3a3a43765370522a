"""Reverse mode: operations recorded, and cotangents swept back over them."""

from adkit.reverse.node import Node
from adkit.reverse.pullback import Pullback, vjp

__all__ = ["Node", "Pullback", "vjp"]
