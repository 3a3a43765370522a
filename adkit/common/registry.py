"""The registry: what was declared about each elementary operation.

Operations are declared by the six verbs (`adkit.common.verbs`); the engines, the tables
and the tests read them here. Nothing else in adkit knows a derivative.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import importlib
import operator
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adkit.common.domains import ANYWHERE, Domain
from adkit.common.errors import RegistrationError
from adkit.common.signatures import (
    Partial,
    Rule,
    positional_parameters,
    qualified_name,
    takes_answer,
)

#: Python's operators, by the symbol in a declaration.
INFIX: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": operator.abs,
}
#: Operands are the elements of a sequence, the first argument.
SEQUENCE = -1

_catalogue: dict[Any, Operation] = {}
_later: list[str] = []
_declaring = threading.local()
#: Modules with declarations of the functions of an optional package, by its module.
_optional: dict[str, str] = {}


class Operation:
    """An elementary operation and what was declared about it.

    Attributes
    ----------
    function : callable
        The NumPy function (or a user's) that computes the value.
    verb : str
        One of the six verbs.
    operands : int or slice
        Where the differentiable arguments stand: the first `operands` positional
        ones, a slice of them, or `SEQUENCE`.
    partials : tuple
        For ``elementwise``: a number, None (locally constant), or a rule whose
        parameter names say what it needs: operands ``x``, ``y``, ``z``, the
        result ``ans``, and ``t`` if it maps a tangent instead of scaling it.
    pushes, pulls : tuple or callable
        Per operand ``push(t, [ans,] *args, **kwargs)`` and
        ``pull(ct, [ans,] *args, **kwargs)``; a callable gives that of operand ``i``.
        ``pulls`` is None where pulling is the transpose of pushing.
    after : pair of callables or None
        For ``general``: the linear step that ends every push, and its transpose, with which
        every pull begins. `pushes` and `pulls` are without it.
    body : callable or None
        For ``composite``: the definition. For another verb, if there is one: what is called
        in the place of the function where an argument besides the operands is traced.
    exact : bool
        For ``composite``: whether the values of the body are the function's, bit for bit.
    selects : callable or None
        Of one operand whose elements are chosen (see `selection`).
    series : callable or None
        For ``general``: how Taylor coefficients are mapped, where ``push`` is no way to them.
    slicewise : pair of int or None
        Of two operands, of which slices are treated alone (see `slicewise`).
    infix : Operation or None
        The same operation computed by Python's operator, whose value may differ
        in the last bit (``x ** 0.5``).
    """

    __slots__ = (
        "after",
        "body",
        "domain",
        "exact",
        "function",
        "infix",
        "joint",
        "kinks",
        "loops",
        "name",
        "operands",
        "parameters",
        "partials",
        "pulls",
        "pushes",
        "selects",
        "series",
        "slicewise",
        "source",
        "symbol",
        "verb",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        verb: str,
        *,
        operands: int | slice = 1,
        partials: tuple[Partial, ...] = (),
        pushes: Any = (),
        pulls: Any = (),
        after: tuple[Rule, Rule] | None = None,
        body: Rule | None = None,
        exact: bool = False,
        joint: bool = False,
        domain: Domain | tuple[Domain, ...] = ANYWHERE,
        kinks: str = "",
        source: str = "",
        loops: str = "",
        symbol: str = "",
        series: Rule | None = None,
    ) -> None:
        self.function = function
        self.name = qualified_name(function)
        self.verb = verb
        self.operands = operands
        self.partials = partials
        self.pushes = pushes
        self.pulls = pulls
        self.after = after
        self.body = body
        self.exact = exact
        self.joint = joint
        self.domain = domain
        self.kinks = kinks
        self.source = source
        self.loops = loops
        self.symbol = symbol
        self.selects: Rule | None = None
        self.slicewise: tuple[int, int] | None = None
        self.series = series
        self.infix: Operation | None = None
        self.parameters: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"<{self.verb} {self.name}>"

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return ``args, kwargs`` with operands that were given by name made positional."""
        wanted = self.operands if isinstance(self.operands, int) else 0
        if not kwargs or len(args) >= abs(wanted):
            return args, kwargs
        if self.parameters is None:
            self.parameters = positional_parameters(self.function)
        kwargs = dict(kwargs)
        for name in self.parameters[len(args) : abs(wanted)]:
            if name not in kwargs:
                break
            args = (*args, kwargs.pop(name))
        return args, kwargs

    def take(self, args: tuple[Any, ...]) -> Sequence[Any]:
        """Return the operands among the positional arguments."""
        if self.operands == SEQUENCE:
            operands: Sequence[Any] = args[0]
            return operands
        if isinstance(self.operands, slice):
            return args[self.operands]
        return args[: self.operands]

    def put(self, args: tuple[Any, ...], operands: Sequence[Any]) -> tuple[Any, ...]:
        """Return the positional arguments with other operands in their places."""
        if self.operands == SEQUENCE:
            # NumPy dispatches on the keys of lexsort in a tuple only
            kind = list if isinstance(args[0], list) else tuple
            return (kind(operands), *args[1:])
        if isinstance(self.operands, slice):
            start = self.operands.start or 0
            return (*args[:start], *operands, *args[start + len(operands) :])
        return (*operands, *args[len(operands) :])

    def push_rule(self, i: int) -> Rule:
        """Return the rule that pushes a tangent of operand ``i``."""
        rule: Rule = self.pushes(i) if callable(self.pushes) else self.pushes[i]
        return rule if self.after is None or rule is None else _ended(rule, self.after[0])

    def pull_rule(self, i: int) -> Rule | None:
        """Return the rule that pulls a cotangent to operand ``i``, None if it is derived."""
        if self.pulls is None:
            return None
        rule: Rule | None = self.pulls(i) if callable(self.pulls) else self.pulls[i]
        return rule if self.after is None or rule is None else _ended(self.after[1], rule)


@functools.lru_cache(maxsize=256)
def _ended(first: Rule, last: Rule) -> Rule:
    """Return the rule that applies two linear steps, one after the other."""

    def rule(t: Any, ans: Any, *args: Any, **kwargs: Any) -> Any:
        for step in (first, last):
            t = step(t, ans, *args, **kwargs) if takes_answer(step) else step(t, *args, **kwargs)
        return t

    return rule


# ---------------------------------------------------------------- reading it


def catalogue() -> Iterator[Operation]:
    """Return an iterator over all declared operations, of optional packages that are there too."""
    for package in tuple(_optional):
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    _declare()
    return iter(list(_catalogue.values()))


def find(function: Any) -> Operation | None:
    """Return the declaration of a function, None if there is none."""
    op = _catalogue.get(function)
    if op is None and (_later or not sys.modules.keys().isdisjoint(_optional)):
        _declare(function)
        op = _catalogue.get(function)
    return op


def declare_later(*modules: str) -> None:
    """Name modules whose declarations are made when the catalogue lacks a function."""
    _later.extend(modules)


def define(function: Callable[..., Any], body: Rule) -> None:
    """Say what a declared function is where an argument besides its operands is traced."""
    _catalogue[function].body = body


def selection(function: Callable[..., Any], rule: Rule) -> None:
    """Say which elements a declared function chooses from its operand.

    ``rule(ct, ans, x, ...)`` takes plain numbers and returns the cotangents that reach the
    operand and their positions in it, flattened, each at most once; None where there are more
    than a few. A sweep adds them where they belong, instead of an array that is zero elsewhere.
    """
    _catalogue[function].selects = rule


def slicewise(function: Callable[..., Any], left: int, right: int) -> None:
    """Say that a declared bilinear function treats each slice of an operand along an axis alone.

    `left` and `right` are the axes of the operands, counted from the end, along which it does
    where the result has as many axes as the operand: each row of ``x @ y`` is made of that row of
    `x`. So the sum of cotangents of rows may be taken before they are multiplied.
    """
    for operation in (_catalogue[function], _catalogue[function].infix):
        if operation is not None:
            operation.slicewise = left, right


def declare_with(package: str, module: str) -> None:
    """Name a module whose declarations are made once an optional package has been imported."""
    _optional[package] = module


def _declare(function: Any = None) -> None:
    """Declare one family after the other until `function` is among them; by default all.

    A family that is being declared looks for no other: it looks whether its own functions
    are declared already.
    """
    if getattr(_declaring, "busy", False):
        return
    _declaring.busy = True
    try:
        for module in tuple(_later):
            importlib.import_module(module)  # waits for a thread that does the same
            with contextlib.suppress(ValueError):
                _later.remove(module)
            if function in _catalogue:
                return
        for package in sys.modules.keys() & _optional.keys():
            importlib.import_module(_optional[package])
            _optional.pop(package, None)
    finally:
        _declaring.busy = False


def elementary(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function dispatch on traced arguments, as NumPy's own functions do.

    The function computes values of plain arrays; a declaration by one of the
    verbs gives its derivative. Traced arguments may stand anywhere among the
    positional arguments, also inside a list or tuple.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> @adkit.rules.elementary
    ... def halve(x):
    ...     return x / 2
    >>> adkit.rules.elementwise(halve, 0.5)
    >>> float(adkit.grad(halve)(3.0))
    0.5
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for argument in args:
            kind = type(argument)
            if kind is np.ndarray:
                continue
            if kind is list or kind is tuple:
                for element in argument:
                    if dispatches(element):
                        return element.__array_function__(call, (type(element),), args, kwargs)
            elif dispatches(argument):
                return argument.__array_function__(call, (kind,), args, kwargs)
        for argument in kwargs.values():
            if dispatches(argument):
                return argument.__array_function__(call, (type(argument),), args, kwargs)
        return function(*args, **kwargs)

    vars(call)["is_elementary"] = True
    return call


def dispatches(value: Any) -> bool:
    """Return whether a value takes part in NumPy's dispatch without being an array."""
    return not isinstance(value, np.ndarray) and hasattr(type(value), "__array_function__")


def _is_dispatched(function: Any) -> bool:
    """Return whether calls of a function on traced arguments come to its declaration."""
    if isinstance(function, np.ufunc) or hasattr(function, "is_elementary"):
        return True
    return str(getattr(function, "__module__", "")).split(".")[0] == "numpy"


def register(operation: Operation) -> None:
    """Add a declaration to the catalogue.

    Raises
    ------
    RegistrationError
        If the function is not callable, or declared already.
    """
    function = operation.function
    if not callable(function):
        raise RegistrationError(
            "ADK413",
            f"{function!r} is not callable",
            instead="pass the function itself, as numpy.floor",
        )
    if find(function) is not None:
        raise RegistrationError(
            "ADK414",
            f"{operation.name} is declared already",
            instead="declare another derivative for a function of your own that calls it",
        )
    if not _is_dispatched(function):
        raise RegistrationError(
            "ADK415",
            f"{operation.name} does not dispatch on traced arguments, so no rule of it is used",
            instead="decorate it with @adkit.rules.elementary",
        )
    if operation.symbol:
        infix = copy.copy(operation)
        infix.function = INFIX[operation.symbol]
        operation.infix = infix
    _catalogue[function] = operation
