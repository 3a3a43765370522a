"""The closed border: what would turn a traced value into plain numbers is refused.

A derivative is carried or refused, never lost. `adkit.value` is the way out on purpose.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, NoReturn

from adkit.common.errors import DetachError, MemoryAccessError
from adkit.common.remedies import remedy


class Border:
    """What a traced value refuses to become: an array, a number, an index, a pickle."""

    __slots__ = ()

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        if sys._getframe(1).f_code.co_qualname.startswith("vectorize."):
            raise DetachError(
                "ADK205",
                "numpy.vectorize asked for the plain numbers of a traced value; its derivative "
                "would be lost",
                instead="write the function for whole arrays, or call it for each element: "
                "np.stack([f(element) for element in x]); adkit.value(x) for a constant",
            )
        raise DetachError(
            "ADK205",
            "the plain numbers of a traced value were asked for; its derivative would be lost",
            instead=remedy()
            or "use a NumPy function that has a rule (python -m adkit ops); np.stack, "
            "np.zeros_like(x) or adkit.traced_buffers to make arrays of traced values; "
            "s.to_numpy() of a pandas object; adkit.value(x) for a constant",
        )

    def __float__(self) -> NoReturn:
        raise DetachError(
            "ADK201",
            "a traced value cannot become a float, its derivative would be lost",
            instead="use numpy functions instead of math's; instead of filling a plain array "
            "np.stack, np.zeros_like(x) or adkit.traced_buffers; adkit.value(x) for a constant",
        )

    def __int__(self) -> NoReturn:
        raise DetachError(
            "ADK202",
            "a traced value cannot become an int, its derivative would be lost",
            instead="write int(adkit.value(x)) for a constant",
        )

    def __trunc__(self) -> NoReturn:
        self.__int__()

    def __complex__(self) -> NoReturn:
        raise DetachError(
            "ADK203",
            "a traced value cannot become a Python complex, its derivative would be lost",
            instead="write x + 0j, or adkit.value(x) for a constant",
        )

    def __index__(self) -> NoReturn:
        raise DetachError(
            "ADK204",
            "a traced value cannot be an index",
            instead="write int(adkit.value(i)): an index has no derivative",
        )

    def __hash__(self) -> NoReturn:
        raise DetachError(
            "ADK211",
            "a traced value is unhashable, it cannot be a key or an element of a set",
            instead="use float(adkit.value(x)) as the key",
        )

    def tolist(self) -> NoReturn:
        """Refuse: the derivative would be lost."""
        self.__float__()

    def __reduce__(self) -> NoReturn:
        raise DetachError(
            "ADK210",
            "a traced value cannot be pickled: it has a meaning only inside its transform",
            instead="pickle adkit.value(x)",
        )


def refuse_memory(name: str) -> NoReturn:
    """Refuse an attribute that would give the memory of a traced value away."""
    raise MemoryAccessError(
        "ADK212",
        f"a traced value has no {name}: memory carries no derivative",
        instead="use reshape, np.resize, astype or a slice, or adkit.value(x) for a constant",
    )


#: Attributes of arrays that read, write or rearrange their bytes.
OF_MEMORY = (
    *("ctypes", "data", "getfield", "setfield", "setflags", "byteswap", "resize"),
    *("tobytes", "tofile", "dump", "dumps"),
)

for _name in OF_MEMORY:
    setattr(Border, _name, property(functools.partial(lambda name, _: refuse_memory(name), _name)))
