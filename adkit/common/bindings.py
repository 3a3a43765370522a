"""Names bound to stand-ins for NumPy's creation functions, and bound back.

As long as anybody is inside a scope, names in Python modules that are bound to NumPy or
to one of its creation functions are bound to stand-ins, process-wide: a name has one
meaning for all threads, and the stand-in asks which thread it is in. Scopes are counted
under a lock; the last one to close binds everything back.
"""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Iterable
from importlib.machinery import ExtensionFileLoader
from types import CellType, ModuleType
from typing import Any

import numpy as np

from adkit.common.creation import STAND_INS, BufferScope

Namespace = dict[str, Any]


class _NumPy(ModuleType):
    """NumPy's namespace with stand-ins in it."""

    def refresh(self) -> None:
        """Take over what NumPy's namespace holds now."""
        vars(self).update(vars(np))
        vars(self).update(STAND_INS)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def __dir__(self) -> list[str]:
        return dir(np)


_numpy = _NumPy("numpy")
_pairs = [(np, _numpy), *((getattr(np, name), new) for name, new in STAND_INS.items())]
_stand_ins: dict[int, tuple[Any, Any]] = {id(old): (old, new) for old, new in _pairs}
_originals: dict[int, tuple[Any, Any]] = {id(new): (new, old) for old, new in _pairs}


def _is_ours(name: str) -> bool:
    return name in ("numpy", "adkit") or name in sys.stdlib_module_names


class Bindings:
    """What is bound to stand-ins at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._known: set[str] = set()
        self._compiled: set[str] = set()
        self._modules: dict[str, tuple[Namespace, int]] = {}
        self._bound: dict[int, Namespace] = {}
        self._cells: list[tuple[CellType, Any, Any]] = []
        self._import: Any = None

    def open(self, namespaces: Iterable[Namespace], cells: Iterable[CellType]) -> None:
        """Bind names to stand-ins: in Python modules, and where it is asked for."""
        with self._lock:
            self._count += 1
            if self._count == 1:
                _numpy.refresh()
                self._import, builtins.__import__ = builtins.__import__, self._imported
                self._find_modules()
            for namespace in namespaces:
                self._bind(namespace)
            for cell in cells:
                self._bind_cell(cell)

    def close(self) -> None:
        """Bind all names back, if nobody is inside a scope any more."""
        with self._lock:
            self._count -= 1
            if self._count == 0:
                if builtins.__import__ == self._imported:
                    builtins.__import__ = self._import
                self._find_modules()  # those imported meanwhile
                for cell, old, new in self._cells:
                    if cell.cell_contents is new:
                        cell.cell_contents = old
                for namespace in self._bound.values():
                    _replace(namespace, _originals)
                self._bound.clear()
                self._cells.clear()

    def covers(self, namespace: Namespace) -> bool:
        """Return whether names in the namespace of a function may be bound to stand-ins."""
        package = str(namespace.get("__name__")).partition(".")[0]
        return not (
            package in ("numpy", "adkit")
            or package in sys.stdlib_module_names
            or package in self._compiled
        )

    def _find_modules(self) -> None:
        names = sys.modules.keys() - self._known
"""
"""
