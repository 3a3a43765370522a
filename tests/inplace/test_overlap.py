"""Writes whose source lies in the memory that they write into: as NumPy reads it.

NumPy mostly takes a copy first; ``np.concatenate``, ``np.stack``, ``np.ptp``, masks,
``x.flat`` and ``np.place`` read what they have just written. Each write changes `y`, a
vector of twelve elements.
"""

import numpy as np
import pytest

import adkit as ad
from tests.inplace.agreement import check_program

X = np.linspace(0.3, 2.5, 12)
SOME = np.arange(11) % 3 > 0
MASK = np.arange(12) % 3 > 0


def square(y):
    return y[:9].reshape(3, 3)


def table(y):
    return y.reshape(3, 4)


FUNCTIONS = {
    "einsum": lambda y: np.einsum("i->i", y[::-1], out=y),
    "einsum of two": lambda y: np.einsum("i,i->i", y[:-1], y[:-1], out=y[1:]),
    "dot": lambda y: np.dot(square(y), y[:3], out=y[1:4]),
    "matmul": lambda y: np.matmul(square(y), y[1:10].reshape(3, 3), out=y[2:11].reshape(3, 3)),
    "take": lambda y: np.take(y, [3, 2, 1, 0], out=y[:4]),
    "take with wrap": lambda y: np.take(y, [3, 2, 1, 0], out=y[:4], mode="wrap"),
    "choose": lambda y: np.choose([1, 0, 1, 0], [y[:4], y[2:6]], out=y[1:5]),
    "compress": lambda y: np.compress([1, 1, 1, 0], y[:4], out=y[1:4]),
    "cumsum": lambda y: np.cumsum(y[:-1], out=y[1:]),
    "cumprod": lambda y: np.cumprod(y[1:], out=y[:-1]),
    "clip": lambda y: np.clip(y[:-1], 0.41, y[1:] * 0.9, out=y[1:]),
    "sum": lambda y: np.sum(table(y), axis=0, out=y[2:6]),
    "mean": lambda y: np.mean(table(y), axis=0, out=y[2:6]),
    "std": lambda y: np.std(table(y), axis=0, out=y[2:6]),
    "var": lambda y: np.var(table(y), axis=0, out=y[:4]),
    "ptp": lambda y: np.ptp(table(y), axis=0, out=y[:4]),
    "max": lambda y: np.max(table(y), axis=0, out=y[:4]),
    "prod": lambda y: np.prod(table(y), axis=0, out=y[:4]),
    "trace": lambda y: np.trace(square(y), out=y[3:4].reshape(())),
    "concatenate": lambda y: np.concatenate([y[1:6], y[:1]], out=y[:6]),
    "concatenate flat": lambda y: np.concatenate(
        [y[:4].reshape(2, 2), y[2:6].reshape(2, 2)], axis=None, out=y[1:9]
    ),
    "concatenate columns": lambda y: np.concatenate(
        [y[:4].reshape(2, 2), y[2:6].reshape(2, 2)], axis=1, out=y[1:9].reshape(2, 4)
    ),
    "stack": lambda y: np.stack([y[:3], y[2:5]], out=y[1:7].reshape(2, 3)),
    "stack columns": lambda y: np.stack([y[:3], y[2:5]], axis=1, out=y[1:7].reshape(3, 2)),
    "add": lambda y: np.add(y[:-1], y[1:], out=y[1:]),
    "add where": lambda y: np.add(y[:-1], y[1:], out=y[1:], where=SOME),
    "add.accumulate": lambda y: np.add.accumulate(y[:-1], out=y[1:]),
    "add.reduce": lambda y: np.add.reduce(table(y), out=y[3:7]),
    "add.at": lambda y: np.add.at(y, [1, 2, 3, 4], y[:4]),
    "add.at with repeats": lambda y: np.add.at(y[1:], [1, 2, 3, 1], y[:4]),
    "multiply.at": lambda y: np.multiply.at(y, [1, 2, 3, 4], y[:4]),
}
ASSIGNMENTS = {
    "copyto": lambda y: np.copyto(y[1:], y[:-1]),
    "copyto where": lambda y: np.copyto(y[1:], y[:-1], where=SOME),
    "put": lambda y: np.put(y, [1, 2, 3, 4], y[:4]),
    "put over and over": lambda y: np.put(y, [1, 2, 3, 4], y[:3]),
    "put into a view": lambda y: np.put(y[::2], [1, 2, 3, 4], y[:4]),
    "putmask": lambda y: np.putmask(y[1:], SOME, y[:-1]),
    "putmask over and over": lambda y: np.putmask(y[1:], SOME, y[:4]),
    "place": lambda y: np.place(y, MASK, y[:4]),
    "put_along_axis": lambda y: np.put_along_axis(y, np.array([1, 2, 3, 4]), y[:4], 0),
    "put_along_axis flat": lambda y: np.put_along_axis(y, np.array([1, 2, 3, 4]), y[:4], None),
    "fill_diagonal": lambda y: np.fill_diagonal(square(y), y[:3]),
    "fill": lambda y: y.fill(y[3]),
    "sort": lambda y: y[::-1].sort(),
    "flat slice": lambda y: table(y).flat.__setitem__(slice(1, 5), y[:4]),
    "flat index": lambda y: y.flat.__setitem__([1, 2, 3, 4], y[:4]),
    "flat attribute": lambda y: setattr(y, "flat", y[:4]),
    "flat transposed": lambda y: setattr(table(y), "flat", table(y).T),
    "slice": lambda y: y.__setitem__(slice(1, None), y[:-1]),
    "slice reversed": lambda y: y.__setitem__(slice(None), y[::-1]),
    "transpose": lambda y: square(y).__setitem__(..., square(y).T),
    "broadcast": lambda y: table(y).__setitem__(..., y[2:6]),
    "index array": lambda y: y.__setitem__([1, 2, 3, 4], y[:4]),
    "index array with repeats": lambda y: y.__setitem__([1, 2, 2, 1], y[:4]),
    "mask": lambda y: y.__setitem__(MASK, y[:8]),
    "row mask": lambda y: table(y).__setitem__([True, False, True], y[1:9].reshape(2, 4)),
    "augmented": lambda y: y[1:].__iadd__(y[:-1]),
    "augmented reversed": lambda y: y.__imul__(y[::-1]),
    "augmented matmul": lambda y: square(y).__imatmul__(square(y)),
}


@pytest.mark.parametrize(
    "write", [*FUNCTIONS.values(), *ASSIGNMENTS.values()], ids=[*FUNCTIONS, *ASSIGNMENTS]
)
def test_source_and_target_overlap(write):
    def f(x):
        y = x * 1.0
        write(y)
        return y

    check_program(f, X)


def test_a_diagonal_reads_what_it_has_just_written():
    def program(x):
        view = x.swapaxes(0, -1)[1:]
        np.fill_diagonal(view, x)
        return x * 1.0

    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    expected = program(x.copy())
    for value in (
        ad.jvp(program, (x,), (np.ones_like(x),))[0],
        ad.vjp(program, x)[0],
    ):
        assert np.array_equal(value, expected)
