"""Histograms: what is counted has no derivative, what is weighed has one."""

import numpy as np
import pytest

import adkit as ad

JACOBIANS = pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
A = np.array([0.5, 1.5, 1.75, 3.0])
W = np.array([1.0, 2.0, 4.0, 8.0])


@JACOBIANS
def test_weights_are_summed_by_index(jacobian):
    found = jacobian(lambda w: np.bincount([2, 0, 2], weights=w, minlength=4))(np.ones(3))
    np.testing.assert_array_equal(found, [[0, 1, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0]])


@JACOBIANS
def test_an_element_on_the_last_edge_belongs_to_the_last_bin(jacobian):
    def totals(w):
        return np.histogram(A, bins=[1.0, 1.75, 3.0], weights=w)[0]

    np.testing.assert_array_equal(totals(W), [2, 12])
    np.testing.assert_array_equal(jacobian(totals)(W), [[0, 1, 0, 0], [0, 0, 1, 1]])


@JACOBIANS
def test_counts_are_piecewise_constant(jacobian):
    counts = jacobian(lambda a: np.histogram(a, bins=2)[0] * a[0])(A)
    np.testing.assert_array_equal(counts, [[2, 0, 0, 0], [2, 0, 0, 0]])


@JACOBIANS
def test_edges_move_with_the_ends(jacobian):
    edges = jacobian(lambda a: np.histogram_bin_edges(a, 4))(A)
    np.testing.assert_array_equal(edges[:, 0], [1, 0.75, 0.5, 0.25, 0])
    np.testing.assert_array_equal(edges[:, 1:3], np.zeros((5, 2)))
    np.testing.assert_array_equal(edges[:, 3], [0, 0.25, 0.5, 0.75, 1])
    alike = jacobian(lambda a: np.histogram(a, 2)[1])(np.array([2.0]))
    np.testing.assert_array_equal(alike, [[1], [1], [1]])  # 1.5, 2, 2.5


@JACOBIANS
def test_densities_follow_the_width_of_bins(jacobian):
    # three of four elements lie in a bin of width (b - 0.5)
    def density(b):
        return np.histogram(A, bins=np.stack([0.5, b, 3.0]), density=True)[0]

    found = jacobian(density)(2.0)
    np.testing.assert_allclose(found, [-0.75 / 1.5**2, 0.25 / 1.0**2], rtol=1e-15)


@JACOBIANS
def test_histograms_of_two_variables(jacobian):
    def totals(w):
        return np.histogram2d(A, [0.0, 1.0, 0.0, 1.0], bins=[2, 2], weights=w)[0]

    found = jacobian(totals)(W)
    np.testing.assert_array_equal(found[:, :, 0], [[1, 0], [0, 0]])
    np.testing.assert_array_equal(found[:, :, 2], [[0, 0], [1, 0]])
    np.testing.assert_array_equal(found[:, :, 3], [[0, 0], [0, 1]])
    as_rows = jacobian(lambda w: np.histogramdd(np.stack([A, A], 1), 2, weights=w)[0])(W)
    np.testing.assert_array_equal(as_rows.sum((0, 1)), np.ones(4))


def test_complex_weights():
    value, pulled = ad.vjp(lambda w: np.histogram(A, 2, weights=w)[0], W * (1 + 1j))
    np.testing.assert_array_equal(value, [3 + 3j, 12 + 12j])
    np.testing.assert_array_equal(pulled(np.array([1j, 2.0 + 0j]))[0], [1j, 1j, 2, 2])


@JACOBIANS
def test_single_weights_are_added_up_in_double_precision_as_numpy_does(jacobian):
    sample, edges = np.stack([A, A], axis=1).astype(np.float32), np.array([0.0, 1.6, 3.5])
    weights = (W / 3).astype(np.float32)

    def density(edges, weights):
        return np.histogramdd(sample, [edges, edges], density=True, weights=weights)[0]

    found = jacobian(lambda edges: density(edges, weights))(edges)
    expected = jacobian(lambda edges: density(edges, weights.astype(float)))(edges)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
