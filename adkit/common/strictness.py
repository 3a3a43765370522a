"""What `adkit.strict` refuses: derivatives that are lost although mathematics allows it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np

from adkit.common.errors import StrictError
from adkit.common.levels import is_traced
from adkit.common.registry import Operation
from adkit.common.shapes import dtype_of
from adkit.common.trapping import first_nonfinite

#: Their values do not depend on those of their argument; nothing is lost by them.
_SHAPE_ONLY = frozenset([np.zeros_like, np.ones_like, np.empty_like])
#: The condition steers which operand is chosen, as a comparison does.
_CHOICE = frozenset([np.where])

_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RULES = os.path.join(_PACKAGE, "common", "ops") + os.sep
_LINEARISATION = os.path.join(_PACKAGE, "common", "linearisation.py")
_GENERATED = "<adkit"
_CALLS_F = os.path.join(_PACKAGE, "common", "flat.py")


def check_path(op: Operation, i: int, ans: Any) -> None:
    """Refuse an operation of the user's program that is piecewise constant throughout.

    Parameters
    ----------
    op : Operation
    i : int
        A traced operand by which its derivative is zero everywhere.
    ans
        Its result; bools and integers steer a program, and are allowed.
    """
    if op.function in _SHAPE_ONLY or op.function in _CHOICE:
        return
    inexact = isinstance(ans, (float, complex, np.ndarray, np.generic)) or is_traced(ans)
    if not inexact or dtype_of(ans).kind not in "fc" or _is_inside_a_rule():
        return
    raise StrictError(
        "ADK513",
        f"{op.name} is piecewise constant in argument {i}: the path is lost",
        instead=f"write {op.name.rpartition('.')[2]}(adkit.value(x)) if it is meant as a constant",
    )


def check_results(names: Sequence[str], depend: Sequence[bool], function: str) -> None:
    """Refuse a result that depends on no differentiated argument."""
    for name, depends in zip(names, depend, strict=True):
        if not depends:
            raise StrictError(
                "ADK511",
                f"the result{name and ' ' + name} of {function} depends on no differentiated "
                "argument",
                instead="is it computed by comparisons, integers or adkit.value? Return constants "
                "with has_aux=True",
            )


def check_arguments(names: Sequence[str], reach: Sequence[bool], function: str) -> None:
    """Refuse a differentiated argument on which no result depends."""
    for name, reaches in zip(names, reach, strict=True):
        if not reaches:
            raise StrictError(
                "ADK512",
                f"no result of {function} depends on {name}",
                instead="leave it out of argnums if that is meant",
            )


def check_finite(derivatives: Sequence[Any], lead: int) -> None:
    """Refuse derivatives that are nan or infinite.

    Parameters
    ----------
    derivatives : sequence of arrays
    lead : int
        How many axes of directions they have.
    """
    for k, derivative in enumerate(derivatives):
        found = first_nonfinite(derivative, lead)
        if found is not None:
            which = f" {k} of {len(derivatives)}" if len(derivatives) > 1 else ""
            where = f" at {list(found.index)}" if found.index else ""
            where += f" in direction {found.direction[0]}" if found.direction else ""
            raise StrictError(
                "ADK514",
                f"derivative{which} is {found.number}{where}",
                instead="adkit.trap_nonfinite() says which operation makes it so",
            )


def _is_inside_a_rule() -> bool:
    """Return whether an operation is part of a declaration, not of the user's program."""
    frame: FrameType | None = sys._getframe(2)
    passed_user = False
    while frame is not None:
        name = frame.f_code.co_filename
        if name == _CALLS_F:
            return False
        if name.startswith(_RULES) and not passed_user:
            return True
        if passed_user and (name == _LINEARISATION or name.startswith(_GENERATED)):
            return True
        passed_user = passed_user or not name.startswith((_PACKAGE, _GENERATED, _NUMPY))
        frame = frame.f_back
    return False
