"""Source code made from declarations: what an engine runs for elementwise operations.

A loop over rule objects costs about a microsecond an operation more than code
written for one operation. So each engine has a template per number of operands;
here a declaration becomes the expressions that fill it. Only names of the
registry enter the source, never text of a user.
"""

from __future__ import annotations

import linecache
from typing import Any, NoReturn

import numpy as np

from adkit.common.errors import MissingRuleError
from adkit.common.registry import INFIX, Operation
from adkit.common.reuse import complement, divided, doubled, scaled, times_ratio, twice
from adkit.common.rows import rowwise
from adkit.common.signatures import parameter_names

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


def joined_source(op: Operation, x: str, y: str) -> str:
    """Return `value_source` of two operands; arrays broadcast along short rows in long ones."""
    value = value_source(op, x, y)
    ufunc = _ROUNDED_ALIKE.get(op.function)
    if ufunc is None:
        return value
    plain = f"type({x}) is not ndarray or type({y}) is not ndarray or {x}.shape == {y}.shape"
    return f"{value} if {plain} else rowwise({ufunc}, {x}, {y})"


#: Functions that `adkit.common.rows.rowwise` takes, by name.
_ROUNDED_ALIKE = {
    function: name
    for name, symbol in (("add", "+"), ("subtract", "-"), ("multiply", "*"), ("true_divide", "/"))
    for function in (getattr(np, name), INFIX[symbol])
}


def square_source(op: Operation) -> str:
    """Return the lines that make a square of a product of an array with itself.

    It has the same bits, and one partial instead of two.
    """
    return _SQUARE if op.function in (np.multiply, INFIX["*"]) else ""


def power_source(op: Operation) -> str:
    """Return the lines that make a square of a real power with exponent 2: NumPy computes it so."""
    return _POWER if op.function is INFIX["**"] else ""


def is_operator(op: Operation) -> bool:
    """Return whether an operation is an operator of Python's."""
    return op.function in INFIX.values()


_SQUARE = """            if a is b and x.size > 1024:
                return square(a)
"""

_POWER = """            if (type(y) is int or type(y) is float) and y == 2:
                if type(x) is not float64 and x.size > 1024 and x.dtype.kind == "f":
                    return square(a)
"""


def keeps_dtype(op: Operation) -> bool:
    """Return whether operands of one inexact dtype always give a result of that dtype."""
    function = op.function
    if not isinstance(function, np.ufunc):
        return is_operator(op) and function is not INFIX["abs"]
    for dtype in map(np.dtype, "efdgFDG"):
        try:
            result = function.resolve_dtypes((dtype,) * function.nin + (None,) * function.nout)[-1]
        except TypeError:  # no such operands
            continue
        if result != dtype:
            return False
    return True


def scale_source(op: Operation, i: int, t: str, options: str = "") -> str:
    """Return the expression that multiplies `t` by partial `i`, or maps it.

    `options` are further arguments of the functions of `adkit.common.reuse`: whose memory may be
    written into. A partial that is an operand, or the result, is in the expression by its name.
    (A quotient is subtracted, see `adkit.reverse.elementwise`.)
    """
    partial = op.partials[i]
    if not callable(partial):
        if partial == 1:
            return t
        return f"-{t}" if partial == -1 else f"{t} * partial{i}"
    names = parameter_names(partial)
    call = f"partial{i}({', '.join(t if name == 't' else name for name in names)})"
    form = form_of(partial)
    if form == "doubled" and not options:
        return f"({t} * (2 * {names[0]}) if type({t}) is float64 else twice({t}, {names[0]}))"
    if form is None and "t" in names:
        return call
    operands = [name for name in names if name != "t"]
    given = ", ".join(operands) if form is not None else call
    other = f"{t} * {call}"
    if form is not None:
        other = _FORMS[form].format(**dict(zip(("x", "ans"), operands, strict=False)), t=t)
        if not options:
            return other
    return f"({form or 'scaled'}({t}, {given}{options}) if type({t}) is ndarray else {other})"


#: Expressions of common partials of one operand or result, by the function that computes them.
_FORMS = {
    "scaled": "{t} * {x}",
    "doubled": "{t} * (2 * {x})",
    "divided": "{t} / {x}",
    "quotient": "{t} * -({ans} / {x})",
    "complement": "({t} - {t} * {x} * {x})",
}
_MODELS: dict[str, Any] = {
    "scaled": lambda x: x,
    "doubled": lambda x: 2 * x,
    "divided": lambda t, x: t / x,
    "quotient": lambda t, x, ans: t * -(ans / x),
    "complement": lambda t, ans: t - t * ans * ans,
}


def form_of(partial: Any) -> str | None:
    """Return which function of `adkit.common.reuse` computes a partial, if one does."""
    code = getattr(partial, "__code__", None)
    if code is not None and not code.co_freevars:
        for form, model in _MODELS.items():
            same = model.__code__
            if (
                code.co_code == same.co_code
                and code.co_consts == same.co_consts
                and code.co_argcount == same.co_argcount
                and ("t" in parameter_names(partial)) == ("t" in parameter_names(model))
            ):
                return form
    return None


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
    common = {
        **{name: getattr(np, name) for name in _ROUNDED_ALIKE.values()},
        "rowwise": rowwise,
        "float64": np.float64,
        "ndarray": np.ndarray,
        "square": np.square,
        "scaled": scaled,
        "doubled": doubled,
        "divided": divided,
        "times_ratio": times_ratio,
        "complement": complement,
        "twice": twice,
        "refuse_modulus": refuse_modulus,
    }
    return {"function": op.function, "op": op, **common, **partials, **more}


#: The beginning of ``**``, of which Python's ``pow`` may ask more.
_WITH_MODULUS = """def call(a, b, modulus=None):
    if modulus is not None:
        refuse_modulus()"""


def binary_head(op: Operation) -> str:
    """Return the first lines of the code of an operation of two operands."""
    return _WITH_MODULUS if op.symbol == "**" else "def call(a, b):"


def refuse_modulus() -> NoReturn:
    """Refuse ``pow(x, y, modulus)``, which NumPy has no operation for."""
    raise MissingRuleError(
        "ADK401",
        "pow with a modulus has no derivative rule",
        instead="write x ** y % modulus",
    )


def define(name: str, source: str, globals_: dict[str, Any]) -> Any:
    """Execute the source of one function and return it; tracebacks show its lines.

    If the source defines ``reflected`` as well, that becomes its attribute.
    """
    filename = f"<adkit {name}>"
    exec(compile(source, filename, "exec"), globals_)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    call = globals_["call"]
    call.reflected = globals_.get("reflected")
    return call
