"""Source code made from declarations: what an engine runs for elementwise operations.

A loop over rule objects costs about a microsecond an operation more than code
written for one operation. So each engine has a template per number of operands;
here a declaration becomes the expressions that fill it. Only names of the
registry enter the source, never text of a user.
"""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

from adkit.common.registry import INFIX, Operation, parameter_names
from adkit.common.reuse import scaled

_EXPRESSIONS = {function: f"{{x}} {symbol} {{y}}" for symbol, function in INFIX.items()}
_EXPRESSIONS[INFIX["neg"]] = "-{x}"
_EXPRESSIONS[INFIX["pos"]] = "+{x}"
_EXPRESSIONS[INFIX["abs"]] = "abs({x})"


def value_source(op: Operation, *operands: str) -> str:
    """Return the expression that computes the value of an operation."""
    template = _EXPRESSIONS.get(op.function)
    if template is None:
        return f"function({', '.join(operands)})"
    return template.format(**dict(zip("xy", operands, strict=False)))


def square_source(op: Operation) -> str:
    """Return the lines that make a square of a product of an array with itself.

    It has the same bits, and one partial instead of two.
    """
    return _SQUARE if op.function in (np.multiply, INFIX["*"]) else ""


_SQUARE = """            if a is b and x.size > 1024:
                return square(a)
"""


def keeps_dtype(op: Operation) -> bool:
    """Return whether operands of one inexact dtype always give a result of that dtype."""
    function = op.function
    if not isinstance(function, np.ufunc):
        return function in INFIX.values() and function is not INFIX["abs"]
    for dtype in map(np.dtype, "efdgFDG"):
        try:
            result = function.resolve_dtypes((dtype,) * function.nin + (None,) * function.nout)[-1]
        except TypeError:  # no such operands
            continue
        if result != dtype:
            return False
    return True


def scale_source(op: Operation, i: int, t: str, alone: str = "") -> str:
    """Return the expression that multiplies `t` by partial `i`, or maps it.

    `alone` is an expression for the count of references of a `t` that may be written into.
    """
    partial = op.partials[i]
    if not callable(partial):
        if partial == 1:
            return t
        return f"-{t}" if partial == -1 else f"{t} * partial{i}"
    names = parameter_names(partial)
    call = f"partial{i}({', '.join(t if name == 't' else name for name in names)})"
    if "t" in names:
        return call
    if _returns_operand(partial):
        call = names[0]
    elif not alone:
        alone = "0"
    if not alone:
        return f"{t} * {call}"
    return f"(scaled({t}, {call}, {alone}) if type({t}) is ndarray else {t} * {call})"


def _returns_operand(partial: Any) -> bool:
    """Return whether a partial is one of the operands, or the result, itself."""
    code = getattr(partial, "__code__", None)
    same = _same.__code__
    return code is not None and code.co_argcount == 1 and code.co_code == same.co_code


def _same(x: Any) -> Any:
    return x


def names_needed(op: Operation, *operands: int) -> list[str]:
    """Return the values that the partials of some operands read: of x, y, z and ans."""
    names: list[str] = []
    for i in operands:
        partial = op.partials[i]
        if callable(partial):
            names += [n for n in parameter_names(partial) if n != "t" and n not in names]
    return names


def namespace(op: Operation, **more: Any) -> dict[str, Any]:
    """Return the globals of generated code: the function, its partials, what an engine adds."""
    partials = {f"partial{i}": partial for i, partial in enumerate(op.partials)}
    common = {"float64": np.float64, "ndarray": np.ndarray, "scaled": scaled, "square": np.square}
    return {"function": op.function, "op": op, **common, **partials, **more}


def define(name: str, source: str, globals_: dict[str, Any]) -> Any:
    """Execute the source of one function and return it; tracebacks show its lines."""
    filename = f"<adkit {name}>"
    exec(compile(source, filename, "exec"), globals_)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return globals_["call"]
