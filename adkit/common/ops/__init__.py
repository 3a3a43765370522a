"""The declarations: what the derivative of each operation is.

One file per family. A declaration knows NumPy, the verbs and the helpers for
shapes; it knows no engine, no level and no direction.
"""

from adkit.common.ops import (
    arithmetic,
    arrangement,
    casting,
    indexing,
    queries,
)

__all__ = [
    "arithmetic",
    "arrangement",
    "casting",
    "indexing",
    "queries",
]
