"""What sparse derivatives may depend on, and which ones are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adkit.common.containers import flatten
from adkit.common.errors import ArgumentError, OutputError, PatternError
from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.common.tracer import Tracer
from adkit.sparse.pattern import Pattern


def static_key(flat: FlatFunction) -> Any:
    """Return what the plan may depend on: structure, shapes, dtypes, and static arguments."""
    others: list[Any] = []
    for a in _passive(flat):
        if isinstance(a, (np.ndarray, np.generic, Tracer)):
            others.append((np.shape(a), str(dtype_of(a))))
        elif isinstance(a, (float, complex)):
            others.append((type(a),))
        else:
            others.append((type(a), a if isinstance(a, (int, str, bytes, type(None))) else None))
    return flat.inputs, tuple((np.shape(x), dtype_of(x)) for x in flat.leaves), tuple(others)


def digest(flat: FlatFunction) -> bytes:
    """Return a digest of the arguments that are not differentiated."""
    made = hashlib.blake2b(digest_size=16)
    for a in _passive(flat):
        numbers = isinstance(a, (np.ndarray, np.generic)) and a.dtype.kind != "O"
        made.update(np.asarray(a).tobytes() if numbers else repr(a).encode())
    return made.digest()


def without_aux(flat: FlatFunction) -> Callable[..., Any]:
    """Return a flat function as one of its leaves that returns its result alone."""

    def plain(*leaves: Any) -> Any:
        result = flat.call(leaves)
        return result[0] if flat.has_aux else result

    plain.__name__ = name_of(flat.f)
    return plain


def _passive(flat: FlatFunction) -> list[Any]:
    if len(flat.argnums) == len(flat.args) and not flat.kwargs:
        return []
    others = [a for i, a in enumerate(flat.args) if i not in flat.argnums]
    return flatten([others, flat.kwargs])[0]


def check_plain(flat: FlatFunction, *, holomorphic: bool) -> None:
    """Refuse traced points, and complex ones of functions not declared holomorphic.

    Raises
    ------
    ArgumentError, OutputError
    """
    if any(isinstance(x, Tracer) for x in [*flat.leaves, *_passive(flat)]):
        raise ArgumentError(
            "ADK106",
            f"a sparse derivative of {name_of(flat.f)} is taken inside another derivative",
            instead="write sparse=False there",
        )
    check_real(flat, flat.leaves, holomorphic=holomorphic)


def check_real(flat: FlatFunction, arrays: Sequence[Any], *, holomorphic: bool) -> None:
    """Refuse complex numbers of functions not declared holomorphic.

    Raises
    ------
    OutputError
    """
    if not holomorphic and any(dtype_of(x).kind == "c" for x in arrays):
        raise OutputError(
            "ADK136",
            f"{name_of(flat.f)} is complex, and is not declared to be holomorphic",
            instead="pass holomorphic=True if it is, else differentiate real and imaginary parts",
        )


def checked_interval(check_every: Any) -> int:
    """Return how often the guard runs, if that makes sense.

    Raises
    ------
    ArgumentError
    """
    whole = isinstance(check_every, (int, np.integer)) and not isinstance(check_every, bool)
    if not whole or check_every < 1:
        raise ArgumentError(
            "ADK106",
            f"check_every must be a positive int, not {check_every!r}",
            instead="1 checks every result, 10 each tenth one",
        )
    return int(check_every)


def checked_pattern(given: Any) -> Pattern | None:
    """Return the pattern that the user gave as `sparse`, None if it is to be found.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    if isinstance(given, (bool, np.bool_)) or (isinstance(given, str) and given == "auto"):
        return None
    if isinstance(given, Pattern):
        return given
    if hasattr(given, "tocoo"):
        return Pattern.from_scipy(given)
    if isinstance(given, np.ndarray) and given.ndim == 2:
        return Pattern.from_dense(given)
    raise ArgumentError(
        "ADK106",
        f'sparse must be True, False, "auto" or a pattern, not {type(given).__name__}',
        instead="a pattern is an adkit.sparse.Pattern, a SciPy sparse array or a matrix of bools",
    )


def check_size(pattern: Pattern, rows: int, columns: int) -> None:
    """Refuse a given pattern that is not of the shape of the Jacobian.

    Raises
    ------
    PatternError
        If it has another one.
    """
    if pattern.shape != (rows, columns):
        raise PatternError(
            "ADK712",
            f"a pattern of shape {pattern.shape} for derivatives of shape {(rows, columns)}",
            instead="rows are the elements of the result, columns those of the arguments",
        )
