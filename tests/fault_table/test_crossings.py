"""The border, crossing by crossing; rows from 113 on, which were found later."""

import math
import operator
import sys

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.sparse
import scipy.special

from adkit.common import errors
from tests.fault_table.refusals import V, refused

CROSSINGS = {
    "01 an accumulator": (lambda x: operator.iadd(np.zeros(3), x).sum(), "ADK301"),
    "02 an element of a buffer": (lambda x: np.zeros(3).__setitem__(0, x[0]), "ADK201"),
    "03 a slice of a buffer": (lambda x: np.zeros(3).__setitem__(slice(None), x), "ADK205"),
    "04 fill_diagonal": (lambda x: np.fill_diagonal(np.zeros((3, 3)), x), "ADK205"),
    "05 copyto": (lambda x: np.copyto(np.zeros(3), x), "ADK301"),
    "06 array": (lambda x: np.array([x[0], x[1]]).sum(), "ADK205"),
    "07 array of objects": (lambda x: np.array([x[0], x[1]], dtype=object).sum(), "ADK205"),
    "08 array of floats": (lambda x: np.array([x[0], 1.0], dtype=float).sum(), "ADK205"),
    "09 asarray": (lambda x: np.asarray(x).sum(), "ADK205"),
    "10 math": (lambda x: math.sin(x[0]), "ADK201"),
    "11 scipy.linalg": (lambda x: scipy.linalg.solve(np.eye(3), x).sum(), "ADK205"),
    "12 scipy.special": (lambda x: scipy.special.zetac(x).sum(), "ADK401"),
    "13 vectorize": (lambda x: np.vectorize(lambda t: t)(x).sum(), "ADK205"),
    "14 stack": (lambda x: np.stack([x[0], x[1]]).prod(), [2.0, 1.0, 0.0]),
    "15 full": (lambda x: np.full(3, x[0]).sum(), "ADK205"),
    "16 an index of an array": (lambda x: V[x[0]] * x[0], "ADK205"),
    "17 range": (lambda x: sum(x[0] for _ in range(x[0])), "ADK204"),
    "18 matrix": (lambda x: np.matrix(x).sum(), "ADK205"),
    "19 a masked array": (lambda x: np.ma.array(x).sum(), "ADK205"),
    "20 interp": (lambda x: np.interp(x / 2 + 0.75, V, V**2).sum(), [1.5, 1.5, 2.5]),
    "21 dot of an array": (lambda x: V.dot(x), "ADK205"),
    "22 fromiter": (lambda x: np.fromiter(iter([x[0], x[1]]), float).sum(), "ADK201"),
    "23 round": (lambda x: round(x[0]) * x[1], [0.0, 1.0, 0.0]),
    "24 add.at": (lambda x: np.add.at(np.zeros(3), [0, 0, 1], x), "ADK301"),
}
FOUND = {
    "113 r_": (lambda x: np.r_[x[0], x[1]].sum(), "ADK205"),
    "114 random numbers": (lambda x: np.random.default_rng(0).normal(x[0]), "ADK205"),
    "115 fill of an array": (lambda x: np.zeros(3).fill(x[0]), "ADK201"),
    "116 put into an array": (lambda x: np.zeros(3).put([0], x[0]), "ADK205"),
    "117 the start of a sum": (lambda x: V.sum(initial=x[0]), "ADK201"),
    "118 choose of an array": (lambda x: np.array([0, 1, 1]).choose([x, 2 * x]).sum(), "ADK205"),
    "119 np.choose": (lambda x: np.choose([0, 1, 1], [x, 2 * x]).sum(), [1.0, 2.0, 2.0]),
    "120 the order of a norm": (
        lambda x: np.linalg.norm(x[1:], ord=x[0] * 2.0),
        [-1.1127484, 0.5547002, 0.8320503],
    ),
    "121 a mask of weights": (lambda x: np.sum(V, where=x), "ADK208"),
    "122 a sparse matrix": (lambda x: (scipy.sparse.eye_array(3) @ x).sum(), "ADK205"),
    "123 a sparse matrix on the right": (lambda x: (x @ scipy.sparse.eye_array(3)).sum(), "ADK205"),
    "124 a file": (lambda x: np.savetxt(sys.stdout, x), "ADK401"),
    "125 an integrand": (lambda x: scipy.integrate.quad(lambda t: t * x[0], 0, 1)[0], "ADK201"),
    "126 a polynomial": (lambda x: np.polynomial.Polynomial(x)(2.0), "ADK205"),
    "127 the bounds of a slice": (lambda x: V[: x[0]].sum() * x[0], "ADK204"),
    "128 math.fsum": (lambda x: math.fsum(x), "ADK201"),
    "129 a count of steps": (lambda x: np.arange(0.0, x[0]).sum(), "ADK205"),
    "130 a list of numbers": (lambda x: sum(x.tolist()), "ADK201"),
    "131 ufuncs of Python functions": (lambda x: np.frompyfunc(abs, 1, 1)(x).sum(), "ADK401"),
    "132 windows of an array that is written": (lambda x: written(x, windows).sum(), [2, 2, 0]),
    "133 a copy in another order": (lambda x: written(x, in_other_order).sum(), [0.0, 2.0, 2.0]),
    "134 the second of several views": (lambda x: written(x, second_view).sum(), [1.0, 0.0, 0.0]),
    "135 x.flat as a target": (lambda x: setattr(x, "flat", x[1:]) or x.sum(), [0.0, 1.0, 2.0]),
    "136 a concatenation over its own parts": (
        lambda x: np.concatenate([x[1:], x[:1]], out=x).sum(),
        [0.0, 2.0, 1.0],
    ),
    "137 an element of a matrix": (lambda x: x[0] * (2.0 in x[None]), [1.0, 0.0, 0.0]),
}


def written(x, make):
    """Return what is made of an array, after its last element was made equal to its first."""
    made = make(x)
    x[2] = x[0]
    return made


def windows(x):
    return np.lib.stride_tricks.sliding_window_view(x, 2)


def in_other_order(x):
    return np.asarray(np.stack([x, x]), order="F", like=x)[:, 1:]


def second_view(x):
    return np.meshgrid(x[:1], x[2:], sparse=True, copy=False)[1]


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize(("f", "expected"), CROSSINGS.values(), ids=list(CROSSINGS))
def test_crossing(gradient, f, expected):
    check_crossing(gradient(f), expected)


@pytest.mark.parametrize(("f", "expected"), FOUND.values(), ids=list(FOUND))
def test_row(gradient, f, expected):
    check_crossing(gradient(f), expected)


def check_crossing(gradient, expected):
    if isinstance(expected, list):
        assert gradient(V) == pytest.approx(np.array(expected))
    else:
        refused(errors.declared()[expected], expected, gradient, V)
