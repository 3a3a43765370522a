"""Matrix results of Giles (2008), "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation", Oxford NA report 08/01.

The numbers are worked out by hand from the formulas for ``A = [[1, 2], [3, 4]]``, whose
determinant is -2.
"""

import numpy as np
import pytest

import adkit as ad

A = np.array([[1.0, 2.0], [3.0, 4.0]])
UNIT = np.array([[1.0, 0.0], [0.0, 0.0]])
INVERSE = np.array([[-2.0, 1.0], [1.5, -0.5]])


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_product():
    """2.2.2: C' = A' B + A B', and the adjoints are C* B^T and A^T C*."""
    b = np.array([[1.0, 0.0], [2.0, 1.0]])
    _, tangent = ad.jvp(np.matmul, (A, b), (UNIT, UNIT))
    close(tangent, [[2, 0], [3, 0]])
    of_a, of_b = ad.vjp(np.matmul, A, b)[1](UNIT)
    close(of_a, [[1, 2], [0, 0]])
    close(of_b, [[1, 0], [2, 0]])


def test_inverse():
    """2.2.3: C' = -C A' C, and the adjoint is -C^T C* C^T."""
    value, tangent = ad.jvp(np.linalg.inv, (A,), (UNIT,))
    close(value, INVERSE)
    close(tangent, [[-4, 2], [3, -1.5]])
    (adjoint,) = ad.vjp(np.linalg.inv, A)[1](UNIT)
    close(adjoint, [[-4, 3], [2, -1.5]])


def test_determinant():
    """2.2.4: C' = C tr(A^-1 A'), and the adjoint is C* C A^-T."""
    value, tangent = ad.jvp(np.linalg.det, (A,), (UNIT,))
    close(value, -2)
    close(tangent, 4)
    close(ad.grad(np.linalg.det)(A), [[4, -3], [-2, 1]])


def test_logarithm_of_the_determinant():
    """2.2.4: the adjoint of log |det A| is A^-T."""
    close(ad.grad(lambda a: np.linalg.slogdet(a)[1])(A), INVERSE.T)


@pytest.mark.parametrize("solve", [np.linalg.solve, lambda a, b: np.linalg.inv(a) @ b])
def test_inverse_product(solve):
    """2.3.1: C = A^-1 B; C' = A^-1 (B' - A' C), adjoints B* = A^-T C* and A* = -B* C^T."""
    b = np.array([[1.0], [1.0]])
    unit = np.array([[1.0], [0.0]])
    value, tangent = ad.jvp(solve, (A, b), (UNIT, unit))
    close(value, [[-1], [1]])
    close(tangent, [[-4], [3]])
    of_a, of_b = ad.vjp(solve, A, b)[1](unit)
    close(of_b, [[-2], [1]])
    close(of_a, [[-2, 2], [1, -1]])


def test_first_quadratic_form():
    """2.3.2: C = B^T A B; adjoints A* = B C* B^T and B* = A B C*^T + A^T B C*."""
    b = np.array([[1.0], [1.0]])
    of_a, of_b = ad.vjp(lambda a, b: b.T @ a @ b, A, b)[1](np.ones((1, 1)))
    close(of_a, [[1, 1], [1, 1]])
    close(of_b, [[3 + 4], [7 + 6]])


def test_second_quadratic_form():
    """2.3.3: C = B^T A^-1 B; adjoints A* = -A^-T B C* B^T A^-T and B* = A^-1 B C*^T + A^-T B C*."""
    b = np.array([[1.0], [1.0]])
    of_a, of_b = ad.vjp(lambda a, b: b.T @ np.linalg.solve(a, b), A, b)[1](np.ones((1, 1)))
    close(of_a, [[-0.5, 0.5], [0.5, -0.5]])
    close(of_b, [[-1 - 0.5], [1 + 0.5]])


def test_matrix_polynomial():
    """2.3.4: C = A^2 - 2 A; C' = A' A + A A' - 2 A'."""
    _, tangent = ad.jvp(lambda a: a @ a - 2 * a, (A,), (UNIT,))
    close(tangent, [[0, 2], [3, 0]])


def test_eigenvalues_of_a_symmetric_matrix():
    """3.1: d' = diag(U^T A' U); for [[2, 1], [1, 2]] U is [[1, 1], [-1, 1]] / sqrt 2."""
    symmetric = np.array([[2.0, 1.0], [1.0, 2.0]])
    value, tangent = ad.jvp(np.linalg.eigvalsh, (symmetric,), (UNIT,))
    close(value, [1, 3])
    close(tangent, [0.5, 0.5])
    (adjoint,) = ad.vjp(np.linalg.eigvalsh, symmetric)[1](np.array([0.0, 1.0]))
    close(adjoint, [[0.5, 0.5], [0.5, 0.5]])


def test_singular_values():
    """3.2: S' = diag(U^T A' V); of a diagonal matrix the diagonal of A'."""
    value, tangent = ad.jvp(
        lambda a: np.linalg.svd(a, compute_uv=False), (np.diag([3.0, -2.0]),), (A,)
    )
    close(value, [3, 2])
    close(tangent, [1, -4])


def test_cholesky():
    """3.3: L' = L Phi(L^-1 A' L^-T), Phi the lower triangle with half of the diagonal."""
    a = np.array([[4.0, 2.0], [2.0, 5.0]])
    value, tangent = ad.jvp(np.linalg.cholesky, (a,), (4 * UNIT,))
    close(value, [[2, 0], [1, 2]])
    close(tangent, [[1, 0], [-0.5, 0.25]])
    (adjoint,) = ad.vjp(np.linalg.cholesky, a)[1](np.array([[0.0, 0.0], [0.0, 1.0]]))
    close(adjoint, [[1 / 16, -1 / 8], [-1 / 8, 1 / 4]])


def test_frobenius_norm():
    """3.4: the adjoint of ||A||_F is A / ||A||_F."""
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    close(ad.grad(np.linalg.norm)(a), a / 5)


def test_spectral_norm():
    """3.4: the adjoint of ||A||_2 is u1 v1^T; [[1, 2], [2, 4]] has u1 = v1 = (1, 2) / sqrt 5."""
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    close(ad.grad(lambda a: np.linalg.norm(a, 2))(a), [[0.2, 0.4], [0.4, 0.8]])
