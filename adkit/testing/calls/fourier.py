"""Fourier transforms: more and fewer points than there are, axes in any order, every norm."""

from typing import Any

import numpy as np

from adkit.testing.domains import REAL
from adkit.testing.draws import Draw
from adkit.testing.sampling import sample

NORMS = ["ortho", "forward", "backward", None]
HALF = ("irfft", "hfft")  # of half of the frequencies, so that 1 point says nothing by default


def _single(*names: str, **options: Any) -> None:
    """Declare calls of transforms of one axis."""

    def draw(d: Draw, shortest: int) -> Any:
        x = d.array(ndim=(1, 3), shortest=shortest)
        return d.call(x, **d.some(n=[5, 2, 1, 7, 4], axis=d.axis(x), norm=NORMS))

    for name in names:
        shortest = 2 if name in HALF else 1
        sample(f"numpy.fft.{name}", **options)(lambda d, shortest=shortest: draw(d, shortest))


def _several(*names: str, **options: Any) -> None:
    """Declare calls of transforms of several axes."""

    def draw(d: Draw, name: str) -> Any:
        x = d.array(ndim=(2, 3), shortest=2 if name.startswith("irfft") else 1)
        count = d.integer(1, x.ndim)
        if name.endswith("n") and d.flag():
            return d.call(x, **d.some(norm=NORMS))
        if d.flag():
            return d.call(x, axes=d.several_axes(x.ndim, count), **d.some(norm=NORMS))
        s = tuple(d.choose(3, 4, 2, 6, -1) for _ in range(count))
        if name.startswith("irfft") and s[-1] == -1:
            s = (*s[:-1], 5)
        return d.call(x, s, d.several_axes(x.ndim, count), **d.some(norm=NORMS))

    for name in names:
        sample(f"numpy.fft.{name}", **options)(lambda d, name=name: draw(d, name))


_single("fft", "ifft", "irfft", "hfft")
_single("rfft", "ihfft", dtypes=REAL)
_several("fftn", "ifftn", "fft2", "ifft2", "irfftn", "irfft2")
_several("rfftn", "rfft2", dtypes=REAL)


@sample("numpy.fft.fftn", "numpy.fft.ifftn")
def _(d: Draw) -> Any:
    """Transform an axis twice, with other numbers of points."""
    return d.call(d.array(ndim=2, shortest=1), (4, 3, 2), (0, -1, 0), norm=d.choose(*NORMS))


@sample("numpy.fft.fftshift", "numpy.fft.ifftshift")
def _(d: Draw) -> Any:
    x = d.array(ndim=(1, 3))
    return d.call(x, **d.some(axes=[d.axes(x), np.int64(-1)]))
