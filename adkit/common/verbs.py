"""The six verbs: one declaration per elementary operation.

A declaration says what the derivative of an operation *is*; the engines read
it. Nothing else in adkit knows a derivative.

=============  =========================================  ==========================
verb           the operation is                           the declaration gives
=============  =========================================  ==========================
`constant`     piecewise constant                         nothing
`elementwise`  a scalar function of each element          one partial per operand
`linear`       linear in its operand                      its transpose
`bilinear`     linear in each of two operands             two transposes
`composite`    defined by other operations                that definition
`general`      anything else                              push (and, if cheaper, pull)
=============  =========================================  ==========================

Prefer them in this order: composite, elementwise, linear, bilinear, general.

**Rules are plain NumPy** on their arguments, without ``asarray``, ``float``,
``out=`` or writes: at a nested level those arguments are traced themselves, so
a rule serves every order.

**Rules follow NumPy's stacking convention**: a tangent ``t`` or cotangent
``ct`` may have more *leading* axes than the value it belongs to, one index per
direction, exactly as ``np.linalg.inv`` takes stacks of matrices. So a rule
serves many directions at once. Axes are counted from the end
(`adkit.common.shapes.from_end`), and never by ``ct.ndim`` alone.

**Cotangents pair with tangents as** ``Re(sum(ct * t))``; nothing is conjugated
on the way, and the gradient of ``abs(z)**2`` at ``3+4j`` is ``6-8j``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.declarations import checked_partials, checked_rules, require
from adkit.common.domains import ANYWHERE, Domain
from adkit.common.registry import SEQUENCE, Operation, register
from adkit.common.shapes import leading
from adkit.common.signatures import Partial, Rule
from adkit.common.tracebacks import boundary


@boundary
def constant(*functions: Callable[..., Any], operands: int | slice = 1, kinks: str = "") -> None:
    """Declare functions that are piecewise constant: their derivative is zero.

    Parameters
    ----------
    *functions : callable
        Functions whose results carry no derivative.
    operands : int
        How many leading arguments may be traced.
    kinks : str
        Where the value jumps, and the convention there.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def number_of_peaks(x):
    ...     return np.sum(np.diff(np.sign(np.diff(x))) < 0)
    >>> adkit.rules.constant(number_of_peaks)
    """
    for function in functions:
        count = getattr(function, "nin", operands)
        register(Operation(function, "constant", operands=count, kinks=kinks))


@boundary
def elementwise(
    function: Callable[..., Any],
    *partials: Partial,
    pull: Rule | None = None,
    symbol: str = "",
    domain: Domain | tuple[Domain, ...] = ANYWHERE,
    kinks: str = "",
    source: str = "",
) -> None:
    """Declare a scalar function of each element by its partial derivatives.

    Parameters
    ----------
    function : callable
        A function of one to three arrays that broadcasts like a ufunc.
    *partials : number, None or callable
        One per operand. The parameter names of a callable say what it needs:
        ``x``, ``y``, ``z`` are the operands, ``ans`` is the result. With a
        parameter ``t`` it maps a tangent (or cotangent), otherwise it returns
        the factor. None says that the function is locally constant there.
    pull : callable, optional
        The cotangents of all operands at once: ``pull(t, ...)``, with parameters that partials
        have too. Give it where the partials have work in common.
    symbol : str
        Python's operator for it, if there is one.
    domain : Domain or tuple of Domain
        Where the function is defined and smooth, if that is not everywhere.
    kinks : str
        Points without derivative, and the convention there.
    source : str
        Where a formula is from that is not school knowledge.

    Raises
    ------
    RegistrationError
        If a partial is missing, or a parameter has an unknown name.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def softplus(x):
    ...     return np.logaddexp(0, x)
    >>> adkit.rules.elementwise(softplus, lambda x: 1 / (1 + np.exp(-x)))
    >>> float(adkit.grad(softplus)(0.0))
    0.5
    """
    count = checked_partials(function, partials, pull)
    register(
        Operation(
            function,
            "elementwise",
            operands=count,
            partials=partials,
            pulls=() if pull is None else (pull,),
            domain=domain,
            kinks=kinks,
            source=source,
            symbol=symbol,
        )
    )


@boundary
def linear(
    function: Callable[..., Any],
    transpose: Rule,
    push: Rule | None = None,
    *,
    operands: int | slice = 1,
    source: str = "",
    loops: str = "",
) -> None:
    """Declare a function that is linear in its operand by its transpose.

    Parameters
    ----------
    function : callable
        ``function(x, *args, **kwargs)``, linear in ``x``.
    transpose : callable
        ``transpose(ct, x, *args, **kwargs)`` gives the cotangent of ``x``; of
        ``x`` only ``shape``, ``ndim``, ``size`` and ``dtype`` may be used.
    push : callable, optional
        ``push(t, x, *args, **kwargs)``: the function applied to a tangent that
        may have more leading axes than ``x``. By default ``function(t, *args,
        **kwargs)``, which is right where arguments do not count axes from the
        front.
    operands : int
        `SEQUENCE` where the operand is a sequence of arrays, or how many operands there
        are in which the function is linear together, as a sum; then ``t`` is a list and
        ``transpose`` returns one.
    source, loops : str
        See `elementwise`; `loops` says what a loop over directions costs.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def reversed_copy(x):
    ...     return x[..., ::-1].copy()
    >>> adkit.rules.linear(reversed_copy, lambda ct, x: reversed_copy(ct))
    >>> adkit.grad(lambda x: reversed_copy(x)[0])(np.array([1.0, 2.0]))
    array([0., 1.])
    """
    require(function, transpose=transpose)

    def apply(t: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        return function(t, *args, **kwargs)

    def apply_to_all(t: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*operation.put(args, t), **kwargs)

    several = operands not in (1, SEQUENCE)
    operation = Operation(
        function,
        "linear",
        operands=operands,
        pushes=(push or (apply_to_all if several else apply),),
        pulls=(transpose,),
        joint=operands != 1,
        source=source,
        loops=loops,
    )
    register(operation)


@boundary
def bilinear(
    function: Callable[..., Any],
    left: Rule,
    right: Rule,
    push: tuple[Rule, Rule] | None = None,
    *,
    symbol: str = "",
    source: str = "",
) -> None:
    """Declare a function that is linear in each of its two operands.

    Parameters
    ----------
    function : callable
        ``function(x, y, *args, **kwargs)``.
    left, right : callable
        ``left(ct, x, y, *args, **kwargs)`` is the cotangent of ``x``, which it
        uses for its shape and dtype only; ``right`` is that of ``y``.
    push : pair of callables, optional
        The function applied to a tangent of the left and of the right operand,
        ``push[0](t, x, y, *args, **kwargs)``; by default ``function(t, y)`` and
        ``function(x, t)``, called once for each direction, since a function that
        takes stacks for one operand may take them for axes of its own.
    symbol, source : str
        See `elementwise`.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def row_products(x, y):
    ...     return (x * y).sum(-1)
    >>> adkit.rules.bilinear(
    ...     row_products,
    ...     lambda ct, x, y: ct[..., None] * y,
    ...     lambda ct, x, y: ct[..., None] * x,
    ... )
    >>> adkit.grad(row_products)(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    require(function, left=left, right=right)

    def push_left(t: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        return _one_by_one(lambda s: function(s, y, *args, **kwargs), t, x)

    def push_right(t: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        return _one_by_one(lambda s: function(x, s, *args, **kwargs), t, y)

    register(
        Operation(
            function,
            "bilinear",
            operands=2,
            pushes=push or (push_left, push_right),
            pulls=(left, right),
            loops="" if push else "a call of the function for each direction",
            source=source,
            symbol=symbol,
        )
    )


@boundary
def composite(
    function: Callable[..., Any],
    body: Rule,
    *,
    operands: int | slice = 1,
    exact: bool = False,
    domain: Domain | tuple[Domain, ...] = ANYWHERE,
    kinks: str = "",
    source: str = "",
) -> None:
    """Declare a function by its definition in terms of other operations.

    The value is ``function``'s own; its derivative is that of ``body``.

    Parameters
    ----------
    function : callable
        The function.
    body : callable
        The definition, with the signature of the function, in NumPy calls on
        traced values.
    operands : int
        How many leading arguments may be traced, or `SEQUENCE`; 0 if the body is
        to be called in the place of the function, wherever its arguments are traced.
    exact : bool
        Whether the values of the body are the function's, bit for bit and of its type: then
        the function is not called besides.
    domain, kinks, source
        See `elementwise`.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def geometric_mean(x):
    ...     return np.prod(x) ** (1 / x.size)
    >>> adkit.rules.composite(geometric_mean, lambda x: np.exp(np.mean(np.log(x))))
    >>> adkit.grad(geometric_mean)(np.array([1.0, 4.0])).round(6)
    array([1.  , 0.25])
    """
    require(function, body=body)
    register(
        Operation(
            function,
            "composite",
            operands=operands,
            body=body,
            exact=exact,
            domain=domain,
            kinks=kinks,
            source=source,
        )
    )


@boundary
def general(
    function: Callable[..., Any],
    push: Rule | tuple[Rule | None, ...],
    pull: Rule | tuple[Rule | None, ...] | None = None,
    *,
    operands: int | slice | None = None,
    domain: Domain | tuple[Domain, ...] = ANYWHERE,
    kinks: str = "",
    source: str = "",
    loops: str = "",
    after: tuple[Rule, Rule] | None = None,
    series: Rule | None = None,
) -> None:
    """Declare a function by how it pushes tangents.

    Parameters
    ----------
    function : callable
        The function.
    push : callable or tuple of callables
        ``push(t, ans, x, ...)``: the tangent of the result for a tangent of the
        operand, linear in ``t``; a tuple has one per operand, None where the
        function is locally constant. The parameter ``ans`` is passed if it
        stands second. Functions of several results return a tuple of tangents.
    pull : callable or tuple of callables, optional
        ``pull(ct, ans, x, ...)``: the cotangent of the operand. If absent, it is
        derived by transposing ``push``; give it where that is slower.
    operands, domain, kinks, source, loops
        See `linear` and `elementwise`.
    after : pair of callables, optional
        A linear step that ends the pushes of all operands, such as the solution of a system,
        and its transpose, with which all pulls begin; `push` and `pull` leave it away. It is
        taken once, however many operands have derivatives.
    series : callable, optional
        ``series(c, x, ...)`` of a function of one operand: the Taylor coefficients of the
        result from the first on, for those of the operand, along a leading axis. If absent,
        ``push`` gives them; give it where ``push`` calls the function on larger arguments.

    Raises
    ------
    RegistrationError
        If there is no push: such a declaration could serve one mode only.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def cube_root(a):
    ...     return np.cbrt(a)
    >>> adkit.rules.general(cube_root, push=lambda t, ans, a: t / (3 * ans * ans))
    >>> float(adkit.grad(cube_root)(8.0))
    0.08333333333333333
    """
    pushes, pulls = checked_rules(function, push, pull, operands, series)
    register(
        Operation(
            function,
            "general",
            operands=len(pushes) if operands is None else operands,
            pushes=pushes,
            pulls=pulls,
            after=after,
            domain=domain,
            kinks=kinks,
            source=source,
            loops=loops,
            series=series,
        )
    )


def _one_by_one(f: Rule, t: Any, x: Any) -> Any:
    """Apply a function to each direction of a tangent of `x`."""
    lead = leading(t, np.ndim(x))
    if not lead:
        return f(t)
    flat = np.reshape(t, (count := math.prod(lead), *np.shape(x)))
    stacked = np.stack([f(flat[k]) for k in range(count)] or [f(np.zeros_like(x))])
    return np.reshape(stacked[:count], lead + np.shape(stacked)[1:])
