"""Functions of NumPy that have no rule, and why: on traced values they raise."""

from __future__ import annotations

__all__ = ["REFUSED"]

#: Names by the reason.
REFUSED: dict[str, tuple[str, ...]] = {
    "of whole numbers": (
        *("bitwise_and", "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not"),
        *("bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd", "invert", "lcm"),
        *("left_shift", "right_shift", "packbits", "ravel_multi_index", "unpackbits"),
        "unravel_index",
    ),
    "of dates": ("busday_count", "busday_offset", "datetime_as_string", "is_busday", "isnat"),
    "gone from NumPy 2.4, np.isin stands for it": ("in1d",),
    "of files, where a derivative would be lost": (
        *("save", "savetxt", "savez", "savez_compressed"),
    ),
    "calls a Python function element by element; write it with NumPy's functions": (
        *("vectorize", "frompyfunc"),
    ),
}
