"""Every exception that adkit raises, and its codes.

Each class is also the built-in that a caller would expect, so existing
``except`` clauses keep working::

    AdkitError
    ├── ArgumentError (TypeError)             a transform called the wrong way
    │   ├── InputTypeError                    an argument that has no derivative: int, str, ...
    │   └── OutputError                       f returned something that has no derivative
    │       └── NonScalarOutputError          grad of a function that does not return one number
    ├── SeedError (ValueError)                a tangent or cotangent of the wrong shape or dtype
    ├── DetachError (TypeError)               plain numbers were asked of a traced value
    │   └── MemoryAccessError (AttributeError)  its memory was asked for
    ├── InPlaceError (TypeError)              a write that would lose a derivative
    ├── MissingRuleError (NotImplementedError, TypeError)  an operation nobody declared
    ├── NoDerivativeError (ValueError)        the mathematics has no derivative here
    ├── StrictError (ValueError)              a derivative lost inside adkit.strict()
    ├── NonFiniteError (FloatingPointError)   nan or inf inside adkit.trap_nonfinite()
    ├── TraceMismatchError (AssertionError)   another value under tracing: adkit.verify_trace
    ├── RegistrationError (ValueError)        a declaration that cannot serve both modes
    ├── LevelError (RuntimeError)             engines mixed by hand at one level
    ├── LeakedTraceError (RuntimeError)       a traced value outlived its transform
    ├── ForkedTraceError (RuntimeError)       a process was forked while f was traced
    ├── ReplayError (RuntimeError)            a checkpointed function that does not repeat itself
    ├── JacobianTooLargeError (MemoryError)   a dense result that cannot fit in memory
    └── PatternError (ValueError)             a sparsity pattern, or colours, that do not fit

A new error is one line in the `codes` of its class, and a page of that name in
`adkit.common.explanations`. A code keeps its meaning for ever.
"""

from __future__ import annotations

from typing import Any, ClassVar

from adkit.common.tracebacks import remember, user_line

__all__ = [
    "AdkitError",
    "ArgumentError",
    "DetachError",
    "ForkedTraceError",
    "InPlaceError",
    "InputTypeError",
    "JacobianTooLargeError",
    "LeakedTraceError",
    "LevelError",
    "MemoryAccessError",
    "MissingRuleError",
    "NoDerivativeError",
    "NonFiniteError",
    "NonScalarOutputError",
    "OutputError",
    "PatternError",
    "RegistrationError",
    "ReplayError",
    "SeedError",
    "StrictError",
    "TraceMismatchError",
]


class AdkitError(Exception):
    """Base of all errors of adkit.

    The first line of a message says what happened, in the words of the user's
    program, where in the user's file, and its code, which ``python -m adkit explain``
    takes. The second line says what to write instead.

    Parameters
    ----------
    code : str
        One of the `codes` of the class.
    what : str
        What happened.
    instead : str
        What to write instead.
    place : str, optional
        Where, if not in the line that the user's program is at.

    Attributes
    ----------
    codes : dict
        What the codes of this class stand for.
    code : str

    Examples
    --------
    >>> import math
    >>> from adkit import AdkitError, grad
    >>> try:
    ...     grad(lambda x: math.sin(x))(1.0)
    ... except AdkitError as error:
    ...     print(type(error).__name__, error.code)
    DetachError ADK201
    """

    codes: ClassVar[dict[str, str]] = {}

    def __init__(self, code: str, what: str, *, instead: str, place: str | None = None) -> None:
        self.code = code
        place = user_line() if place is None else place
        message = f"{what} ({place}) [{code}]" if place else f"{what} [{code}]"
        super().__init__(f"{message}\n  {instead}")
        remember(type(self), code, what, instead, place)

    def __reduce__(self) -> Any:
        """Pickle the message as it is: the line that it names is that of this process."""
        return _unpickled, (type(self), self.args, self.__dict__)


def _unpickled(kind: type[AdkitError], args: tuple[Any, ...], state: dict[str, Any]) -> AdkitError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ArgumentError(AdkitError, TypeError):
    """A transform was called the wrong way."""

    codes: ClassVar[dict[str, str]] = {
        "ADK101": "a transform needs a function",
        "ADK102": "a coroutine or generator function",
        "ADK103": "argnums that are no ints",
        "ADK104": "argnums that name no positional argument",
        "ADK105": "argnums that name an argument twice",
        "ADK106": "an option with a value that it does not take",
        "ADK107": "primals or tangents that are no tuple",
        "ADK108": "seeds of another structure",
        "ADK109": "derivative of a function of an array",
        "ADK110": "leaves that do not fill a structure",
        "ADK111": "a type that cannot be registered as a container",
        "ADK112": "a container that is not registered in this process",
        "ADK113": "a check of tracing without an argument of floats",
        "ADK721": "a rule that nobody said how to call",
        "ADK722": "an operation without a rule to check",
        "ADK723": "a check of a function whose values are random",
        "ADK724": "a function that writes into its arguments",
        "ADK725": "a text that cannot be replayed",
        "ADK726": "a gradient of a function without one number",
        "ADK728": "a check of a function whose results are discrete",
        "ADK727": "a function or arguments that a command line cannot read",
    }


class InputTypeError(ArgumentError):
    """An argument that has no derivative was asked to be differentiated."""

    codes: ClassVar[dict[str, str]] = {
        "ADK121": "an argument of integers or bools",
        "ADK122": "an argument that is a matrix or a masked array",
        "ADK123": "an argument that has no derivative",
    }


class OutputError(ArgumentError):
    """A function returned something that has no derivative."""

    codes: ClassVar[dict[str, str]] = {
        "ADK131": "a function that returned None",
        "ADK132": "a function that returned something without a derivative",
        "ADK133": "has_aux=True, and no pair returned",
        "ADK134": "a gradient of several results",
        "ADK135": "a gradient of a complex result",
        "ADK136": "a complex Jacobian of a function not declared holomorphic",
    }


class NonScalarOutputError(OutputError):
    """A gradient was asked of a function that does not return one number."""

    codes: ClassVar[dict[str, str]] = {
        "ADK137": "a gradient of an array",
        "ADK138": "backward() of an array, without a gradient",
    }


class SeedError(AdkitError, ValueError):
    """A tangent or cotangent does not match what it belongs to."""

    codes: ClassVar[dict[str, str]] = {
        "ADK141": "a tangent or cotangent of another dtype",
        "ADK142": "a tangent or cotangent of another shape",
    }


class DetachError(AdkitError, TypeError):
    """Plain numbers were asked of a traced value; its derivative would be lost."""

    codes: ClassVar[dict[str, str]] = {
        "ADK201": "a float asked of a traced value",
        "ADK202": "an int asked of a traced value",
        "ADK203": "a complex asked of a traced value",
        "ADK204": "a traced value as an index",
        "ADK205": "an array of plain numbers asked of a traced value",
        "ADK206": "astype to something that has no derivative",
        "ADK207": "a ufunc asked for integers",
        "ADK208": "a traced value where a function takes constants only",
        "ADK209": "a result of objects or times",
        "ADK210": "a traced value that is pickled",
        "ADK211": "a traced value as a key",
    }


class MemoryAccessError(DetachError, AttributeError):
    """The memory of a traced value was asked for; arrays have that attribute."""

    codes: ClassVar[dict[str, str]] = {"ADK212": "the memory of a traced value"}


class InPlaceError(AdkitError, TypeError):
    """A write would lose a derivative, or change values that are recorded."""

    codes: ClassVar[dict[str, str]] = {
        "ADK301": "a traced value written into a plain array",
        "ADK302": "a write into a traced scalar",
        "ADK303": "a traced value written into a buffer that plain code views",
        "ADK304": "a traced array written by two threads",
        "ADK305": "a checkpointed function that writes into its arguments",
    }


class MissingRuleError(AdkitError, NotImplementedError, TypeError):
    """An operation on a traced value has no derivative rule."""

    codes: ClassVar[dict[str, str]] = {
        "ADK401": "a function without a derivative rule",
        "ADK402": "a ufunc's method without a derivative rule",
        "ADK403": "an option of a function for which there is no derivative rule",
    }


class RegistrationError(AdkitError, ValueError):
    """A declaration that cannot serve both modes, or that exists already."""

    codes: ClassVar[dict[str, str]] = {
        "ADK411": "a declaration that cannot serve both modes",
        "ADK412": "partials that do not fit their function",
        "ADK413": "a declaration of what is not callable",
        "ADK414": "a declaration that exists already",
        "ADK415": "a declaration of a function that does not dispatch",
    }


class NoDerivativeError(AdkitError, ValueError):
    """The function has no derivative at this point."""

    codes: ClassVar[dict[str, str]] = {
        "ADK501": "vectors of repeated eigenvalues or singular values",
        "ADK502": "slogdet of a singular matrix",
        "ADK503": "eigenvalues of a defective matrix",
        "ADK504": "qr of a matrix with dependent columns",
        "ADK505": "a pseudo-inverse where the rank changes",
    }


class StrictError(AdkitError, ValueError):
    """Inside `adkit.strict`, a derivative was lost where mathematics allows it."""

    codes: ClassVar[dict[str, str]] = {
        "ADK511": "a result that depends on no differentiated argument",
        "ADK512": "a differentiated argument on which no result depends",
        "ADK513": "a path through a piecewise constant operation",
        "ADK514": "a derivative that is nan or infinite",
    }


class NonFiniteError(AdkitError, FloatingPointError):
    """Inside `adkit.trap_nonfinite`, a derivative became nan or infinite.

    Attributes
    ----------
    operation : str
        Where that began: ``numpy.sqrt``.
    argument : int or None
        Which of its differentiable arguments.
    index : tuple of int
        Which element of that argument.
    value : number or None
        What it is there.
    place : str
        File and line.
    """

    codes: ClassVar[dict[str, str]] = {
        "ADK521": "an operation whose derivative becomes nan or infinite",
        "ADK522": "a tangent or cotangent that was given, and is nan or infinite",
        "ADK523": "a derivative that becomes nan or infinite outside of all operations",
    }

    operation = ""
    argument: int | None = None
    index: tuple[int, ...] = ()
    value: Any = None
    place = ""


class TraceMismatchError(AdkitError, AssertionError):
    """A function has another value when it is traced; `adkit.verify_trace` found it."""

    codes: ClassVar[dict[str, str]] = {
        "ADK531": "a value that is another one under tracing",
        "ADK532": "a function that returns another value each time",
        "ADK533": "a function that lifts other arrays when it is traced",
    }


class LevelError(AdkitError, RuntimeError):
    """Values of two engines made by hand were mixed at one level."""

    codes: ClassVar[dict[str, str]] = {
        "ADK601": "a Dual and a Node in one operation",
        "ADK602": "the data of a computed Node replaced",
        "ADK603": "backward() of a constant",
        "ADK604": "backward() inside a transform",
    }


class LeakedTraceError(AdkitError, RuntimeError):
    """A traced value was used after its transform had ended."""

    codes: ClassVar[dict[str, str]] = {"ADK611": "a traced value used after its transform"}


class ForkedTraceError(AdkitError, RuntimeError):
    """A process was forked inside a function that was being traced."""

    codes: ClassVar[dict[str, str]] = {"ADK612": "a fork inside a traced function"}


class ReplayError(AdkitError, RuntimeError):
    """A checkpointed function gave something else when it ran again."""

    codes: ClassVar[dict[str, str]] = {
        "ADK613": "a checkpointed function that gives another result when it runs again"
    }


class JacobianTooLargeError(AdkitError, MemoryError):
    """A dense Jacobian would not fit in memory."""

    codes: ClassVar[dict[str, str]] = {"ADK701": "a dense Jacobian that does not fit in memory"}


class PatternError(AdkitError, ValueError):
    """A sparsity pattern, colours for it, or values of it do not fit."""

    codes: ClassVar[dict[str, str]] = {
        "ADK711": "what makes no sparsity pattern",
        "ADK712": "sparsity patterns whose shapes do not fit",
        "ADK713": "colours or values that do not fit their pattern",
        "ADK714": "a colouring that does not determine all entries",
    }


def declared() -> dict[str, type[AdkitError]]:
    """Return the class of every code, in the order of the codes."""
    classes: list[type[AdkitError]] = [AdkitError]
    for kind in classes:
        classes += kind.__subclasses__()
    found = {code: kind for kind in classes for code in vars(kind).get("codes", ())}
    return dict(sorted(found.items()))


def written_by_two_threads() -> InPlaceError:
    """Return the error for an array that two threads write, of which each reads what it writes."""
    return InPlaceError(
        "ADK304",
        "a traced array is written by two threads: derivatives could be lost",
        instead="let threads return their parts, and join them by np.stack or np.concatenate",
    )


def leaked() -> LeakedTraceError:
    """Return the error for a traced value that outlived its transform."""
    return LeakedTraceError(
        "ADK611",
        "a traced value is used after the transform that made it has ended",
        instead="return it with has_aux=True, or store adkit.value(x)",
    )
