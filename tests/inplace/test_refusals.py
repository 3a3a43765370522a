"""What NumPy refuses to write, adkit refuses with the same class of exception."""

import operator

import numpy as np
import pytest

import adkit as ad

X = np.array([1.0, 2.0, 3.0])

REFUSED = {
    "too many values": lambda y: operator.setitem(y, slice(0, 2), np.zeros(3)),
    "several values for one element": lambda y: operator.setitem(y, 0, np.zeros(2)),
    "an array into its element": lambda y: operator.setitem(y, 0, y),
    "a complex number": lambda y: operator.setitem(y, 0, 1j),
    "text": lambda y: operator.setitem(y, 0, "a"),
    "too many indices": lambda y: operator.setitem(y, (0, 0), 1.0),
    "an index out of bounds": lambda y: operator.setitem(y, 3, 1.0),
    "an index array out of bounds": lambda y: operator.setitem(y, [0, 3], 1.0),
    "an index that is no integer": lambda y: operator.setitem(y, 1.5, 1.0),
    "an index array of floats": lambda y: operator.setitem(y, np.array([0.5]), 1.0),
    "a name": lambda y: operator.setitem(y, "a", 1.0),
    "a mask of another length": lambda y: operator.setitem(y, np.array([True]), 1.0),
    "values that do not fit an index array": lambda y: operator.setitem(y, [0, 1], np.zeros(3)),
    "an augmented shape": lambda y: operator.iadd(y, np.zeros((2, 3))),
    "an augmented dtype": lambda y: operator.iadd(y, 1j),
    "another shape": lambda y: setattr(y, "shape", (2,)),
    "an imaginary part": lambda y: setattr(y, "imag", 1.0),
    "an attribute that is read only": lambda y: setattr(y, "T", 1.0),
    "fill with several": lambda y: y.fill([1.0, 2.0]),
    "fill with a vector": lambda y: y.fill(np.zeros(1)),
    "sort along no axis": lambda y: y.sort(axis=3),
    "partition out of bounds": lambda y: y.partition(9),
    "flat out of bounds": lambda y: operator.setitem(y.flat, 7, 1.0),
    "put out of bounds": lambda y: np.put(y, [7], 1.0),
    "put a complex number": lambda y: np.put(y, [0], 1j),
    "putmask of another size": lambda y: np.putmask(y, [True, True], 1.0),
    "putmask a complex number": lambda y: np.putmask(y, [1, 0, 0], 1j),
    "place of another size": lambda y: np.place(y, [True, True], 1.0),
    "place nothing": lambda y: np.place(y, [True] * 3, []),
    "put_along_axis nothing": lambda y: np.put_along_axis(y, np.array([0]), np.zeros(0), 0),
    "fill_diagonal of a vector": lambda y: np.fill_diagonal(y, 1.0),
    "copyto another shape": lambda y: np.copyto(y, np.zeros(4)),
    "copyto a complex number": lambda y: np.copyto(y, 1j),
    "copyto text": lambda y: np.copyto(y, "a"),
    "copyto another dtype": lambda y: np.copyto(y, y.astype(np.longdouble), casting="safe"),
    "add.at out of bounds": lambda y: np.add.at(y, [9], 1.0),
    "add.at of other values": lambda y: np.add.at(y, [0], [1.0, 2.0]),
    "add.at without values": lambda y: np.add.at(y, [0]),
    "out of another shape": lambda y: np.add(y, 1.0, out=np.zeros_like(y)[:2]),
    "out of a sum": lambda y: np.sum(y, out=np.zeros_like(y)),
    "out of a product": lambda y: np.dot(y, y, out=y),
    "out of a running sum": lambda y: np.cumsum(y, out=y[:2]),
    "out of clip": lambda y: np.clip(y, 0.0, 1.0, out=y[:2]),
    "out of concatenate": lambda y: np.concatenate([y, y], out=y),
    "too many outs": lambda y: np.exp(y, out=(y, y)),
    "out twice": lambda y: np.exp(y, y, out=y),
    "where of another shape": lambda y: np.multiply(y, 2.0, out=y, where=[True, False]),
    "where that is larger": lambda y: np.multiply(y, 2.0, out=y, where=np.ones((2, 3), bool)),
}


@pytest.mark.parametrize("write", REFUSED.values(), ids=list(REFUSED))
def test_the_same_class_of_exception(write):
    def f(x):
        y = x * 1.0
        write(y)
        return y.sum()

    with pytest.raises(Exception, match=r".") as plain:
        f(X.copy())
    for transform in (ad.grad, ad.jacfwd):
        with pytest.raises(plain.type):
            transform(f)(X)


NOTHING = {
    "an empty index": lambda y: operator.setitem(y, [], []),
    "an empty slice": lambda y: operator.setitem(y, slice(0, 0), 7.0),
    "an empty index array": lambda y: operator.setitem(y, np.array([], int), 7.0),
    "nothing by flat": lambda y: operator.setitem(y.flat, slice(None), np.zeros(0)),
    "nothing for flat": lambda y: setattr(y, "flat", np.zeros(0)),
    "nothing by put": lambda y: np.put(y, [0], []),
    "nothing by putmask": lambda y: np.putmask(y, [True] * 3, []),
    "nothing by fill_diagonal": lambda y: np.fill_diagonal(y.reshape(1, 3), np.zeros(0)),
    "a mask of False": lambda y: operator.setitem(y, y > 9.0, y[y > 9.0]),
}


@pytest.mark.parametrize("write", NOTHING.values(), ids=list(NOTHING))
def test_what_writes_nothing_changes_nothing(write):
    def f(x):
        y = x * x
        write(y)
        return y

    expected = f(X.copy())
    for transform in (ad.jacrev, ad.jacfwd):
        assert np.array_equal(ad.vjp(f, X)[0], expected)
        assert transform(f)(X).tolist() == np.diag(2 * X).tolist()
