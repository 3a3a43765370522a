"""Fourier transforms: numbers by hand, edges, and what the laws do not draw."""

import numpy as np
import pytest

import adkit as ad

COMPLEX = ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn")


def test_the_gradient_of_one_frequency_is_a_row_of_the_matrix():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    real = ad.grad(lambda x: np.fft.fft(x)[1].real)(x)
    imaginary = ad.grad(lambda x: np.fft.fft(x)[1].imag)(x)
    np.testing.assert_allclose(real, [1, 0, -1, 0], atol=1e-15)
    np.testing.assert_allclose(imaginary, [0, -1, 0, 1], atol=1e-15)


def test_energy_is_kept_up_to_the_number_of_points():
    x = np.array([1.0, -2.0, 0.5])
    energy = ad.grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)
    np.testing.assert_allclose(energy, 2 * 3 * x, rtol=1e-14)
    half = ad.grad(lambda x: np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2))(x)
    np.testing.assert_allclose(half, 2 * x, rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8])
def test_there_and_back_is_the_identity(n):
    x = np.arange(1.0, n + 1)
    jacobian = ad.jacobian(lambda x: np.fft.irfft(np.fft.rfft(x), n))(x)
    np.testing.assert_allclose(jacobian, np.eye(n), atol=1e-14)


def test_more_points_are_zeros_and_fewer_are_left_out():
    x = np.array([1.0, 2.0, 3.0])
    longer = ad.grad(lambda x: np.fft.fft(x, 5)[0].real)(x)
    shorter = ad.grad(lambda x: np.fft.fft(x, 2)[0].real)(x)
    np.testing.assert_array_equal(longer, [1, 1, 1])
    np.testing.assert_array_equal(shorter, [1, 1, 0])


def test_imaginary_parts_that_a_real_signal_lacks_have_no_influence():
    x = np.array([1 + 1j, 2 - 1j, 3 + 2j])
    gradient = ad.grad(lambda x: np.fft.irfft(x, 4)[0])(x)
    np.testing.assert_allclose(gradient, [0.25, 0.5, 0.25], atol=1e-16)
    tangent = ad.jvp(lambda x: np.fft.irfft(x, 4), (x,), (np.array([1j, 0, 1j]),))[1]
    np.testing.assert_array_equal(tangent, np.zeros(4))


@pytest.mark.parametrize("name", ["fft", "rfft", "hfft", "irfft"])
def test_stacks_of_length_0_and_dtypes_stay(name):
    transform = getattr(np.fft, name)
    x = np.ones((0, 4), np.float32)
    value, pull = ad.vjp(transform, x)
    assert pull(value)[0].shape == (0, 4)
    value, pull = ad.vjp(transform, np.ones(4, np.float32))
    assert value.dtype == transform(np.ones(4, np.float32)).dtype
    assert pull(value)[0].dtype == np.float32


def test_no_points_are_refused_as_by_numpy():
    with pytest.raises(ValueError, match="Invalid number of FFT data points"):
        ad.grad(lambda x: np.fft.fft(x).real.sum())(np.ones(0))


def test_a_spacing_that_is_traced_goes_through_the_helpers():
    slope = ad.derivative(lambda d: np.fft.fftfreq(4, d))(0.5)
    np.testing.assert_allclose(slope, -np.fft.fftfreq(4, 0.5) / 0.5)
    slope = ad.derivative(lambda d: np.fft.rfftfreq(4, d))(0.5)
    np.testing.assert_allclose(slope, -np.fft.rfftfreq(4, 0.5) / 0.5)


def test_results_go_into_traced_arrays_only():
    def into(x):
        out = np.zeros_like(x, shape=(3,), dtype=complex)
        np.fft.fft(x, out=out)
        return np.sum(out.real)

    np.testing.assert_array_equal(ad.grad(into)(np.ones(3)), [3, 0, 0])
    with pytest.raises(ad.AdkitError, match=r"numpy\.fft.*plain array"):
        ad.grad(lambda x: np.fft.fft(x, out=np.zeros(3, complex)).real.sum())(np.ones(3))


def test_a_filter_has_the_derivative_of_a_circular_convolution():
    kernel = np.array([0.5, 0.25, 0.0, 0.25])
    spectrum = np.fft.rfft(kernel)
    matrix = ad.jacobian(lambda x: np.fft.irfft(spectrum * np.fft.rfft(x)))(np.ones(4))
    circulant = [np.roll(kernel, i) for i in range(4)]
    np.testing.assert_allclose(matrix, np.transpose(circulant), atol=1e-15)


def test_infinite_elements_spoil_what_depends_on_them():
    with np.errstate(invalid="ignore"):
        gradient = ad.grad(lambda x: np.fft.fft(x).real.sum())(np.array([np.inf, 1.0]))
    np.testing.assert_array_equal(gradient, [2, 0])


@pytest.mark.parametrize("jacobian", [ad.jacfwd, ad.jacrev])
def test_an_axis_that_comes_twice_is_transformed_twice(jacobian):
    x = np.array([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]])
    for transform in (
        lambda x: np.fft.rfftn(x, axes=(0, 0)),
        lambda x: np.fft.rfftn(x, axes=(0, 1, 0)),
        lambda x: np.fft.irfftn(x, axes=(1, 1)),
        lambda x: np.fft.fftn(x, (2, 3), axes=(0, 0)),
    ):
        columns = [transform(e.reshape(x.shape)) for e in np.eye(x.size)]
        expected = np.stack(columns, axis=-1).reshape((*columns[0].shape, *x.shape))
        np.testing.assert_allclose(jacobian(transform)(x), expected, atol=1e-14)
