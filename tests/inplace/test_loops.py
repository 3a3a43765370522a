"""Loops over arrays that they write: recurrences, stencils, eliminations, sorting."""

import types

import numpy as np
import pytest

from tests.inplace.agreement import check_program

X = np.array([0.7, 1.9, 0.4, 1.3])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


@program
def ndindex(x):
    y = x.reshape(2, 2) * 1.0
    for i in np.ndindex(y.shape):
        y[i] = y[i] ** 2 + x[0]
    return y.ravel()


@program
def recurrence(x):
    y = x * 1.0
    for i in range(1, 4):
        y[i] = y[i - 1] * y[i] + x[0]
    return y


@program
def rows_as_views(x):
    u = np.zeros_like(x, shape=(3, 4))
    u[0] = x
    for i in range(1, 3):
        r = u[i]
        r[1:-1] = u[i - 1][:-2] * u[i - 1][2:]
        r[0] = u[i - 1, 0]
        r[-1] = u[i - 1, -1] * x[0]
    return u.sum(0)


@program
def stencil(x):
    u = np.zeros_like(x, shape=(6,))
    u[1:-1] = x
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


@program
def stencil_in_its_own_values(x):
    u = x * 1.0
    for _ in range(3):
        u[1:] -= u[:-1] * x[0]
    return u


@program
def gauss_seidel(x):
    A = np.array([[4.0, 1, 0, 0], [1, 4, 1, 0], [0, 1, 4, 1], [0, 0, 1, 4]])
    u = np.zeros_like(x)
    for _ in range(3):
        for i in range(4):
            u[i] = (x[i] - A[i, :i] @ u[:i] - A[i, i + 1 :] @ u[i + 1 :]) / A[i, i]
    return u


@program
def elimination(x):
    A = np.outer(x, x) + np.diag(3 + x)
    for k in range(3):
        A[k + 1 :, k] /= A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])
    return np.diag(A)


@program
def bubble_sort(x):
    y = x * 1.0
    for i in range(4):
        for j in range(3 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return y * x


@program
def in_a_list(x):
    arrays = [x * 1.0, x * 2.0]
    for a in arrays:
        a *= a
    arrays[0][1:] = arrays[1][:-1]
    return arrays[0] + arrays[1]


@program
def attribute(x):
    state = types.SimpleNamespace(array=x * 1.0)
    state.array -= 0.5
    state.array[1] = state.array[2]
    return state.array * x


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)
