"""Drivers: which sweeps to run. The only room that sees both modes."""

from adkit.drivers.gradient import derivative, grad, value_and_grad
from adkit.drivers.hessian import hessian, hessian_diag, hvp
from adkit.drivers.jacobian import jacfwd, jacobian, jacrev, value_and_jacobian
from adkit.drivers.linear import linear_transpose, linearize
from adkit.drivers.plan import Plan, plan

__all__ = [
    "Plan",
    "derivative",
    "grad",
    "hessian",
    "hessian_diag",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "linear_transpose",
    "linearize",
    "plan",
    "value_and_grad",
    "value_and_jacobian",
]
