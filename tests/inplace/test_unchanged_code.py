"""Unchanged code that fills plain arrays, inside `adkit.traced_buffers`."""

import numpy as np
import pytest
from numpy import zeros

import adkit as ad
from tests.inplace.agreement import check_program

X = np.array([0.7, 1.9, 0.4, 1.3])
PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = ad.traced_buffers(f)
    return f


@program
def accumulator(x):
    z = zeros(4)
    w = z
    z += x
    z *= x
    return w + z


@program
def accumulator_without_axes(x):
    z = np.zeros(())
    for i in range(4):
        z += x[i] ** 2
    return z * x


@program
def matrix_filled_by_elements(x):
    A = np.eye(2)
    for i in range(2):
        for j in range(2):
            A[i, j] += x[2 * i + j]
    return np.linalg.solve(A, x[:2])


@program
def diagonal(x):
    A = np.zeros((4, 4))
    np.fill_diagonal(A, x)
    A[0, 1:] = x[1:]
    return (A @ A).sum(0)


@program
def put_add_at_and_copyto(x):
    A = np.zeros(4)
    np.put(A, [1, 3], x[:2])
    np.add.at(A, [0, 0], x[2:])
    np.copyto(A, x, where=np.array([1, 0, 0, 1], bool))
    return A * x


@program
def out_of_ufuncs(x):
    A = np.empty(4)
    np.sin(x, out=A)
    B = np.zeros(4)
    np.multiply(A, x, B)
    np.cumsum(B, out=A)
    return A


@program
def out_of_a_sum(x):
    A = np.empty(())
    np.sum(x, out=A)
    return A * x


@program
def put_along_axis_and_place(x):
    A = np.zeros((2, 2))
    np.put_along_axis(A, np.array([[0], [1]]), x[:2].reshape(2, 1), 1)
    np.place(A, A == 0, x[2:])
    return A.ravel()


@program
def flat_and_transpose(x):
    A = np.zeros((2, 2))
    A.flat[1] = x[0]
    A.flat[2:] = x[2:]
    A.T[0] *= 2
    return A.ravel()


@program
def fill_attribute(x):
    A = np.zeros(3)
    A.fill(x[1])
    A[0] = 1.0
    return A * x[:3]


@program
def list_is_assigned(x):
    A = np.zeros(3)
    A[:] = [x[0], x[1], 2.0]
    return A * x[:3]


@program
def views(x):
    A = np.zeros((3, 2))
    v = A[1]
    w = A.T
    v[:] = x[:2]
    w[0] += x[2]
    A[2] = v
    return A.ravel()


@program
def time_steps(x):
    u = np.zeros((5, 4))
    u[0] = x
    for k in range(1, 5):
        u[k, 1:-1] = u[k - 1, 1:-1] + 0.1 * (u[k - 1, 2:] - 2 * u[k - 1, 1:-1] + u[k - 1, :-2])
        u[k, 0] = u[k - 1, 1]
        u[k, -1] = x[3]
    return u[-1]


@program
def sum_of_elements(x):
    s = 0.0
    A = np.zeros(4)
    for i in range(4):
        A[i] = x[i]
        s += A[i] ** 2
    return s * A


@program
def maximum(x):
    A = np.zeros(4)
    A[:2] = x[:2]
    return np.maximum(A, 0.5) * x


@program
def mask_and_where(x):
    A = np.zeros(4)
    A[x > 1] = x[x > 1]
    return np.where(A > 0, A, x)


@program
def gradient_inside(x):
    A = np.zeros(4)
    A[:] = x
    g = ad.grad(lambda y: ((A * y) ** 2).sum())(x)
    A[0] = g[0]
    return A * g


@program
def buffer_inside_a_gradient(x):
    def h(y):
        B = np.zeros(3)
        B[0] = y * x[0]
        B[1] = B[0] ** 2
        return B.sum()

    return ad.grad(h)(x[1]) * x


@program
def dtype_and_shape(x):
    A = np.zeros(4, dtype=np.float64)
    A[0] = x[0]
    assert A.dtype == np.float64
    assert A.shape == (4,)
    assert len(A) == 4
    return A * x


@program
def iteration(x):
    A = np.zeros(4)
    A[:] = x
    return sum(a * a for a in A) * x


@program
def enumeration(x):
    A = np.zeros(4)
    for i, v in enumerate(x):
        A[i] = v
    for i, row in enumerate(A.reshape(2, 2)):
        row[:] = row * x[i]
    return A


@program
def taken_elements(x):
    A = np.zeros(4)
    A[:] = x
    return A.take([0, 0, 1]) * A[[1, 2, 3]]


@program
def swaps(x):
    A = np.zeros(4)
    A[:] = x
    A[[0, 1]] = A[[1, 0]]
    A[2], A[3] = A[3], A[2]
    return A * x


@program
def einsum(x):
    A = np.zeros((2, 2))
    A[0] = x[:2]
    return np.einsum("ij,kj->ik", A, A).ravel()


@program
def elimination(x):
    A = np.array([[4.0, 1.0], [1.0, 3.0]])
    A[0, 0] += x[0]
    A[1] -= A[0] * (A[1, 0] / A[0, 0])
    return A.ravel()


@program
def sorted_in_place(x):
    A = np.zeros(4)
    A[:] = x
    A.sort()
    return A * x


@program
def shape_attribute(x):
    A = np.zeros(4)
    A.shape = (2, 2)
    A[0] = x[:2]
    return A.ravel()


@program
def cumsum(x):
    A = np.zeros(4)
    A[1:] = np.cumsum(x[:-1])
    A[0] = x[0]
    return A


@program
def inverse_and_determinant(x):
    A = np.zeros((2, 2))
    A[0, 0] = x[0] + 2
    A[1, 1] = x[1] + 3
    A[0, 1] = A[1, 0] = x[2]
    return np.linalg.inv(A).ravel() * np.linalg.det(A)


@program
def trapezoid(x):
    t = np.linspace(0, 1, 4)
    return np.trapezoid(x * t, t) * x


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=list(PROGRAMS))
def test_program(f):
    check_program(f, X)
