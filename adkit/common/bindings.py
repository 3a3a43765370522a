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
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from adkit.common.creation import STAND_INS, makes_buffers

__all__ = ["bindings"]

Namespace = dict[str, Any]


class _NumPy(ModuleType):
    """NumPy's namespace with stand-ins in it."""

    def refresh(self) -> None:
        """Take over what NumPy's namespace holds now."""
        vars(self).update(vars(np))
        vars(self).update(STAND_INS)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(np, name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        delattr(np, name)
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return dir(np)


_numpy = _NumPy("numpy")
_pairs = [(np, _numpy), *((getattr(np, name), new) for name, new in STAND_INS.items())]
#: By id; the pairs keep both alive, so an id means one object.
_new_by_id = {id(old): new for old, new in _pairs}
_old_by_id = {id(new): old for old, new in _pairs}


class Names:
    """The names in a namespace that are bound to NumPy, to its functions or to stand-ins."""

    __slots__ = ("found", "namespace", "size")

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.found: list[str] = []
        self.size = -1

    def bind(self, by_id: dict[int, Any]) -> None:
        """Bind them to what `by_id` has for their values."""
        namespace = self.namespace
        if len(namespace) != self.size:
            items = list(namespace.items())
            self.found = [k for k, v in items if id(v) in _new_by_id or id(v) in _old_by_id]
            self.size = len(namespace)
        for name in self.found:
            value = by_id.get(id(namespace.get(name)))
            if value is not None:
                namespace[name] = value


class Bindings:
    """What is bound to stand-ins at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._seen: set[str] = set()
        self._compiled: set[str] = set()
        self._modules: dict[str, tuple[ModuleType, Names]] = {}
        self._others: dict[int, Names] = {}
        self._cells: list[CellType] = []
        self._import: Any = None
        self._hook = self._imported

    def open(self, namespaces: Iterable[Namespace], functions: Iterable[FunctionType]) -> None:
        """Bind names to stand-ins.

        Parameters
        ----------
        namespaces : iterable of dict
            Where names are bound in any case.
        functions : iterable of functions
            In whose namespaces and enclosing variables they are bound, where in all
            modules: outside of compiled packages.
        """
        with self._lock:
            self._count += 1
            if self._count == 1:
                _numpy.refresh()
                if self._import is None:
                    self._import, builtins.__import__ = builtins.__import__, self._hook
                self._find_modules()
                for _, names in self._modules.values():
                    names.bind(_new_by_id)
            for namespace in namespaces:
                self._bind(namespace)
            for function in functions:
                if self._covers(function.__globals__):
                    self._bind(function.__globals__)
                    for cell in function.__closure__ or ():
                        if _bind_cell(cell, _new_by_id):
                            self._cells.append(cell)

    def close(self) -> None:
        """Bind all names back, if nobody is inside a scope any more."""
        with self._lock:
            self._count -= 1
            if self._count:
                return
            if builtins.__import__ is self._hook:
                builtins.__import__, self._import = self._import, None
            self._find_modules()  # also those that were imported meanwhile
            for _, names in self._modules.values():
                names.bind(_old_by_id)
            for names in self._others.values():
                names.bind(_old_by_id)
            self._others.clear()
            for cell in self._cells:
                _bind_cell(cell, _old_by_id)
            self._cells.clear()

    def _bind(self, namespace: Namespace) -> None:
        names = self._others.setdefault(id(namespace), Names(namespace))
        names.bind(_new_by_id)

    def _covers(self, namespace: Namespace) -> bool:
        """Return whether names in a namespace may be bound to stand-ins."""
        package = str(namespace.get("__name__")).partition(".")[0]
        ours = package in ("numpy", "adkit") or package in sys.stdlib_module_names
        return not ours and package not in self._compiled

    def _find_modules(self) -> None:
        """Note the modules that were imported since the last time."""
        replaced = [
            name
            for name, (module, _) in self._modules.items()
            if sys.modules.get(name) is not module
        ]
        for name in replaced:
            del self._modules[name]
            self._seen.discard(name)
        found = {name: sys.modules.get(name) for name in sys.modules.keys() - self._seen}
        self._seen |= found.keys()
        self._compiled |= {name.partition(".")[0] for name in found if _is_compiled(found[name])}
        for name, module in found.items():
            if isinstance(module, ModuleType) and self._covers({"__name__": name}):
                # not vars(): that would load a module that loads itself on use
                namespace = object.__getattribute__(module, "__dict__")
                self._modules[name] = module, Names(namespace)

    def _imported(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        """Import as Python does; inside a scope, NumPy with stand-ins."""
        module = self._import(name, globals, locals, fromlist, level)
        if module is not np or globals is None or not makes_buffers():
            return module
        return _numpy if id(globals) in self._others or self._covers(globals) else np


def _is_compiled(module: Any) -> bool:
    spec = getattr(module, "__spec__", None) if isinstance(module, ModuleType) else None
    return isinstance(getattr(spec, "loader", None), ExtensionFileLoader)


def _bind_cell(cell: CellType, by_id: dict[int, Any]) -> bool:
    """Bind a variable of an enclosing function; return whether that changed it."""
    try:
        value = by_id.get(id(cell.cell_contents))
    except ValueError:  # it has no value at the moment
        return False
    if value is not None:
        cell.cell_contents = value
    return value is not None


bindings = Bindings()
