"""The methods of arrays that a traced array has, besides those that NumPy's functions give it."""

from __future__ import annotations

from typing import Any

import numpy as np

from adkit.common.border import Border, refuse_memory
from adkit.common.errors import DetachError
from adkit.common.ops.casting import cast
from adkit.common.ufuncs import plain
from adkit.common.writers import WRITERS, Flat

__all__ = ["ArrayMethods"]


class ArrayMethods(Border):
    """Methods of arrays, in terms of NumPy's functions and of writes."""

    __slots__ = ()

    value: Any

    @property
    def size(self) -> int:
        """Number of elements."""
        raise NotImplementedError

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotImplementedError

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", **options: Any) -> Any:
        """Return a copy in another dtype; a cast to integers or bools has no derivative."""
        dtype = np.dtype(dtype)
        if dtype.kind not in "fciub":
            raise DetachError(
                "ADK206",
                f"a traced value cannot become one of dtype {dtype}, its derivative would be lost",
                instead="write adkit.value(x).astype(...) for a constant",
            )
        if dtype.kind not in "fc":
            return plain(self).astype(dtype, order, casting, **options)
        np.empty(0, self.dtype).astype(dtype, casting=casting)  # NumPy's errors and warnings
        result = cast(self, dtype)
        if not isinstance(plain(self), np.ndarray):
            return result
        if result is self and not options.get("copy", True):
            return np.asarray(self, order=order, like=self)
        return np.copy(result, order=order) if result is self or order != "K" else result

    def copy(self, order: Any = "C") -> Any:
        """Return a copy."""
        return np.copy(self, order=order) if isinstance(plain(self), np.ndarray) else self[()]

    def __copy__(self) -> Any:
        return self.copy("K")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy("K")

    def view(self, dtype: Any = None, type: Any = np.ndarray) -> Any:
        """Return a view of the array, which has its dtype and type."""
        if dtype in (None, np.ndarray, self.dtype) and type is np.ndarray:
            return self[...]
        return refuse_memory("view in another dtype or type")

    def flatten(self, order: str = "C") -> Any:
        """Return a copy in one dimension."""
        flat: Any = np.ravel
        return np.copy(flat(self, order=order))

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """Return the elements in another shape."""
        if not shape:
            raise TypeError("reshape() takes exactly 1 argument (0 given)")  # as NumPy says
        reshape: Any = np.reshape
        return reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes: Any) -> Any:
        """Return the array with its axes permuted."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def item(self, *index: Any) -> Any:
        """Return one element as a traced scalar."""
        if not index and self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        if len(index) == 1 and isinstance(index[0], tuple):
            index = index[0]
        if len(index) > 1:
            if len(index) != np.ndim(self):
                raise ValueError("incorrect number of indices for array")  # as NumPy says
            return self[index]
        return self.flatten()[index[0] if index else 0]

    def __round__(self, digits: int | None = None) -> Any:
        if isinstance(plain(self), np.ndarray):
            raise TypeError(f"type {type(self).__name__} doesn't define __round__ method")
        return round(plain(self)) if digits is None else np.round(self, digits)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    # ------------------------------------------------------------ what asks about memory

    @property
    def device(self) -> str:
        """Where the memory is: "cpu"."""
        return "cpu"

    def to_device(self, device: Any, /, *, stream: None = None) -> Any:
        """Return the array itself, which is on the only device there is."""
        np.empty(0).to_device(device, stream=stream)  # NumPy's error
        return self

    @property
    def flags(self) -> Any:
        """How the memory is laid out; to change that changes nothing here."""
        return plain(self)[...].flags if isinstance(plain(self), np.ndarray) else plain(self).flags

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
        """Return the elements, between bounds."""
        return np.clip(self, min, max, out, **kwargs)

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """Return the parts along an axis for which a condition holds."""
        return np.compress(condition, self, axis, out)

    def conjugate(self) -> Any:
        """Return the complex conjugate, of a real array itself."""
        return np.conjugate(self) if self.dtype.kind == "c" else self

    conj = conjugate

    # ------------------------------------------------------------ methods that write

    @property
    def flat(self) -> Flat:
        """The elements one after the other, to be read and written."""
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        self.flat.assign(value)

    def fill(self, value: Any) -> None:
        """Write one value into all elements."""
        if np.ndim(value):
            raise ValueError("setting an array element with a sequence.")  # as NumPy says
        self[...] = value

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values to flat positions."""
        WRITERS[np.put](self, indices, values, mode)

    def sort(self, axis: int = -1, kind: Any = None, **kwargs: Any) -> None:
        """Sort in place; the derivative is that of the permutation."""
        self[...] = np.sort(self, axis, kind, **kwargs)

    def partition(self, kth: Any, axis: int = -1, **kwargs: Any) -> None:
        """Partition in place; the derivative is that of the permutation."""
        self[...] = np.partition(self, kth, axis, **kwargs)
