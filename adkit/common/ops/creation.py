"""Arrays made of traced values: ``np.array([t, u], like=t)`` and its kin.

NumPy asks the type of ``like=`` to make the array. These are calls of other
operations rather than operations themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import dispatches
from adkit.common.verbs import composite


def _joined(parts: Any) -> Any:
    """Return nested lists of numbers, of which some may be traced, as an array."""
    if dispatches(parts):
        return parts
    if isinstance(parts, (list, tuple)):
        rows = [_joined(part) for part in parts]
        if any(dispatches(row) for row in rows):
            return np.stack(rows)
    return np.asarray(parts)


def _array(
    object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **kwargs: Any
) -> Any:
    made = _joined(object)
    if dtype is not None:
        made = made.astype(dtype)
    if made.ndim < ndmin:
        made = np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape)
    return np.copy(made) if copy and made is object else made


def _asarray(a: Any, dtype: Any = None, order: Any = None, **kwargs: Any) -> Any:
    return _array(a, dtype, copy=False)


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **kwargs: Any) -> Any:
    filled = np.copy(np.broadcast_to(_joined(fill_value), shape))
    return filled if dtype is None else filled.astype(dtype)


composite(np.array, _array, operands=0)
for _function in (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray):
    composite(_function, _asarray, operands=0)
composite(np.full, _full, operands=0)
# The same plain array whatever ``like=`` is.
composite(np.tri, np.tri, operands=0)
composite(np.arange, np.arange, operands=0)
