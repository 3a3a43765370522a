"""Change of dtype: linear, and the identity where nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.registry import elementary
from adkit.common.shapes import Shape, dtype_of
from adkit.common.verbs import composite, linear

__all__ = ["cast", "written_into"]


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


def _written_into(
    function: Any, a: Any, rest: tuple[Any, ...], options: dict[str, Any], shape: Shape, dtype: Any
) -> Any:
    """Return a result as NumPy calculates it for an array of another dtype."""
    return function(a, *rest, out=np.empty(shape, dtype), **options)


def _narrow(function: Any, a: Any, rest: Any, options: Any, shape: Shape, dtype: Any) -> Any:
    return cast(function(a, *rest, **options), dtype)


written_into = elementary(_written_into)
composite(written_into, _narrow, operands=slice(1, 2))
