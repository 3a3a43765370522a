"""adkit.scipy.sparse: products and systems in the dense operand and in the data."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import adkit as ad
from adkit.common.errors import DetachError, MissingRuleError
from adkit.scipy import sparse

DENSE = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 4.0]])
X = np.array([1.0, -2.0, 3.0])
FORMATS = ["csr", "csc", "coo"]


def made(kind, data=None):
    """Return the matrix in a format, with other data if some are given."""
    theirs = getattr(scipy.sparse, f"{kind}_array")(DENSE)
    data = theirs.data if data is None else data
    if kind == "coo":
        return sparse.coo_array((data, (theirs.row, theirs.col)), shape=(3, 3))
    make = sparse.csr_array if kind == "csr" else sparse.csc_array
    return make((data, theirs.indices, theirs.indptr), shape=(3, 3))


@pytest.mark.parametrize("kind", FORMATS)
def test_products_are_those_of_the_dense_matrix(kind):
    np.testing.assert_array_equal(made(kind).toarray(), DENSE)
    np.testing.assert_array_equal(ad.jacobian(lambda x: made(kind) @ x)(X), DENSE)
    np.testing.assert_array_equal(ad.jacobian(lambda x: x @ made(kind))(X), DENSE.T)
    both = ad.jacobian(lambda x: made(kind).T @ np.stack([x, 2 * x], axis=-1))(X)
    np.testing.assert_array_equal(both[:, 1], 2 * DENSE.T)


@pytest.mark.parametrize("kind", FORMATS)
def test_data_have_derivatives_in_their_places(kind):
    theirs = getattr(scipy.sparse, f"{kind}_array")(DENSE).tocoo()
    ones = np.ones_like(theirs.data)
    gradient = ad.grad(lambda data: (made(kind, data) @ X).sum())(ones)
    np.testing.assert_array_equal(gradient, X[theirs.col])
    gradient = ad.grad(lambda data: (X @ made(kind, data)).sum())(ones)
    np.testing.assert_array_equal(gradient, X[theirs.row])


@pytest.mark.parametrize("kind", FORMATS)
def test_systems_are_those_of_the_dense_matrix(kind):
    data = getattr(scipy.sparse, f"{kind}_array")(DENSE).data
    value, pull = ad.vjp(lambda data, b: sparse.spsolve(made(kind, data), b), data, X)
    np.testing.assert_allclose(value, np.linalg.solve(DENSE, X), rtol=1e-14)
    of_data, of_b = pull(np.ones(3))
    places = getattr(scipy.sparse, f"{kind}_array")(DENSE).tocoo()
    adjoint = np.linalg.solve(DENSE.T, np.ones(3))
    np.testing.assert_allclose(of_b, adjoint, rtol=1e-14)
    np.testing.assert_allclose(of_data, -(adjoint[places.row] * value[places.col]), rtol=1e-14)


def test_second_derivatives_of_a_solution():
    def energy(scale):
        return X @ sparse.spsolve(made("csr") * scale, X)

    first = X @ np.linalg.solve(DENSE, X)
    assert ad.derivative(ad.derivative(energy))(2.0) == pytest.approx(2 * first / 8)


def test_arrays_of_scipy_are_taken_as_they_are():
    for theirs in (scipy.sparse.csr_array(DENSE), scipy.sparse.dia_array(DENSE)):
        gradient = ad.grad(lambda b, a=theirs: sparse.spsolve(a, b).sum())(X)
        np.testing.assert_allclose(gradient, np.linalg.solve(DENSE.T, np.ones(3)), rtol=1e-14)
    np.testing.assert_array_equal(sparse.csr_array(DENSE) @ X, DENSE @ X)
    column = sparse.spsolve(scipy.sparse.csc_array(DENSE), X[:, None])
    assert column.shape == (3,)


def test_equal_places_add_up():
    def total(data):
        return (sparse.coo_array((data, ([0, 0], [1, 1])), shape=(2, 2)) @ np.ones(2))[0]

    np.testing.assert_array_equal(ad.grad(total)(np.array([1.0, 2.0])), [1, 1])


def test_sparse_products_and_scalings_by_arrays_are_refused():
    with pytest.raises(MissingRuleError, match="two sparse arrays"):
        made("csr") @ made("csr")
    with pytest.raises(MissingRuleError, match="sparse array times an array"):
        made("csr") * X


@pytest.mark.parametrize(
    "call",
    [
        lambda x: scipy.sparse.csr_array(DENSE) @ x,
        lambda x: x @ scipy.sparse.csr_array(DENSE),
        lambda x: scipy.sparse.coo_array((x, ([0, 1, 2], [0, 1, 2]))),
    ],
)
def test_scipys_own_arrays_name_the_remedy(call):
    with pytest.raises(DetachError, match=r"write adkit\.scipy\.sparse\.csr_array\(A\) @ x"):
        ad.jvp(call, (X,), (X,))


def test_scipys_own_solver_names_the_remedy():
    with pytest.raises(DetachError, match=r"write adkit\.scipy\.sparse\.spsolve, which takes"):
        ad.grad(lambda b: scipy.sparse.linalg.spsolve(scipy.sparse.csc_array(DENSE), b).sum())(X)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("b", [X, np.stack([X, X**2], axis=1), X * (1 + 2j)], ids=["v", "m", "c"])
def test_solutions_have_the_bits_of_scipys(kind, b):
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(3, 3)) + 4 * np.eye(3)
    theirs = getattr(scipy.sparse, f"{kind}_array")(dense)
    expected = scipy.sparse.linalg.spsolve(theirs.tocsc() if kind == "coo" else theirs, b)
    assert ad.vjp(lambda b: sparse.spsolve(theirs, b), b)[0].tobytes() == expected.tobytes()
