"""What a declaration must say: refusals of those that could not serve both modes."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from adkit.common.errors import RegistrationError
from adkit.common.signatures import OPERAND_NAMES, Partial, Rule, parameter_names, qualified_name

__all__ = ["checked_partials", "checked_rules", "require"]


def require(function: Any, **rules: Any) -> None:
    """Refuse a declaration that lacks a rule: it would serve one mode only."""
    for name, rule in rules.items():
        if not callable(rule):
            raise RegistrationError(
                "ADK411",
                f"{qualified_name(function)} was declared with {name}={rule!r}, so one mode "
                "could not use it",
                instead=f"give a function as {name}",
            )


def checked_partials(
    function: Callable[..., Any], partials: tuple[Partial, ...], pull: Rule | None
) -> int:
    """Return the number of operands of an elementwise function, of which each has a partial."""
    count = getattr(function, "nin", len(partials))
    if not partials or count != len(partials):
        raise RegistrationError(
            "ADK412",
            f"{qualified_name(function)} needs one partial per operand, "
            f"{count or 'at least one'}, and got {len(partials)}",
            instead="give a number, None or a function for each operand",
        )
    if count > len(OPERAND_NAMES):
        raise RegistrationError(
            "ADK412",
            f"{qualified_name(function)} has {count} operands, elementwise takes up to three",
            instead="declare it by composite or general",
        )
    names = OPERAND_NAMES[:count]
    for partial in (*partials, pull):
        if callable(partial):
            unknown = set(parameter_names(partial)) - {"t", "ans", *names}
            if unknown:
                raise RegistrationError(
                    "ADK412",
                    f"a partial of {qualified_name(function)} has parameters {sorted(unknown)}",
                    instead=f"name what it needs: t, ans, {', '.join(names)}",
                )
        elif partial is not None and not isinstance(partial, numbers.Number):
            raise RegistrationError(
                "ADK412",
                f"a partial of {qualified_name(function)} is {partial!r}",
                instead="give a number, None or a function",
            )
    return count


def checked_rules(
    function: Callable[..., Any],
    push: Rule | tuple[Rule | None, ...],
    pull: Rule | tuple[Rule | None, ...] | None,
    operands: int | slice | None,
    series: Rule | None,
) -> tuple[Any, Any]:
    """Return the pushes and pulls of a general function by operands, or as they are."""
    if push is None:
        raise RegistrationError(
            "ADK411",
            f"{qualified_name(function)} was declared without push, so it has no forward mode",
            instead="give push; pull is derived from it",
        )
    if isinstance(push, tuple) and not any(map(callable, push)):
        raise RegistrationError(
            "ADK411",
            f"{qualified_name(function)} was declared without push for any operand",
            instead="a function that is locally constant is declared by constant",
        )
    pushes = push if isinstance(push, tuple) or operands is not None else (push,)
    pulls = pull if isinstance(pull, tuple) or operands is not None or pull is None else (pull,)
    if isinstance(pushes, tuple) and isinstance(pulls, tuple) and len(pushes) != len(pulls):
        raise RegistrationError(
            "ADK411",
            f"{qualified_name(function)} has unequal numbers of push and pull",
            instead="give one of each for every operand, or no pull at all",
        )
    if series is not None and not (isinstance(pushes, tuple) and len(pushes) == 1):
        raise RegistrationError(
            "ADK411",
            f"{qualified_name(function)} was declared with series, and not of one operand",
            instead="leave series away: push gives Taylor coefficients too",
        )
    return pushes, pulls
