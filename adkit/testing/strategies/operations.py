"""Calls of operations that have a derivative rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from adkit.common.errors import ArgumentError
from adkit.common.registry import Operation
from adkit.testing import calls as _families  # noqa: F401
from adkit.testing.draws import Draw
from adkit.testing.rule_checks import operation_of
from adkit.testing.sampling import Call, Sample, draw_call, operations, samples_of
from adkit.testing.strategies.drawing import chooser

__all__ = ["calls"]


def calls(
    operation: str | Callable[..., Any] | Operation | None = None,
    *,
    half: bool = False,
    calls: Callable[[Draw], Any] | None = None,
    dtypes: str = "fdgFDG",
) -> st.SearchStrategy[Call]:
    """Draw calls of an operation: operands, options, dtypes, memory layouts.

    Parameters
    ----------
    operation : str, callable or Operation, optional
        A function that has a rule, or its name as ``python -m adkit ops`` prints it. Any
        operation of adkit's own by default.
    half : bool
        Whether operands may be of float16.
    calls : callable, optional
        For a rule of your own that is not elementwise: takes a `Draw` and returns
        ``d.call(*args, **kwargs)``.
    dtypes : str
        Codes of the dtypes that such an operation takes, all real and complex by default.

    Returns
    -------
    strategy of Call
        ``call.primals`` are the operands that are differentiated, ``call.function`` is the
        function of them, ``call.tangents()`` and ``call.cotangents(results)`` are seeds.

    Raises
    ------
    ArgumentError
        If the operation has no rule, or nobody said how it is called.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from hypothesis import given
    >>> from adkit.testing import strategies as ast
    >>> @given(ast.calls(np.hypot))
    ... def test_values(call):
    ...     values, tangents = adkit.jvp(call.function, call.primals, call.tangents())
    ...     np.testing.assert_array_equal(values, call.function(*call.primals))
    >>> test_values()
    """
    if operation is None:
        known = {name: op for name, op in operations().items() if samples_of(op)}
        return st.sampled_from([known[name] for name in sorted(known)]).flatmap(
            lambda op: _calls(op, half, None)
        )
    found = operation_of(operation)
    sample = None if calls is None else Sample(calls, dtypes)
    if sample is None and not samples_of(found):
        raise ArgumentError(
            "ADK721",
            f"nobody said how {found.name} is called, so no call can be drawn",
            instead="pass calls=lambda d: d.call(d.array((3,))), a function of a Draw",
        )
    return _calls(found, half, sample)


@st.composite
def _calls(draw: st.DrawFn, operation: Operation, half: bool, sample: Sample | None) -> Call:
    return draw_call(chooser(draw), operation, half=half, sample=sample)
