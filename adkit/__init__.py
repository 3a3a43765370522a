"""adkit: forward and reverse derivatives of plain NumPy code, from one registry of rules.

==================  ==========================================================
room                what it holds
==================  ==========================================================
`adkit.common`      what an operation is: the registry, its declarations, dispatch
`adkit.forward`     forward mode: `Dual`, `jvp`
`adkit.reverse`     reverse mode: `Node`, the tape, `vjp`
`adkit.drivers`     which sweeps to run: gradients, Jacobians, Hessians, plans
`adkit.pattern`     which derivatives there are: patterns, sparse sweeps
`adkit.sparse`      sparse matrices from few products: colourings, recovery, bounds
`adkit.rules`       the verbs that declare derivatives, for your own functions
`adkit.scipy`       functions of SciPy that do not dispatch, by its signatures
`adkit.polynomial`  the functions of numpy.polynomial, likewise
==================  ==========================================================
"""

import importlib
from typing import TYPE_CHECKING, Any

from adkit import rules
from adkit.common import heap
from adkit.common.containers import register_container
from adkit.common.errors import AdkitError
from adkit.common.lifting import lift
from adkit.common.scopes import strict, trap_nonfinite
from adkit.common.sweeps import Ledger, count_sweeps
from adkit.common.values import stop_gradient, value
from adkit.drivers import (
    Plan,
    derivative,
    grad,
    hessian,
    hessian_diag,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    linear_transpose,
    linearize,
    plan,
    value_and_grad,
    value_and_jacobian,
)
from adkit.forward import Dual, jvp
from adkit.reverse import Node, vjp

if TYPE_CHECKING:
    from adkit.common.capture import traced_buffers
    from adkit.drivers.checkpointing import checkpoint
    from adkit.drivers.compare import compare_modes
    from adkit.drivers.derivative_operators import linear_operator
    from adkit.drivers.guard import PatternWarning
    from adkit.drivers.loops import checkpointed_loop
    from adkit.drivers.low_rank import SparsePlusLowRank
    from adkit.drivers.matrices import SparseMatrix
    from adkit.drivers.sparse_plan import SparsePlan
    from adkit.drivers.taylor import nth_derivative, taylor
    from adkit.drivers.verify import verify_trace

__version__ = "0.1.0"

__all__ = [
    "AdkitError",
    "Dual",
    "Ledger",
    "Node",
    "PatternWarning",
    "Plan",
    "SparseMatrix",
    "SparsePlan",
    "SparsePlusLowRank",
    "checkpoint",
    "checkpointed_loop",
    "compare_modes",
    "count_sweeps",
    "derivative",
    "grad",
    "hessian",
    "hessian_diag",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "lift",
    "linear_operator",
    "linear_transpose",
    "linearize",
    "nth_derivative",
    "plan",
    "register_container",
    "rules",
    "stop_gradient",
    "strict",
    "taylor",
    "traced_buffers",
    "trap_nonfinite",
    "value",
    "value_and_grad",
    "value_and_jacobian",
    "verify_trace",
    "vjp",
]

heap.widen()

#: Where the names stand that are imported on their first use, so that adkit is there quickly.
_ON_USE = {
    "PatternWarning": "adkit.drivers.guard",
    "SparseMatrix": "adkit.drivers.matrices",
    "SparsePlan": "adkit.drivers.sparse_plan",
    "SparsePlusLowRank": "adkit.drivers.low_rank",
    "checkpoint": "adkit.drivers.checkpointing",
    "checkpointed_loop": "adkit.drivers.loops",
    "compare_modes": "adkit.drivers.compare",
    "linear_operator": "adkit.drivers.derivative_operators",
    "nth_derivative": "adkit.drivers.taylor",
    "taylor": "adkit.drivers.taylor",
    "traced_buffers": "adkit.common.capture",
    "verify_trace": "adkit.drivers.verify",
}


#: Rooms that are imported on their first use.
_ROOMS = ("polynomial", "scipy")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"adkit.{name}")
    if name not in _ON_USE:
        raise AttributeError(f"module 'adkit' has no attribute {name!r}")
    found = getattr(importlib.import_module(_ON_USE[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_USE, *_ROOMS})
