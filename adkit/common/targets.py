"""A function and its arguments, named on a command line: ``module:function --at "[1., 2.]"``."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from adkit.common.errors import ArgumentError

__all__ = ["arguments", "target"]

#: Of a module, or the path of a file, and a name in it.
_NAMED = re.compile(r"[^:\[\](){}'\"\s]+:[^\W\d][\w.]*")


def target(path: str) -> Callable[..., Any]:
    """Return the function that ``module:function`` or ``file.py:function`` names.

    Raises
    ------
    ArgumentError
        If there is no such module or function.
    """
    if ":" not in path:
        raise _unread(f"{path!r} names no function", "write module:function, as model:energy")
    found = _named(path)
    if not callable(found):
        raise _unread(f"{path} is not a function", "name the function, not a value")
    return found  # type: ignore[no-any-return]


def _named(path: str) -> Any:
    """Return what ``module:name`` names."""
    module_name, _, name = path.rpartition(":")
    found: Any = _module(module_name)
    for part in name.split("."):
        if not hasattr(found, part):
            raise _unread(f"{module_name} has no {name}", "look for a misspelt name")
        found = getattr(found, part)
    return found


def _module(name: str) -> Any:
    """Import a module, also one in the current folder, or a file."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        if not name.endswith(".py"):
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(Path(name).stem, name)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    except (ImportError, FileNotFoundError) as error:
        raise _unread(
            f"{name} cannot be imported: {error}", "run it where import finds it"
        ) from None


def arguments(texts: Sequence[str]) -> list[Any]:
    """Return what Python literals say, lists of numbers as arrays, numbers as floats.

    What is too long for a literal is the name of a ``.npy`` file, or ``module:name``.

    Raises
    ------
    ArgumentError
        If a text is none of these.
    """
    return [_argument(text) for text in texts]


def _argument(text: str) -> Any:
    if text.endswith(".npy"):
        return _array(text)
    if _NAMED.fullmatch(text):
        return _named(text)
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise _unread(
            f"{text!r} is not a number or a list of numbers", 'write --at "[1., 2.]" for an array'
        ) from None
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        array = np.array(value)
        return array if array.dtype.kind in "fc" else array.astype(float)
    return value


def _array(path: str) -> Any:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _unread(f"{path} cannot be read: {error}", "np.save(path, x) writes one") from None


def _unread(what: str, instead: str) -> ArgumentError:
    return ArgumentError("ADK727", what, instead=instead)
