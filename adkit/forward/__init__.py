"""Forward mode: tangents pushed along with the computation."""

from adkit.forward.dual import Dual
from adkit.forward.pushforward import jvp, pushforward

__all__ = ["Dual", "jvp", "pushforward"]
