"""Which frames are the user's: the line that a message names, and what a traceback shows.

Frames are looked at only when an error is being made or leaves a transform; nothing
is recorded while a program runs.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType, TracebackType
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")

#: Set to anything but 0, tracebacks show adkit's own frames too.
FULL = "ADKIT_FULL_TRACEBACK"

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
_OURS = (_PACKAGE, "<adkit")
_NOBODYS = (*_OURS, _NUMPY, "<__array_function__", "<frozen")
#: What is raised in adkit itself by a fault of adkit only: its traceback is left whole.
_FAULTS = (AssertionError, AttributeError, KeyError, NameError)


def user_line() -> str:
    """Return ``file.py:line`` of the innermost frame of the user's program.

    If all frames are those of installed libraries, it is the innermost one outside
    adkit and NumPy.
    """
    frame: FrameType | None = sys._getframe(1)
    installed = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_NOBODYS):
            place = f"{os.path.basename(name)}:{frame.f_lineno}"
            if not name.startswith(_installed()):
                return place
            installed = installed or place
        frame = frame.f_back
    return installed


def is_program(filename: str) -> bool:
    """Return whether a file is part of a program: not of adkit, NumPy or Python's library."""
    stdlib, *packages = _installed()
    library = filename.startswith(stdlib) and not filename.startswith(tuple(packages))
    return not library and not filename.startswith(_NOBODYS)


@functools.cache
def _installed() -> tuple[str, ...]:
    """Return where Python's library and installed ones lie."""
    import sysconfig  # a millisecond that only an error has to pay

    paths = sysconfig.get_paths()
    return tuple(paths[name] + os.sep for name in ("stdlib", "purelib", "platlib"))


def boundary(function: Callable[P, T]) -> Callable[P, T]:
    """Leave adkit's frames out of the traceback of what a public function raises.

    Frames of the user's own functions stay, as do those of NumPy and other libraries,
    also in the causes of the exception. Frames can be dropped only where an exception
    passes: those of an operation on a `Node` or `Dual` outside of a transform stay.

    Examples
    --------
    >>> import traceback
    >>> from adkit import grad
    >>> try:
    ...     grad(float)(1.0)
    ... except TypeError as error:
    ...     len(traceback.extract_tb(error.__traceback__))
    1
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            _explain(error)
            refusal = _replaced_by_numpy(error)
            if refusal is None:
                _shorten(error)
                raise  # which adds no frame: this one was added when the exception came in
        try:
            raise refusal  # outside of the handler, so that it gets no context
        except BaseException:
            _shorten(refusal)
            raise
        finally:
            del refusal  # it holds this frame, which would hold it

    return call


#: What NumPy says when an element refused to become a float, instead of what that said.
_SAID_INSTEAD = ("setting an array element with a sequence", "Error setting single item of array")


def _replaced_by_numpy(error: BaseException) -> BaseException | None:
    """Return the refusal in whose place NumPy raised an error that tells less, or None.

    ``z[0] = x`` of a plain ``z`` asks a traced value for a float.
    """
    refusal = error.__cause__
    if (
        isinstance(error, ValueError)
        and refusal is not None
        and _has_code(refusal)
        and str(error).startswith(_SAID_INSTEAD)
    ):
        error.__cause__ = None
        refusal.__context__ = None
        return refusal.with_traceback(error.__traceback__)
    return None


class _Refusal(NamedTuple):
    """What a traced value refused last. No exception: that would keep its frames alive."""

    kind: Callable[..., BaseException]
    code: str
    what: str
    instead: str
    place: str


_last_refusal: ContextVar[_Refusal | None] = ContextVar("adkit_last_refusal", default=None)


def remember(
    kind: Callable[..., BaseException], code: str, what: str, instead: str, place: str
) -> None:
    """Remember a refusal, in case the library that met it raises an error of its own."""
    _last_refusal.set(_Refusal(kind, code, what, instead, place))


def _explain(error: BaseException) -> None:
    """Give an exception the refusal that a library met in the same line for its cause."""
    refusal = _last_refusal.get()
    if (
        refusal is not None
        and isinstance(error, Exception)
        and not any(map(_has_code, _chain(error)))
        and _place_of(error) == refusal.place
    ):
        kind, code, what, instead, place = refusal
        error.__cause__ = kind(code, what, instead=instead, place=place)


def _place_of(error: BaseException) -> str:
    """Return ``file.py:line`` of the user's line from which an exception came, as `user_line`."""
    traceback, place, installed = error.__traceback__, "", ""
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if not name.startswith(_NOBODYS):
            here = f"{os.path.basename(name)}:{traceback.tb_lineno}"
            if name.startswith(_installed()):
                installed = here
            else:
                place = here
        traceback = traceback.tb_next
    return place or installed


def _shorten(error: BaseException) -> None:
    """Leave adkit's frames out of the tracebacks of an exception and of its causes."""
    if os.environ.get(FULL, "0") in ("", "0"):
        for link in _chain(error):
            link.__traceback__ = _of_others(link)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it arose from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            waiting += [link.__cause__, link.__context__]
            yield link


def _of_others(error: BaseException) -> TracebackType | None:
    """Return the traceback of an exception without adkit's frames."""
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    if frames and _is_ours(frames[-1]) and isinstance(error, _FAULTS) and not _has_code(error):
        return frames[0]
    kept = None
    for traceback in reversed(frames):
        if not _is_ours(traceback):
            traceback.tb_next = kept
            kept = traceback
    return kept


def _has_code(error: BaseException) -> bool:
    return hasattr(type(error), "codes")


def _is_ours(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith(_OURS)
