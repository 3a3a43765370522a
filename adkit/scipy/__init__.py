"""Functions of SciPy that do not dispatch, with SciPy's own signatures and values.

The ufuncs of `scipy.special` differentiate as they are. Other functions of SciPy turn their
arguments into plain arrays, and so refuse traced values; here are those that matter most:

=======================  ===========================================================
module                   what it offers
=======================  ===========================================================
`adkit.scipy.special`    logsumexp, softmax, log_softmax, polygamma, multigammaln
`adkit.scipy.linalg`     solvers and their factorisations, functions of matrices
`adkit.scipy.stats`      densities and distribution functions
`adkit.scipy.sparse`     products with sparse arrays whose data may be traced; spsolve
`adkit.scipy.optimize`   minimize, least_squares, root, constraints: with derivatives
`adkit.scipy.integrate`  solve_ivp: with the Jacobian
=======================  ===========================================================

Each is imported on use, and needs SciPy: ``pip install "adkit-autodiff[scipy]"``.
"""

import importlib
from typing import Any

__all__ = ["integrate", "linalg", "optimize", "sparse", "special", "stats"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'adkit.scipy' has no attribute {name!r}")
    return importlib.import_module(f"adkit.scipy.{name}")
