"""Stiff solvers of `scipy.integrate` with Jacobians by adkit, by SciPy's signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError
from adkit.common.inputs import name_of
from adkit.common.optional import optional
from adkit.scipy.points import Jacobians, as_vector

__all__ = ["solve_ivp"]

integrators = optional("scipy.integrate", "scipy")

_EXPLICIT = ("RK23", "RK45", "DOP853")


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Sequence[float],
    y0: Any,
    method: Any = "Radau",
    t_eval: Any = None,
    dense_output: bool = False,
    events: Any = None,
    vectorized: bool = False,
    args: tuple[Any, ...] | None = None,
    **more: Any,
) -> Any:
    """Solve a stiff system of differential equations by `scipy.integrate.solve_ivp`.

    Parameters
    ----------
    fun : callable
        A function of plain NumPy, ``fun(t, y, *args)``.
    t_span, y0, t_eval, dense_output, events, vectorized, args, **more
        As SciPy takes them.
    method : str or class
        "Radau", the default, "BDF" or "LSODA", which take the Jacobian of `fun` in ``y``.

    Returns
    -------
    object
        SciPy's result.

    Raises
    ------
    ArgumentError
        If the method is explicit, and takes no Jacobian.

    Notes
    -----
    The Jacobian is a sparse array where it is large and has few entries (not for "LSODA").
    Solvers ask for it seldom; where they do, it takes one evaluation more.

    Examples
    --------
    >>> import numpy as np
    >>> from adkit.scipy.integrate import solve_ivp
    >>> def robertson(t, y):
    ...     slow, fast, last = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    ...     return [fast - slow, slow - fast - last, last]
    >>> solved = solve_ivp(robertson, (0.0, 40.0), [1.0, 0.0, 0.0], rtol=1e-6, atol=1e-10)
    >>> solved.y[:, -1].round(4)
    array([0.7158, 0.    , 0.2842])
    """
    if _name(method) in _EXPLICIT:
        raise ArgumentError(
            "ADK106",
            f"the method {method!r} is explicit, and takes no Jacobian",
            instead='method="Radau", "BDF" or "LSODA"; scipy.integrate.solve_ivp has the others',
        )
    if more.get("lband") is not None or more.get("uband") is not None:
        raise ArgumentError(
            "ADK106",
            "lband and uband ask for a Jacobian by its diagonals",
            instead='leave them out, or take method="BDF", which takes a sparse Jacobian',
        )
    y0 = np.atleast_1d(np.asarray(y0))
    y0 = y0 if y0.dtype.kind in "fc" else y0.astype(float)
    if more.get("jac") is None:
        both = Jacobians(
            _single(fun) if vectorized else fun,
            argnum=1,
            together=False,
            sparse=False if _name(method) == "LSODA" else "auto",
            holomorphic=y0.dtype.kind == "c",
        )
        fun, vectorized, more["jac"] = _timed(both.value), False, _timed(both.jacobian)
    return integrators.solve_ivp(
        fun, t_span, y0, method, t_eval, dense_output, events, vectorized, args, **more
    )


def _name(method: Any) -> Any:
    """Return the name of a method, which may be SciPy's class."""
    return getattr(method, "__name__", method)


def _timed(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a time that is always a Python number: plans are kept by types."""
    return lambda t, y, *args: f(float(t), y, *args)


def _single(fun: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of one state, from one of many states in columns."""
    name = name_of(fun)

    def single(t: Any, y: Any, *args: Any) -> Any:
        return as_vector(fun(t, y[:, None], *args), name)

    single.__name__ = name
    return single
