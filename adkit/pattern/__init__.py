"""Which derivatives there are, and sparse Jacobians in one sweep, of plain NumPy code."""

from adkit.pattern.drivers import (
    PatternResult,
    SparseJacobian,
    hessian_pattern,
    jacobian_pattern,
    sparse_jacobian,
)

__all__ = [
    "PatternResult",
    "SparseJacobian",
    "hessian_pattern",
    "jacobian_pattern",
    "sparse_jacobian",
]
