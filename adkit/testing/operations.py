"""Which operation of a program has a wrong rule: each is checked by itself, where it is met."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.levels import Level
from adkit.common.linearisation import is_active
from adkit.common.registry import Operation
from adkit.common.tracer import value_of
from adkit.forward.dual import Dual
from adkit.testing.judging import Broken, Tally, Undecided
from adkit.testing.laws.first_order import adjoint, numeric
from adkit.testing.rule_checks import place_of_rule
from adkit.testing.sampling import Call, Sample
from adkit.testing.subjects import FunctionCall

__all__ = ["culprit"]


class _Met(Exception):
    """An operation with a wrong rule was met."""


class _CheckedDual(Dual):
    """A Dual whose operations are checked when they are applied."""

    __slots__ = ()

    def propagate(self, op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Check the rule of an operation, and apply it."""
        operands = [value_of(x) for x in op.take(args)]
        mine = [i for i, x in enumerate(op.take(args)) if isinstance(x, Dual) and is_active(op, i)]
        plain = op.put(args, operands)
        if mine and op.verb != "composite" and _is_wrong(op, plain, kwargs, tuple(mine)):
            raise _Met(f"{op.name} at {place_of_rule(op) or 'a rule without source'}")
        result = super().propagate(op, args, kwargs)
        return _checked(result)


def _checked(result: Any) -> Any:
    """Return a result whose operations are checked as well."""
    if isinstance(result, (tuple, list)):
        return (
            type(result)(*map(_checked, result))
            if hasattr(result, "_fields")
            else type(result)(map(_checked, result))
        )
    if type(result) is Dual:
        return _CheckedDual(result.value, result.tangent, result.level)
    return result


def _is_wrong(op: Operation, args: Any, kwargs: Any, active: tuple[int, ...]) -> bool:
    """Return whether a law does not hold for one call of an operation."""
    reach = tuple(np.ones(np.shape(op.take(args)[i])) for i in active)
    call = Call(op, args, kwargs, active, reach, 0, Sample(lambda d: d.call()))
    call.analytic = False  # a user's function need not take complex numbers
    for law in (adjoint, numeric):
        try:
            law(call, Tally())
        except Undecided:
            continue
        except Broken:
            return True
        except Exception:  # a call that cannot be made alone says nothing
            continue
    return False


def culprit(call: FunctionCall) -> str:
    """Return name and place of the first rule in a program that is wrong where it is used.

    Nothing, if none is: the program's own code may hide a dependence.
    """
    level = Level(structural=False)
    tangents = call.tangents()
    duals = [_CheckedDual(x, t, level) for x, t in zip(call.primals, tangents, strict=True)]
    try:
        call.flat(duals)
    except _Met as met:
        return str(met)
    except Exception:
        return ""
    finally:
        level.ended = True
    return ""
