"""What is recorded of operations on numbers, which loops of Python code consist of.

They neither broadcast nor have memory that may be used again. Where the partials are operands or
constants, an entry saves them, for `pull_one` or `pull_two`; otherwise it names a function, made
here, that finds the terms for the operands, for `pull_term` or `pull_terms`.

In the last sweep over a tape cotangents of numbers are Python's floats (see `adkit.reverse.tape`).
Sums, products and quotients of these have the bits of NumPy's, but for a division by zero, which
Python refuses: NumPy does it.
"""

from __future__ import annotations

from typing import Any

from adkit.common.registry import Operation
from adkit.common.signatures import parameter_names
from adkit.common.specialise import form_of, names_needed

#: Terms by the form of the partial, from what that reads.
_FORMS = {
    "scaled": "ct * float({0})",
    "doubled": "ct * (2 * float({0}))",
    "divided": "(ct / d if (d := float({0})) else ct / float64(d))",
    "quotient": "ct * -(float({1}) / d if (d := float({0})) else {1} / d)",
    "complement": "ct - ct * (d := float({0})) * d",
}
#: The partials 1 and -1: what an entry saves, and the term.
_SIGNS: dict[Any, tuple[str, str]] = {1: ("PLUS", "ct"), -1: ("MINUS", "-ct")}
#: What rules that take the cotangent are given, what is made of their results, and of partials.
_GIVEN = "(float64(ct) if type(ct) is float else ct)"
_TAKEN = "    {0} = float({0}) if type(ct) is float and type({0}) is float64 else {0}\n"
_TIMES = "ct * (float(d) if type(d := {0}) is float64 else d)"


def number_entry(op: Operation, *operands: int) -> str:
    """Return the code of an entry after its serial, where some operands are Nodes of numbers."""
    parents = ", ".join("pq"[i] for i in operands)
    one = len(operands) == 1
    partials = _saved_partials(op, operands)
    if partials is not None:
        return f"None, {'pull_one' if one else 'pull_two'}, {parents}, {', '.join(partials)}"
    saved = "".join(f", {name}" for name in names_needed(op, *operands))
    kind = "pull_term" if one else "pull_terms"
    return f"None, {kind}, {_name(operands)}, {parents}{saved}"


def terms_source(op: Operation, *operands: int) -> str:
    """Return the function that finds the terms for some operands, if an entry names one."""
    if _saved_partials(op, operands) is not None:
        return ""
    saved = enumerate(names_needed(op, *operands), start=4 + len(operands))
    reads = {"t": _GIVEN} | {name: f"entry[{k}]" for k, name in saved}
    terms = ["t", "u"][: len(operands)]
    lines = ""
    if _is_joint(op, operands):
        given = ", ".join(reads[name] for name in parameter_names(op.pulls[0]))
        lines = f"    t, u = together({given})\n" + "".join(map(_TAKEN.format, terms))
    else:
        for k, i in enumerate(operands):
            term, is_number = _term(op, i, reads)
            if is_number:
                terms[k] = term
            else:
                lines += f"    {terms[k]} = {term}\n" + _TAKEN.format(terms[k])
    return f"def {_name(operands)}(ct, entry):\n{lines}    return {', '.join(terms)}\n\n\n"


def _saved_partials(op: Operation, operands: tuple[int, ...]) -> list[str] | None:
    """Return the names of the partials, if an entry can save them."""
    if _is_joint(op, operands):
        return None
    names = []
    for i in operands:
        partial = op.partials[i]
        if not callable(partial):
            names.append(_SIGNS.get(partial, (f"partial{i}", ""))[0])
        elif form_of(partial) == "scaled":
            names += parameter_names(partial)
        else:
            return None
    return names


def _term(op: Operation, i: int, reads: dict[str, str]) -> tuple[str, bool]:
    """Return the expression of a term, and whether it keeps Python's floats."""
    partial = op.partials[i]
    if not callable(partial):
        return _SIGNS.get(partial, ("", f"ct * partial{i}"))[1], True
    names = parameter_names(partial)
    form = form_of(partial)
    if form is not None:
        return _FORMS[form].format(*[reads[name] for name in names if name != "t"]), True
    call = f"partial{i}({', '.join(reads[name] for name in names)})"
    return (call, False) if "t" in names else (_TIMES.format(call), True)


def _is_joint(op: Operation, operands: tuple[int, ...]) -> bool:
    """Return whether one rule gives the cotangents of both operands."""
    return bool(op.pulls) and len(operands) == 2


def _name(operands: tuple[int, ...]) -> str:
    return "terms_" + "".join("xy"[i] for i in operands)
