"""Evenly spaced numbers between traced ends."""

from typing import Any

from adkit.testing.draws import Draw
from adkit.testing.sampling import sample


def _ends(d: Draw, low: float = -2, high: float = 2) -> Any:
    shape = d.shape(0, 2)
    ends = [d.array(shape, low, high), d.array(d.partner(shape), low, high)]
    return ends if d.flag() else ends[::-1]


def _options(d: Draw) -> Any:
    return d.some(num=[0, 1, 2, 5], endpoint=[False], axis=[-1])


@sample("numpy.linspace")
def _(d: Draw) -> Any:
    options = _options(d) or {"num": 3}
    steps = d.some(retstep=[True]) if options.get("num", 50) > 1 else {}
    return d.call(*_ends(d), **options, **steps)


@sample("adkit.common.ops.ranges._spaced")
def _(d: Draw) -> Any:
    return d.call(*_ends(d), d.choose(3, 0, 1, 2, 5), d.flag(), None, d.choose(0, -1))


@sample("numpy.geomspace", dtypes="fdgFD")
def _(d: Draw) -> Any:
    return d.call(*_ends(d, 0.5), **_options(d) or {"num": 3})


@sample("numpy.logspace")
def _(d: Draw) -> Any:
    base = d.choose(2.0, d.numbers((2,), 1, 3) if d.dtype.kind == "f" else 2.0)
    start, stop = d.numbers((2,)), d.numbers(())[()]
    return d.call(start, stop, **_options(d) or {"num": 3}, **d.some(base=[base]))


@sample("adkit.common.ops.ranges._logspace")
def _(d: Draw) -> Any:
    base = d.array((2,), 1, 3)
    return d.call(
        d.array((2,)), d.array((2,)), base, d.choose(1, 3), d.flag(), None, d.choose(0, -1)
    )
