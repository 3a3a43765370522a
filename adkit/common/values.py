"""Leaving a derivative on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.containers import map_leaves
from adkit.common.tracer import value_of

__all__ = ["stop_gradient", "value"]


def value(x: Any) -> Any:
    """Return the plain numbers of `x`, which may be traced or a container.

    Parameters
    ----------
    x : array, number or container
        Traced or not.

    Returns
    -------
    array, number or container
        Without a derivative, at every level; a copy, of traced arrays.

    Examples
    --------
    >>> from adkit import grad, value
    >>> float(grad(lambda x: x * value(x))(3.0))
    3.0
    """
    return map_leaves(_numbers, x)


def stop_gradient(x: Any) -> Any:
    """Return `x` as a constant: its derivative is zero from here on.

    Parameters
    ----------
    x : array, number or container
        Traced or not.

    Returns
    -------
    array, number or container
        The same values.

    Examples
    --------
    >>> from adkit import grad, stop_gradient
    >>> float(grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    return map_leaves(_numbers, x)


def _numbers(x: Any) -> Any:
    """Return numbers in memory of their own: a write into them changes no traced value."""
    numbers = value_of(x)
    own = numbers is x or not isinstance(numbers, np.ndarray)
    return numbers if own else numbers.copy(order="K")
