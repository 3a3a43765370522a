"""What creation functions give, in unchanged code inside `adkit.traced_buffers`."""

import numpy as np
import pytest
from numpy import array as make_array
from numpy import c_, full, linspace, r_, zeros_like

import adkit as ad
from tests.inplace.agreement import check_program

X = np.array([0.7, 1.9, 0.4, 1.3])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = ad.traced_buffers(f)
    return f


@program
def full_of_a_traced_value(x):
    a = np.full(3, x[0])
    a[1] = x[1]
    return a * a


@program
def full_of_a_traced_row(x):
    a = full((2, 2), x[:2])
    a[1] = x[2:]
    return a.ravel()


@program
def row_concatenation(x):
    a = r_[x[0], 2.0, x[1:3]]
    b = np.r_[a, 0:3]
    return b * b


@program
def column_concatenation(x):
    a = c_[x, x * x]
    return a.ravel()


@program
def array_of_a_list(x):
    a = make_array([x[0], 1.0, x[1] * x[2]])
    a[1] = a[0]
    return a * a


@program
def array_of_nested_lists(x):
    a = np.array([[x[0], 0], [0.0, x[1]]])
    return (a @ a).ravel()


@program
def asarray(x):
    a = np.asarray([x[0], x[1]])
    b = np.asarray(x)
    b[0] = 3 * b[1]
    return a * x[:2]


@program
def hstack(x):
    return np.hstack([x[0], 1.0, np.zeros(2), x[1:]])


@program
def append(x):
    A = np.zeros(2)
    A = np.append(A, x[0])
    A = np.insert(A, 0, x[1])
    A[1] = x[2]
    return A


@program
def linspace_is_filled(x):
    A = linspace(0, 1, 4)
    A[1:] *= x[1:]
    return A * x


@program
def arange(x):
    A = np.arange(4.0)
    A[::2] = x[:2]
    return A * x


@program
def integers_stay_plain(x):
    i = np.arange(4)
    return x[i] * i


@program
def integer_buffers_stay_plain(x):
    i = np.zeros(4, int)
    i[0] = 3
    return x[i]


@program
def ones_like(x):
    A = np.ones_like(x)
    A[0] = x[1]
    B = zeros_like(np.zeros(3))
    B[:] = x[:3]
    return A[:3] * B


@program
def meshgrid(x):
    X, Y = np.meshgrid(np.linspace(0, 1, 2), np.linspace(0, 1, 2))
    Z = np.zeros_like(X)
    Z[:] = X * x[0] + Y * x[1]
    return Z.ravel()


@program
def copies(x):
    A = np.zeros(3)
    B = A.copy()
    B[0] = x[0]
    A[1] = x[1]
    return A + B


@program
def array_of_a_comprehension(x):
    return np.array([x[i] * x[j] for i in range(2) for j in range(2)])


@program
def array_of_nested_comprehensions(x):
    return np.array([[x[i] * x[j] for i in range(2)] for j in range(2)]).ravel()


@program
def concatenation_of_buffers(x):
    A = np.zeros(2)
    B = np.zeros(2)
    A[0] = x[0]
    return np.concatenate([A, B, x])


@program
def kron(x):
    A = np.identity(2)
    A[0, 0] = x[0]
    return np.kron(A, A).ravel()


@program
def triangle(x):
    A = np.tri(2)
    A[1] = x[:2]
    return A.ravel()


@program
def diagonal_of_a_traced_array(x):
    A = np.diag(x)
    A[0, 1] = x[2]
    return A.sum(0)


@program
def block(x):
    A = np.block([[x[:2].reshape(1, 2), np.zeros((1, 1))], [np.zeros((1, 2)), np.ones((1, 1))]])
    A[1, 1] = x[3]
    return A.ravel()


@program
def tile_and_repeat(x):
    A = np.tile(np.zeros(2), 2)
    A[0] = x[0]
    B = np.repeat(np.zeros(1), 3)
    B[1] = x[1]
    return np.concatenate([A, B])


@program
def results_of_operations(x):
    A = np.zeros(4) * 2.0 + 1.0
    A[0] = x[0]
    B = np.zeros((2, 2)) @ np.ones((2, 2))
    B[0] = x[:2]
    return np.concatenate([A, B.ravel()])


@program
def padding(x):
    A = np.pad(np.zeros(2), 1)
    A[0] = x[0]
    return A * x


@program
def result_of_a_ufunc(x):
    A = np.sin(np.zeros(4))
    A[0] = x[0]
    return A * x


@program
def resize(x):
    A = np.resize(np.zeros(2), 4)
    A[0] = x[0]
    return A


@program
def polyval(x):
    return np.polyval(np.array([x[0], x[1], 1.0]), 2.0) * x


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)
