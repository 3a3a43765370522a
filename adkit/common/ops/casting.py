"""Change of dtype: linear, and the identity where nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of
from adkit.common.verbs import linear

__all__ = ["cast"]


def _kept(x: Any, dtype: Any) -> Any:
    """Return `x` in another inexact dtype; a complex value loses its imaginary part."""
    if np.iscomplexobj(x) and np.dtype(dtype).kind != "c":
        x = np.real(x)
    return x.astype(dtype) if hasattr(x, "astype") else np.dtype(dtype).type(x)


_cast = elementary(_kept)
linear(_cast, lambda ct, x, dtype: cast(ct, x.dtype))


def cast(x: Any, dtype: Any) -> Any:
    """Return `x` with the given inexact dtype, itself if it has that already."""
    return x if dtype_of(x) == dtype else _cast(x, dtype)
