"""Discrete Fourier transforms: of one axis or several, and of real signals.

Along one axis a transform pads or cuts its operand, and multiplies it by a matrix. That of
`fft` and `ifft` is symmetric. The others compute half of the frequencies of a real signal,
or a real signal from half of its frequencies, in which most of them stand for two:

=========  ===============================  =================
transform  its transpose
=========  ===============================  =================
`fft`      `fft`
`ifft`     `ifft`
`rfft`     `hfft`, of the cotangent         divided by counts
`ihfft`    `irfft`, of the cotangent        divided by counts
`hfft`     `rfft`, the result               times counts
`irfft`    `ihfft`, the result              times counts
=========  ===============================  =================

`norm` is the same on both sides, since nothing is conjugated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adkit.common.ops.indexing import scatter
from adkit.common.shapes import from_end
from adkit.common.verbs import linear

#: A transform along an axis counted from the end: function, number of points, axis.
Stage = tuple[Callable[..., Any], int | None, int]


def _counts(x: Any, n: int, axis: int) -> Any:
    """Return in how many of `n` frequencies of a real signal each of half of them stands."""
    counts = np.full(n // 2 + 1, 2, np.finfo(x.dtype).dtype)
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    return counts.reshape((-1,) + (1,) * (-axis - 1))


def _transposed(kind: Any, ct: Any, n: int, axis: int, norm: Any) -> Any:
    """Apply the transpose of a transform of `n` points along one axis."""
    if kind is np.fft.rfft:
        return np.fft.hfft(ct / _counts(ct, n, axis), n, axis, norm)
    if kind is np.fft.ihfft:
        return np.fft.irfft(ct / _counts(ct, n, axis), n, axis, norm)
    if kind is np.fft.hfft:
        return np.fft.rfft(ct, n, axis, norm) * _counts(ct, n, axis)
    if kind is np.fft.irfft:
        return np.fft.ihfft(ct, n, axis, norm) * _counts(ct, n, axis)
    return kind(ct, n, axis, norm)


def _fitted(ct: Any, length: int, axis: int) -> Any:
    """Cut an axis to a length, or fill it up with zeros: the transpose of doing so."""
    present = ct.shape[axis]
    if present == length:
        return ct
    part = (..., slice(min(present, length)), *(slice(None),) * (-axis - 1))
    if present > length:
        return ct[part]
    shape = list(ct.shape)
    shape[axis] = length
    return scatter(ct, part, tuple(shape), 0)


def _declare(function: Any, stages_of: Callable[..., tuple[list[Stage], Any]]) -> None:
    """Declare a transform by its stages; ``stages_of(x, ...)`` gives them and the norm."""

    def push(t: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        stages, norm = stages_of(np.shape(x), *args, **kwargs)
        for kind, n, axis in stages:
            t = kind(t, n, axis, norm)
        return t

    def transpose(ct: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        stages, norm = stages_of(x.shape, *args, **kwargs)
        shape, done = list(x.shape), []
        for kind, n, axis in stages:
            present = shape[axis]
            if n is None:
                n = 2 * (present - 1) if kind in (np.fft.irfft, np.fft.hfft) else present
            done.append((kind, n, axis, present))
            shape[axis] = n // 2 + 1 if kind is np.fft.rfft else n
        for place in reversed(range(len(done))):
            kind, n, axis, present = done[place]
            ct = _transposed(kind, ct, n, axis, norm)
            if place == 0 and x.dtype.kind == "f":
                ct = np.real(ct)  # before zeros are filled in
            ct = _fitted(ct, present, axis)
        return ct

    linear(function, transpose, push)


# ---------------------------------------------------------------- along one axis


def _single(kind: Any) -> None:
    def stages_of(
        shape: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None
    ) -> tuple[list[Stage], Any]:
        return [(kind, n, from_end(axis, len(shape)))], norm

    _declare(kind, stages_of)


for _kind in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft):
    _single(_kind)

# ---------------------------------------------------------------- along several axes


def _several(function: Any, kind: Any, kind_of_last: Any, default: Any) -> None:
    """Declare a transform of several axes, the last of which may be transformed in another way."""

    def stages_of(
        shape: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None
    ) -> tuple[list[Stage], Any]:
        ndim = len(shape)
        if axes is None:
            axes = range(-(ndim if s is None else len(s)), 0)
        axes = [from_end(axis, ndim) for axis in axes]
        lengths = [shape[axis] for axis in axes]  # as it is, also of an axis that comes twice
        if s is not None:
            lengths = [n if given == -1 else given for given, n in zip(s, lengths, strict=True)]
        elif kind_of_last is np.fft.irfft:
            lengths[-1] = 2 * (lengths[-1] - 1)
        stages = [(kind, n, axis) for n, axis in zip(lengths, axes, strict=True)]
        stages[-1:] = [(kind_of_last, n, axis) for _, n, axis in stages[-1:]]
        return stages if kind_of_last is np.fft.irfft else stages[::-1], norm

    _declare(function, stages_of)


for _function, _kind, _kind_of_last in (
    ("fft", np.fft.fft, np.fft.fft),
    ("ifft", np.fft.ifft, np.fft.ifft),
    ("rfft", np.fft.fft, np.fft.rfft),
    ("irfft", np.fft.ifft, np.fft.irfft),
):
    _several(getattr(np.fft, f"{_function}n"), _kind, _kind_of_last, None)
    _several(getattr(np.fft, f"{_function}2"), _kind, _kind_of_last, (-2, -1))

# ---------------------------------------------------------------- shifts


def _shift(function: Any, inverse: Any) -> None:
    def push(t: Any, x: Any, axes: Any = None) -> Any:
        return function(t, from_end(axes, np.ndim(x)))

    def transpose(ct: Any, x: Any, axes: Any = None) -> Any:
        return inverse(ct, from_end(axes, x.ndim))

    linear(function, transpose, push)


_shift(np.fft.fftshift, np.fft.ifftshift)
_shift(np.fft.ifftshift, np.fft.fftshift)
