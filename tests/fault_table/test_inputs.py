"""Rows 77 to 92: kinds of input."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors
from tests.fault_table.refusals import V, refused


def test_row_077_a_python_int(gradient):
    assert gradient(lambda x: x * x)(3) == 6.0
    assert type(ad.grad(lambda x: x * x)(3)) is np.float64


def test_row_078_an_integer_array(gradient):
    refused(errors.InputTypeError, "ADK121", gradient(np.sum), np.array([1, 2]))
    refused(errors.InputTypeError, "ADK121", gradient(np.sum), np.int32(1))


def test_row_079_a_bool_array(gradient):
    refused(errors.InputTypeError, "ADK121", gradient(np.sum), np.array([True]))


def test_row_080_objects_and_text(gradient):
    for x in (np.array([1.0], dtype=object), np.array(["a"]), "a", object()):
        refused(errors.InputTypeError, "ADK123", gradient(np.sum), x)


def test_row_081_float32_stays():
    x = np.ones(2, np.float32)
    for f in (lambda x: (x * np.float64(2.0)).sum(), lambda x: (x * V[:2]).sum()):
        assert ad.grad(f)(x).dtype == np.float32
    assert ad.jvp(lambda x: x * np.float64(2.0), (x,), (x,))[1].dtype == np.float64


def test_row_082_a_matrix(gradient):
    with pytest.warns(PendingDeprecationWarning):
        m = np.matrix(np.eye(3))
    refused(errors.InputTypeError, "ADK122", gradient(np.sum), m)
    refused(errors.InputTypeError, "ADK122", gradient(lambda x: (x * m).sum()), V)


def test_row_083_a_masked_array(gradient):
    m = np.ma.masked_array(V, [False, False, True])
    refused(errors.InputTypeError, "ADK122", gradient(np.sum), m)
    refused(errors.InputTypeError, "ADK122", gradient(lambda x: (x * m).sum()), V)
    refused(errors.DetachError, "ADK205", gradient(lambda x: (m * x).sum()), V)


def test_row_084_a_read_only_input(gradient):
    x = V.copy()
    x.flags.writeable = False
    assert gradient(lambda x: (x * x).sum())(x).tolist() == [2.0, 4.0, 6.0]


def test_row_085_memory_layouts(gradient):
    m = np.arange(6.0).reshape(2, 3)
    for x in (m[::-1, ::-1], np.asfortranarray(m), np.broadcast_to(V, (2, 3)), m[:, ::2]):
        found = gradient(lambda x: (x * x).sum())(x)
        assert found.tolist() == (2 * x).tolist()
        assert found.flags.c_contiguous


def test_row_086_byte_order(gradient):
    found = gradient(lambda x: (x * x).sum())(V.astype(">f8"))
    assert found.tolist() == [2.0, 4.0, 6.0]
    assert found.dtype.isnative


def test_row_087_a_complex_result():
    refused(errors.OutputError, "ADK135", ad.grad(lambda x: x * 1j), 1.0)
    refused(errors.OutputError, "ADK135", ad.grad(lambda z: z * z), 1.0 + 2.0j)


def test_row_088_a_complex_argument():
    assert ad.grad(lambda z: (z * z).real)(1 + 2j) == 2 + 4j
    assert ad.grad(lambda z: np.abs(z) ** 2)(1 + 2j) == pytest.approx(2 - 4j)
    assert ad.grad(lambda z: (z * z.conj()).real)(3 + 4j) == 6 - 8j


def test_row_089_repeated_indices(gradient):
    assert gradient(lambda x: x[[0, 0, 2]].sum())(V).tolist() == [2.0, 0.0, 1.0]


def test_row_090_an_index_out_of_bounds(gradient):
    for index in (3, [0, 5], (0, 0)):
        with pytest.raises(IndexError, match=r"out of bounds|too many indices"):
            gradient(lambda x, i=index: np.sum(x[i]))(V)


def test_row_091_a_large_integer(gradient):
    assert gradient(lambda x: x * 2**70)(1.0) == 2.0**70


def test_row_092_numpy_2(gradient):
    x = np.ones(2, np.float32)
    value = ad.vjp(lambda x: x * np.float64(3.0), x)[0]
    assert value.dtype == (x * np.float64(3.0)).dtype
    with pytest.raises(OverflowError):
        gradient(lambda x: (x * (np.uint8(1) + 300)).sum())(x)
    refused(errors.DetachError, "ADK205", gradient(lambda x: np.array(x, float, copy=False)), x)
    stacked = gradient(lambda b: np.linalg.solve(np.stack([np.eye(2)] * 3), b).sum())
    assert stacked(np.ones((3, 2, 1))).tolist() == [[[1.0]] * 2] * 3
