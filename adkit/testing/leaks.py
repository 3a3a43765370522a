"""What a piece of code leaves behind: traced values, changed arrays, garbage."""

from __future__ import annotations

import gc
import itertools
import sys
import weakref
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType
from typing import Any

import numpy as np

from adkit.common.containers import flatten
from adkit.common.levels import Level
from adkit.common.tracer import Tracer

__all__ = ["Leaks"]


class Leaks:
    """Looks for what is left behind by the code of a block.

    Traced values (`adkit.Node`, `adkit.Dual`) and tapes that are still alive, arrays that
    were changed, and cycles that only the garbage collector frees, if they hold arrays or
    belong to adkit. What exceptions that pytest caught hold does not count, nor what the
    import of another package leaves.

    Examples
    --------
    >>> import adkit, numpy as np
    >>> from adkit.testing.leaks import Leaks
    >>> kept = []
    >>> leaks = Leaks()
    >>> x = leaks.watch(np.ones(2))
    >>> with leaks.collecting():
    ...     g = adkit.grad(lambda x: kept.append(x) or x @ x)(x)
    >>> print(leaks.found()[0].strip())
    a Node is still alive, held by a list: Node(array([1., 1.]))
    """

    def __init__(self) -> None:
        self._watched: list[tuple[Any, bytes, bool]] = []
        self._known: dict[int, weakref.ref[Any]] = {}
        self._left: list[str] = []

    def watch(self, *trees: Any) -> Any:
        """Remember arrays, to see later whether they were changed.

        Parameters
        ----------
        *trees : array, or container of arrays and anything else
            What is no array of numbers is passed over.

        Returns
        -------
        the argument, or a tuple of all
        """
        for tree in trees:
            for x in flatten(tree)[0]:
                if isinstance(x, np.ndarray) and not x.dtype.hasobject:
                    self._watched.append((x, x.tobytes(), x.flags.writeable))
        return trees[0] if len(trees) == 1 else trees

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Run code; garbage is not freed before the end of the block.

        If the block raises, nothing is looked for: its frames are still alive.
        """
        modules = {*sys.modules}
        gc.collect()
        self._known = {id(x): weakref.ref(x) for x in _traced()}
        enabled = gc.isenabled()
        gc.disable()
        try:
            yield
            self._left = [*_of_garbage(sys.modules.keys() - modules), *self._alive()]
        finally:
            if enabled:
                gc.enable()

    def found(self) -> list[str]:
        """Return a line for each thing that is left, none if nothing is."""
        return [f"  {line}" for line in (*self._left, *self._changed())]

    def _alive(self) -> list[str]:
        left = [x for x in _traced() if id(x) not in self._known or self._known[id(x)]() is not x]
        lines = []
        for x in itertools.islice(left, 3):
            holder, shown = _holder(x, left), f": {_short(x)}" if isinstance(x, Tracer) else ""
            lines.append(f"a {type(x).__name__} is still alive, held by {holder}{shown}")
        if len(left) > 3:
            lines.append(f"and {len(left) - 3} more traced values and tapes are alive")
        return lines

    def _changed(self) -> list[str]:
        lines = []
        for x, before, writeable in self._watched:
            if x.tobytes() != before:
                was = _short(np.frombuffer(before, x.dtype).reshape(x.shape))
                lines.append(f"an array that was {was} is now {_short(x)}")
            if x.flags.writeable != writeable:
                now = "writeable" if x.flags.writeable else "read-only"
                lines.append(f"an array of shape {x.shape} was made {now}")
        return lines


def _traced() -> list[Any]:
    """Return all traced values and tapes that are alive, values first."""
    everything = gc.get_objects()
    kinds = {kind for kind in map(type, everything) if issubclass(kind, (Tracer, Level))}
    found = [x for x in everything if type(x) in kinds]
    tapes = [x for x in found if isinstance(x, Level) and x.number]  # that of constants is 0
    return [*(x for x in found if isinstance(x, Tracer)), *tapes]


def _of_garbage(imported: Collection[str]) -> list[str]:
    """Collect garbage, and return a line if some of it matters."""
    flags, before = gc.get_debug(), len(gc.garbage)
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        garbage = gc.garbage[before:]
        del gc.garbage[before:]
    finally:
        gc.set_debug(flags)
    kinds = Counter(type(x).__name__ for x in _unexplained(garbage, imported) if _matters(x))
    if garbage:
        del garbage
        gc.collect()
    if not kinds:
        return []
    told = ", ".join(f"{count} {name}" for name, count in kinds.most_common(5))
    return [f"cycles that only the garbage collector frees hold arrays or traced values: {told}"]


def _unexplained(garbage: list[Any], imported: Collection[str]) -> list[Any]:
    """Return garbage that is not due to exceptions that pytest caught, or to imports."""

    def is_due(x: Any) -> bool:
        module = str(_owner(x).__module__)
        return module.startswith("_pytest.") or (module in imported and not _is_ours(x))

    mine = {id(x): x for x in garbage}
    waiting = [x for x in garbage if is_due(x)]
    while waiting:
        x = waiting.pop()
        if mine.pop(id(x), None) is not None:
            waiting += gc.get_referents(x)
    return [*mine.values()]


def _owner(x: Any) -> Any:
    """Return what says which module an object belongs to."""
    return x if isinstance(x, (type, FunctionType)) else type(x)


def _is_ours(x: Any) -> bool:
    return f"{_owner(x).__module__}.".startswith("adkit.")


def _matters(x: Any) -> bool:
    """Return whether garbage belongs to adkit, or holds an array."""
    return _is_ours(x) or any(isinstance(inner, np.ndarray) for inner in gc.get_referents(x))


def _holder(x: Any, mine: list[Any]) -> str:
    """Return what holds an object, apart from a list: the name of a variable, if there is one."""
    kinds = []
    for holder in gc.get_referrers(x):
        if holder is mine or isinstance(holder, FrameType):
            continue
        if isinstance(holder, dict) and "__name__" in holder:
            return f"{holder['__name__']}.{_key_of(holder, x)}"
        kinds.append(f"a {type(holder).__name__}")
    return kinds[0] if kinds else "nothing that can be named"


def _key_of(holder: dict[str, Any], x: Any) -> str:
    for key, value in holder.items():
        if value is x:
            return key
    return "?"


def _short(x: Any) -> str:
    text = " ".join(repr(x).split())
    return text if len(text) <= 60 else f"{text[:56]} ..."
