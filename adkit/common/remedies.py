"""What to write instead of functions of SciPy and NumPy that take plain numbers only.

They turn their arguments into arrays, which a traced value refuses. Which of them asked is
read off the stack, and whether adkit offers it under another name is looked up there.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from types import FrameType
from typing import Any

import numpy as np

from adkit.common.errors import MissingRuleError

__all__ = ["refuse_series", "remedy"]

#: Variables in which decorators of SciPy keep the function that was called.
_DECORATED = ("f", "fun", "func")


def remedy() -> str | None:
    """Return what replaces the function that asked for plain numbers, None if nothing does."""
    asking = _asking()
    if asking is None:
        return None
    frame, module = asking
    if module.startswith("numpy.polynomial"):
        return _offered("adkit.polynomial", frame.f_code.co_name) or (
            "write functions of adkit.polynomial: adkit.polynomial.polyval(x, c) for coefficients c"
        )
    if module.startswith("scipy.sparse") and frame.f_code.co_name != "spsolve":
        return (
            "write adkit.scipy.sparse.csr_array(A) @ x, and adkit.scipy.sparse.csr_array((data, "
            "indices, indptr)) of data that are traced"
        )
    name, module = _called(frame, module)
    room = module.split(".")[1]
    found = _offered(f"adkit.scipy.{room}", name)
    if found is None and room == "linalg" and hasattr(np.linalg, name):
        return f"write numpy.linalg.{name}, which has a derivative"
    return found


def _asking() -> tuple[FrameType, str] | None:
    """Return the outermost frame, and its module, of the library that user code called."""
    frame: FrameType | None = sys._getframe(3)
    found = None
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(("scipy.", "numpy.polynomial")):
            found = frame, module
        elif not module.startswith("numpy"):
            break
        frame = frame.f_back
    return found


def _called(frame: FrameType, module: str) -> tuple[str, str]:
    """Return the name of the function that a frame runs, and its module."""
    variables, name = frame.f_locals, frame.f_code.co_name
    for key in _DECORATED:
        function = variables.get(key)
        if name == "wrapper" and callable(function):
            return function.__name__, function.__module__
    owner = variables.get("self")
    if owner is not None:  # a distribution, or one with its parameters
        owner = getattr(owner, "dist", owner)
        fallback = type(owner).__name__.removesuffix("_gen")
        return f"{getattr(owner, 'name', fallback)}.{name}", module
    return name, module


def _offered(module: str, name: str) -> str | None:
    """Return the full name of what a module offers under a name, None if it does not."""
    if name.startswith("_"):
        return None
    found: Any = None
    with contextlib.suppress(ImportError, AttributeError):
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return f"write {module}.{name}, which takes the same arguments"
    return None


def refuse_series(frame: FrameType) -> None:
    """Refuse points of a function of numpy.polynomial that it does not take for an array.

    Of several series it gives the value of each at each point, if these are an array of
    NumPy's; otherwise what broadcasting gives, which is something else.
    """
    if frame.f_globals.get("__name__", "")[:16] != "numpy.polynomial":
        return
    x = frame.f_locals.get("x")
    if x is not None and frame.f_locals.get("tensor", False) and hasattr(x, "level") and x.ndim:
        name = frame.f_code.co_name
        raise MissingRuleError(
            "ADK401",
            f"numpy.polynomial's {name} has no derivative rule at several points",
            instead=_offered("adkit.polynomial", name)
            or "write np.prod(x[..., None] - r, axis=-1) for roots r",
        )
