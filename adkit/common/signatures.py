"""What functions and rules show of themselves: their names and those of their parameters."""

from __future__ import annotations

import inspect
import itertools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "OPERAND_NAMES",
    "Partial",
    "Rule",
    "parameter_names",
    "positional_parameters",
    "qualified_name",
    "takes_answer",
]

Rule = Callable[..., Any]
Partial = Rule | float | None

OPERAND_NAMES = ("x", "y", "z")


def parameter_names(rule: Rule) -> tuple[str, ...]:
    """Return the names of a rule's positional parameters; a ufunc of one operand needs ``x``."""
    if isinstance(rule, np.ufunc):
        return OPERAND_NAMES[: rule.nin]
    code = getattr(rule, "__code__", None)
    if code is None:
        return tuple(inspect.signature(rule).parameters)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]
    return names[1:] if inspect.ismethod(rule) else names


#: C functions that show no signature in NumPy 2.0.
_UNSIGNED: dict[Any, tuple[str, ...]] = {
    np.concatenate: ("arrays", "axis", "out"),
    np.dot: ("a", "b", "out"),
    np.empty_like: ("prototype",),
}


def positional_parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters that may be given by position."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return _UNSIGNED.get(function, ())
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    leading = itertools.takewhile(lambda parameter: parameter.kind in kinds, parameters)
    return tuple(parameter.name for parameter in leading)


def takes_answer(rule: Rule) -> bool:
    """Return whether a rule wants the result of the operation as its second argument."""
    return parameter_names(rule)[1:2] == ("ans",)


def qualified_name(function: Any) -> str:
    """Return a function's name as a user writes it: ``numpy.sin``, ``model.energy``."""
    name = str(getattr(function, "__qualname__", None) or getattr(function, "__name__", "?"))
    module = getattr(function, "__module__", None) or ""
    if getattr(np, name, None) is function:
        module = "numpy"
    elif getattr(np.emath, name, None) is function:
        module = "numpy.emath"
    elif isinstance(function, np.ufunc) and _is_of_scipy(function, name):
        module = "scipy.special"
    return f"{module}.{name}".lstrip(".")


def _is_of_scipy(ufunc: Any, name: str) -> bool:
    """Return whether a ufunc, which does not know its module, is one of scipy.special."""
    special = sys.modules.get("scipy.special")
    known = getattr(special, name, None) or getattr(getattr(special, "_ufuncs", None), name, None)
    return known is ufunc
