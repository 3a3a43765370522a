"""Every exception that adkit raises, and how a message finds the user's line.

Each class is also the built-in that a caller would expect, so existing
``except`` clauses keep working::

    AdkitError
    ├── ArgumentError (TypeError)             a transform called the wrong way
    │   ├── InputTypeError                    an argument that has no derivative: int, str, ...
    │   └── OutputError                       f returned something that has no derivative
    │       └── NonScalarOutputError          grad of a function that does not return one number
    ├── SeedError (ValueError)                a tangent or cotangent of the wrong shape or dtype
    ├── DetachError (TypeError)               plain numbers were asked of a traced value
    ├── InPlaceError (TypeError)              a write that would lose a derivative
    ├── MissingRuleError (NotImplementedError, TypeError)  an operation nobody declared
    ├── NoDerivativeError (ValueError)        the mathematics has no derivative here
    ├── RegistrationError (ValueError)        a declaration that cannot serve both modes
    ├── LevelError (RuntimeError)             engines mixed by hand at one level
    ├── LeakedTraceError (RuntimeError)       a traced value outlived its transform
    ├── JacobianTooLargeError (MemoryError)   a dense result that cannot fit in memory
    └── MissingExtraError (ImportError)       an optional dependency is not installed
"""

from __future__ import annotations

import functools
import os
import sys
from types import FrameType

import numpy as np

__all__ = [
    "AdkitError",
    "ArgumentError",
    "DetachError",
    "InPlaceError",
    "InputTypeError",
    "JacobianTooLargeError",
    "LeakedTraceError",
    "LevelError",
    "MissingExtraError",
    "MissingRuleError",
    "NoDerivativeError",
    "NonScalarOutputError",
    "OutputError",
    "RegistrationError",
    "SeedError",
]


class AdkitError(Exception):
    """Base of all errors of adkit.

    The first line of a message says what happened, in the words of the
    user's program; then follow the place in the user's file and what to
    write instead.

    Examples
    --------
    >>> import math
    >>> from adkit import AdkitError, grad
    >>> try:
    ...     grad(lambda x: math.sin(x))(1.0)
    ... except AdkitError as error:
    ...     print(type(error).__name__)
    DetachError
    """

    def __init__(self, what: str, *, instead: str = "") -> None:
        place = user_line()
        message = f"{what} ({place})" if place else what
        super().__init__(f"{message}\n  {instead}" if instead else message)


class ArgumentError(AdkitError, TypeError):
    """A transform was called the wrong way."""


class InputTypeError(ArgumentError):
    """An argument that has no derivative was asked to be differentiated."""


class OutputError(ArgumentError):
    """A function returned something that has no derivative."""


class NonScalarOutputError(OutputError):
    """A gradient was asked of a function that does not return one number."""


class SeedError(AdkitError, ValueError):
    """A tangent or cotangent does not match what it belongs to."""


class DetachError(AdkitError, TypeError):
    """Plain numbers were asked of a traced value; its derivative would be lost."""


class InPlaceError(AdkitError, TypeError):
    """A write would lose a derivative, or change values that are recorded."""


class MissingRuleError(AdkitError, NotImplementedError, TypeError):
    """An operation on a traced value has no derivative rule."""


class NoDerivativeError(AdkitError, ValueError):
    """The function has no derivative at this point."""


class RegistrationError(AdkitError, ValueError):
    """A declaration that cannot serve both modes, or that exists already."""


class LevelError(AdkitError, RuntimeError):
    """Values of two engines made by hand were mixed at one level."""


class LeakedTraceError(AdkitError, RuntimeError):
    """A traced value was used after its transform had ended."""


class JacobianTooLargeError(AdkitError, MemoryError):
    """A dense Jacobian would not fit in memory."""


class MissingExtraError(AdkitError, ImportError):
    """An optional dependency is not installed."""


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMPY = os.path.dirname(os.path.abspath(np.__file__)) + os.sep


_OURS = (_PACKAGE, _NUMPY, "<adkit", "<__array_function__", "<frozen")


@functools.cache
def _installed() -> tuple[str, ...]:
    """Return where Python's library and installed ones lie."""
    import sysconfig  # a millisecond that only an error has to pay

    paths = sysconfig.get_paths()
    return tuple(paths[name] + os.sep for name in ("stdlib", "purelib", "platlib"))


def user_line() -> str:
    """Return ``file.py:line`` of the innermost frame of the user's program.

    If all frames are those of installed libraries, it is the innermost one outside
    adkit and NumPy. Frames are walked only when an error is being made; nothing is
    recorded while a program runs.
    """
    frame: FrameType | None = sys._getframe(1)
    installed = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_OURS):
            place = f"{os.path.basename(name)}:{frame.f_lineno}"
            if not name.startswith(_installed()):
                return place
            installed = installed or place
        frame = frame.f_back
    return installed


def leaked() -> LeakedTraceError:
    """Return the error for a traced value that outlived its transform."""
    return LeakedTraceError(
        "a traced value is used after the transform that made it has ended",
        instead="return it with has_aux=True, or store adkit.value(x)",
    )
