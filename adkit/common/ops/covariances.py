"""Covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.ops.arrangement import as_arrays, at_least
from adkit.common.registry import elementary
from adkit.common.shapes import dtype_of
from adkit.common.verbs import composite


def _cov(
    m: Any, y: Any, aweights: Any, fweights: Any, rowvar: Any, bias: Any, ddof: Any, dtype: Any
) -> Any:
    return np.cov(m, y, rowvar, bias, ddof, fweights, aweights, dtype=dtype)


def _definition(
    m: Any, y: Any, aweights: Any, fweights: Any, rowvar: Any, bias: Any, ddof: Any, dtype: Any
) -> Any:
    x = _variables(m, y, rowvar, dtype)
    if x.shape[0] == 0:
        return 0.0
    if ddof is None:
        ddof = 0 if bias else 1
    count = x.shape[1]
    ones = np.ones(count)
    (frequencies,) = (ones,) if fweights is None else as_arrays(fweights)
    (importance,) = (ones,) if aweights is None else as_arrays(aweights)
    weights = frequencies * importance
    total = np.sum(weights)
    lost = ddof if aweights is None else ddof * np.sum(weights * importance) / total
    deviation = x - (np.sum(x * weights, axis=1) / total)[:, None]
    degrees = total - lost
    product = np.dot(deviation, np.conjugate(deviation * weights).T)
    return np.squeeze(product / np.where(degrees > 0, degrees, 0))


def _variables(m: Any, y: Any, rowvar: Any, dtype: Any) -> Any:
    """Return a matrix that has a variable in each row."""
    parts = []
    for i, part in enumerate((m,) if y is None else (m, y)):
        (x,) = as_arrays(part)
        flat, x = x.ndim < 2 and i == 0, x.reshape(at_least(2, x.shape))
        keep = rowvar or flat or (i == 1 and x.shape[0] == 1)
        parts.append(x if keep else x.T)
    x = parts[0] if y is None else np.concatenate(parts, axis=0)
    wanted = np.result_type(dtype_of(x), np.float64) if dtype is None else np.dtype(dtype)
    return x.astype(wanted)


covariance = elementary(_cov)
composite(covariance, _definition, operands=3)


def _numpy_cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    return covariance(m, y, aweights, fweights, rowvar, bias, ddof, dtype)


def _corrcoef(x: Any, y: Any = None, rowvar: Any = True, **options: Any) -> Any:
    dtype = options.get("dtype")
    c = covariance(x, y, None, None, rowvar, False, None, dtype)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    return c / deviation[:, None] / deviation[None, :]


composite(np.cov, _numpy_cov, operands=0)
composite(np.corrcoef, _corrcoef, operands=2)
