"""Solvers of `scipy.optimize` with derivatives by adkit, by SciPy's signatures.

Functions are plain NumPy, and no derivative is given: values and derivatives at a point come
from one evaluation, Jacobians and Hessians are sparse where that pays, and products with the
Hessian need no matrix. Results are SciPy's own.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.inputs import name_of
from adkit.common.optional import optional
from adkit.scipy.points import Hessians, Jacobians, Objective

__all__ = ["NonlinearConstraint", "least_squares", "minimize", "root"]

optimizers = optional("scipy.optimize", "scipy")

#: What methods of `minimize` ask for; the others ask for gradients.
_PRODUCTS = ("newton-cg", "trust-ncg", "trust-krylov")
_HESSIANS = ("dogleg", "trust-exact", "trust-constr")
_NOTHING = ("nelder-mead", "powell", "cobyla", "cobyqa")


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """Minimise a function by `scipy.optimize.minimize`, with its derivatives.

    Parameters
    ----------
    fun : callable
        A function of plain NumPy that returns one number.
    x0, args, method, bounds, constraints, tol, callback, options
        As SciPy takes them. Constraints that are dicts without ``"jac"`` get one;
        `NonlinearConstraint` of this module makes the others.
    jac, hess, hessp : callable or str, optional
        Derivatives of your own, or the name of differences; those that are left out come
        from adkit.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    ArgumentError
        If the method takes no derivatives, or `x0` is complex.
    OutputError, NonScalarOutputError
        If `fun` returns anything but one real number.

    Notes
    -----
    Each point is evaluated once: its gradient and products with its Hessian come from that
    evaluation. Newton-CG, trust-ncg and trust-krylov get such products; dogleg, trust-exact
    and trust-constr the Hessian, which takes one evaluation more at the points where it is
    asked for, and which trust-constr gets as a sparse array where that pays.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.scipy.optimize import minimize
    >>> def rosenbrock(x):
    ...     return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    >>> found = minimize(rosenbrock, np.zeros(5), method="trust-krylov")
    >>> found.success, found.x.round(6)
    (True, array([1., 1., 1., 1., 1.]))
    """
    named = method.lower() if isinstance(method, str) else ""
    if named in _NOTHING:
        raise ArgumentError(
            "ADK106",
            f"the method {method!r} takes no derivatives",
            instead="call scipy.optimize.minimize, or leave the method out",
        )
    if jac is True:
        raise _returns_both()
    args = args if isinstance(args, tuple) else (args,)
    jac, hess, hessp = (_bound(own, args) for own in (jac, hess, hessp))
    products = named in _PRODUCTS and hess is None and hessp is None
    objective = Objective(fun, args, products=products)
    value = objective.value
    if jac is False:
        jac = None
    elif isinstance(jac, str) or (jac is not None and not products):
        value = _bound(fun, args)  # without a record; "cs" asks for complex points
    if products:
        hessp = objective.product
    elif named in _HESSIANS and hess is None and hessp is None:
        hess = Hessians(objective.f, "auto" if named == "trust-constr" else False)
    x0 = np.atleast_1d(_point(x0))
    constraints = _completed(constraints, named)
    if named == "trust-constr" and _differ(constraints, x0):
        options = {"sparse_jacobian": True, **(options or {})}
    return optimizers.minimize(
        value,
        x0,
        (),
        method,
        objective.gradient if jac is None else jac,
        hess,
        hessp,
        bounds,
        constraints,
        tol,
        callback,
        options,
    )


def _point(x0: Any) -> Any:
    """Return a point of floats."""
    x0 = np.asarray(x0)
    if x0.dtype.kind == "c":
        raise ArgumentError(
            "ADK106",
            "x0 is complex, and SciPy's solvers take real unknowns",
            instead="solve for real and imaginary parts, z = x[:n] + 1j * x[n:]",
        )
    return x0.astype(float)


def _returns_both() -> ArgumentError:
    return ArgumentError(
        "ADK106",
        "jac=True says that fun returns its derivative as well",
        instead="return the value alone, and leave jac out",
    )


def _bound(own: Any, args: tuple[Any, ...], **kwargs: Any) -> Any:
    """Return a function of the user's with the further arguments filled in."""
    if not callable(own) or not (args or kwargs):
        return own

    def bound(*given: Any) -> Any:
        return own(*given, *args, **kwargs)

    bound.__name__ = name_of(own)
    return bound


def _completed(constraints: Any, named: str) -> Any:
    """Return constraints with what the method takes, and nothing that it ignores."""
    if isinstance(constraints, list | tuple):
        return [_completed(constraint, named) for constraint in constraints]
    if isinstance(constraints, dict):
        return _with_jacobian(constraints)
    if named != "trust-constr" and isinstance(getattr(constraints, "hess", None), Hessians):
        constraints = copy.copy(constraints)
        constraints.hess = optimizers.BFGS()  # SciPy's default: another one is warned of
    return constraints


def _differ(constraints: Any, x0: Any) -> bool:
    """Return whether Jacobians of constraints are sparse and dense ones, which SciPy refuses."""
    kinds = set()
    for constraint in constraints if isinstance(constraints, list) else [constraints]:
        matrix = getattr(constraint, "A", None)  # of a linear one
        if isinstance(getattr(constraint, "hess", None), Hessians):
            matrix = constraint.jac(x0) if callable(constraint.jac) else None
        kinds.add(hasattr(matrix, "tocsr"))
    return len(kinds) > 1


def _with_jacobian(constraint: dict[str, Any]) -> dict[str, Any]:
    if constraint.get("jac") is not None or not callable(constraint.get("fun")):
        return constraint
    both = Jacobians(constraint["fun"], sparse=False)
    return {**constraint, "fun": both.value, "jac": both.jacobian}


def NonlinearConstraint(
    fun: Callable[..., Any],
    lb: Any,
    ub: Any,
    jac: Any = None,
    hess: Any = None,
    keep_feasible: Any = False,
    *,
    sparse: Any = "auto",
    **more: Any,
) -> Any:
    """Return a constraint ``lb <= fun(x) <= ub`` with its Jacobian and Hessians.

    Parameters
    ----------
    fun : callable
        A function of plain NumPy.
    lb, ub, keep_feasible, **more
        As `scipy.optimize.NonlinearConstraint` takes them.
    jac, hess : callable, optional
        Derivatives of your own; those that are left out come from adkit.
    sparse : bool or "auto"
        Whether matrices are sparse; by default where they are large and have few entries.
        `minimize` makes all constraints of one problem alike.

    Returns
    -------
    scipy.optimize.NonlinearConstraint

    Raises
    ------
    ArgumentError
        If `sparse` is none of the above.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.scipy.optimize import NonlinearConstraint, minimize
    >>> circle = NonlinearConstraint(lambda x: x @ x, 0, 2)
    >>> found = minimize(np.sum, np.ones(2), method="trust-constr", constraints=[circle])
    >>> found.x.round(3)
    array([-1., -1.])
    """
    if not isinstance(sparse, bool) and sparse != "auto":
        raise ArgumentError(
            "ADK106",
            f'sparse must be True, False or "auto", not {sparse!r}',
            instead="False gives dense matrices, which all methods take",
        )
    both = Jacobians(fun, sparse=sparse)

    def weighted(x: Any, weights: Any) -> Any:
        return np.sum(weights * both.f(x))  # in ``@`` zeros would count as structure

    weighted.__name__ = name_of(fun)
    return optimizers.NonlinearConstraint(
        both.value if jac is None else fun,
        lb,
        ub,
        both.jacobian if jac is None else jac,
        Hessians(weighted, sparse) if hess is None else hess,
        keep_feasible,
        **more,
    )


def least_squares(
    fun: Callable[..., Any],
    x0: Any,
    jac: Any = None,
    bounds: Any = (-np.inf, np.inf),
    method: str = "trf",
    *,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """Solve a least-squares problem by `scipy.optimize.least_squares`, with its Jacobian.

    Parameters
    ----------
    fun : callable
        A function of plain NumPy that returns the residuals.
    x0, bounds, method, args, kwargs, **more
        As SciPy takes them.
    jac : callable or str, optional
        Of your own. If it names differences, such as ``"2-point"``, they get the pattern
        as `jac_sparsity` where that pays.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Notes
    -----
    Each point is evaluated once, residuals and Jacobian together. The Jacobian is a sparse
    array where it is large and has few entries, unless ``method="lm"`` or
    ``tr_solver="exact"`` ask for a dense one.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.scipy.optimize import least_squares
    >>> t = np.linspace(0, 1, 20)
    >>> def residuals(p):
    ...     return p[0] * np.exp(p[1] * t) - 3 * np.exp(-2 * t)
    >>> least_squares(residuals, [1.0, 0.0]).x.round(6)
    array([ 3., -2.])
    """
    kwargs = kwargs or {}
    args = tuple(args) if np.iterable(args) else (args,)

    def residuals(x: Any) -> Any:
        return fun(x, *args, **kwargs)

    residuals.__name__ = name_of(fun)

    dense = method == "lm" or more.get("tr_solver") == "exact"
    both = Jacobians(residuals, sparse=False if dense else "auto")
    x0 = np.atleast_1d(_point(x0))
    if jac is None:
        return optimizers.least_squares(both.value, x0, both.jacobian, bounds, method, **more)
    if isinstance(jac, str) and not dense and "jac_sparsity" not in more:
        found = both.jacobian(x0)
        more["jac_sparsity"] = None if isinstance(found, np.ndarray) else _places(found)
    own = _bound(jac, args, **kwargs)
    return optimizers.least_squares(residuals, x0, own, bounds, method, **more)


def _places(matrix: Any) -> Any:
    """Return where a sparse matrix has entries, zeros among them."""
    places = matrix.copy()
    places.data = np.ones(len(places.data))
    return places


def root(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    method: str = "hybr",
    jac: Any = None,
    tol: Any = None,
    callback: Any = None,
    options: Any = None,
) -> Any:
    """Solve a system of equations by `scipy.optimize.root`, with its Jacobian.

    Parameters
    ----------
    fun : callable
        A function of plain NumPy that returns as many values as there are unknowns.
    x0, args, method, tol, callback, options
        As SciPy takes them.
    jac : callable, optional
        Of your own.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Raises
    ------
    ArgumentError
        If the method takes no Jacobian, or ``jac=True`` says that `fun` returns one.

    Notes
    -----
    "lm" asks for the Jacobian at nearly every point, and gets it with the value, from one
    evaluation. "hybr" asks for it seldom: that takes one evaluation more.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.scipy.optimize import root
    >>> def system(x):
    ...     return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]]
    >>> root(system, [0.0, 0.0]).x.round(6)
    array([0.841164, 0.158836])
    """
    named = method.lower() if isinstance(method, str) else method
    if named not in ("hybr", "lm"):
        raise ArgumentError(
            "ADK106",
            f"the method {method!r} takes no Jacobian",
            instead='method="hybr" and method="lm" do; scipy.optimize.root has the others',
        )
    if jac is True:
        raise _returns_both()
    args = args if isinstance(args, tuple) else (args,)
    system = _bound(fun, args)
    rest = (tol, callback, options)
    if jac is not None and jac is not False:
        return optimizers.root(system, _point(x0), (), method, _bound(jac, args), *rest)
    both = Jacobians(system, together=named == "lm", sparse=False)
    transposed = bool((options or {}).get("col_deriv"))

    def jacobian(x: Any) -> Any:
        return both.jacobian(x).T if transposed else both.jacobian(x)

    return optimizers.root(both.value, _point(x0), (), method, jacobian, *rest)
