"""Every attribute and method of arrays, and Python's protocols: as of the array that is traced."""

import copy
import operator

import numpy as np
import pytest

import adkit as ad
from adkit.common.border import OF_MEMORY
from adkit.common.errors import AdkitError, MemoryAccessError
from adkit.common.tracer import value_of

X = np.array([[1.25, 2.5, -3.75], [4.5, -5.25, 6.0]])
Z = X + 1j * X[::-1]
MODES = (ad.jacfwd, ad.jacrev)

#: What a traced array lacks of an array, and why.
LEFT_OUT = {
    "memory is not given away": "__array_interface__ __array_struct__ __dlpack__ __dlpack_device__",
    "arrays are not subclassed": "__array_finalize__ __array_wrap__ __class_getitem__",
    "other libraries would ask it for plain arrays": "__array_namespace__",
    "elements cannot be deleted": "__delitem__",
    "it is not pickled": "__setstate__",
    "NumPy 2 took it away": "itemset newbyteorder ptp tostring",
    "floats have no bits": "__and__ __or__ __xor__ __invert__ __lshift__ __rshift__ "
    "__rand__ __ror__ __rxor__ __rlshift__ __rrshift__ "
    "__iand__ __ior__ __ixor__ __ilshift__ __irshift__",
}


@pytest.mark.parametrize("engine", [ad.Node, ad.Dual])
def test_every_attribute_is_there_or_left_out_for_a_reason(engine):
    missing = set(dir(np.ndarray)) - set(dir(engine))
    assert missing == set(" ".join(LEFT_OUT.values()).split()) & set(dir(np.ndarray))


@pytest.fixture(params=["Node", "Dual"])
def wrap(request):
    return ad.Node if request.param == "Node" else lambda x: ad.Dual(x, np.ones_like(x))


@pytest.mark.parametrize("name", OF_MEMORY)
def test_what_gives_bytes_away_is_refused(name):
    for mode in MODES:
        with pytest.raises(MemoryAccessError, match=rf"no {name}: memory.*\n.*np\.resize"):
            mode(lambda x: getattr(x, name))(X)


REFUSED = {
    "an exponent with a modulus": lambda x: pow(x, 2, 3),
    "a hash": hash,
    "a list of floats": lambda x: x.tolist(),
    "bits": lambda x: x & 1,
    "bits on the right": lambda x: 1 | x,
    "round of an array": round,
    "a choice by floats": lambda x: x.choose([1.0, 2.0]),
    "another device": lambda x: x.to_device("gpu"),
    "no new shape": lambda x: x.reshape(),
    "a cast that is not safe": lambda x: x.astype(np.float32, casting="safe"),
    "too many indices": lambda x: x.item(0, 1, 2),
    "the matrix transpose of a vector": lambda x: x[0].mT,
    "the length of a number": lambda x: len(x[0, 0]),
    "the elements of a number": lambda x: list(x[0, 0]),
    "a matrix product with a number": lambda x: x @ 2.0,
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_is_refused(wrap, f):
    with pytest.raises((TypeError, ValueError)):
        f(wrap(X))


# ---------------------------------------------------------------- values and types

VALUES = {
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "copy": lambda x: x.copy(),
    "copy F": lambda x: x.copy("F"),
    "astype": lambda x: x.astype(np.complex64),
    "astype, no copy": lambda x: x.astype(x.dtype, copy=False),
    "astype by name": lambda x: x.astype(dtype="D", casting="safe"),
    "flatten": lambda x: x.flatten("F"),
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "T": lambda x: x.T,
    "squeeze": lambda x: x.squeeze(),
    "reshape": lambda x: x.reshape(-1, order="F"),
    "reshape of a tuple": lambda x: x.reshape((x.size, 1)),
    "reshape of a number": lambda x: x.reshape(x.size),
    "sum": lambda x: x.sum(),
    "sum of the first axis": lambda x: x.sum(0),
    "prod of the last axis": lambda x: x.prod(axis=-1),
    "cumsum": lambda x: x.cumsum(axis=0),
    "cumprod": lambda x: x.cumprod(),
    "mean": lambda x: x.mean(),
    "var": lambda x: x.var(),
    "std": lambda x: x.std(),
    "repeat": lambda x: x.repeat(2),
    "take": lambda x: x.take([0, -1, 0]),
    "transpose": lambda x: x.transpose(),
    "conj": lambda x: x.conj(),
    "round": lambda x: x.round(1),
    "dot": lambda x: np.atleast_1d(x).dot(2.0),
    "compress": lambda x: x.compress([True]),
    "pow": lambda x: pow(x, 2),
    "pow on the right": lambda x: pow(2.0, x),
    "an index": lambda x: x[()],
    "an ellipsis": lambda x: x[...],
    "a new axis": lambda x: x[None],
    "flags": lambda x: (x.flags.c_contiguous, x.flags["F_CONTIGUOUS"], x.flags.writeable),
    "format": lambda x: f"{x}",
    "equal to None": lambda x: operator.eq(x, None),
    "equal to text": lambda x: x != "text",
    "equal": lambda x: x == x.copy(),
}
OF_ARRAYS = {
    "device": lambda x: x.device,
    "to_device": lambda x: x.to_device("cpu"),
    "mean of the first axis": lambda x: x.mean(axis=0),
    "std that keeps an axis": lambda x: x.std(axis=-1, keepdims=True),
    "mT": lambda x: x.mT,
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "diagonal": lambda x: x.diagonal(1),
    "trace": lambda x: x.trace(offset=-1),
    "transpose of axes": lambda x: x.transpose(1, -2),
    "compress an axis": lambda x: x.compress([False, True, True], axis=-1),
    "take of an axis": lambda x: x.take([5], axis=1, mode="wrap"),
    "iteration": lambda x: [2 * row for row in x],
    "unpacking": lambda x: (lambda a, b: a * b)(*x),
    "star": lambda x: (lambda first, *rest: rest[0])(*x),
    "reversed": lambda x: list(reversed(x)),
    "the elements": lambda x: list(x.flat),
    "len": len,
    "sum()": sum,
    "contains": lambda x: (2.5 in x, 99 in x, x[0] in x),
    "matmul": lambda x: x @ x.T,
    "matmul on the right": lambda x: np.ones((2, 2)) @ x,
    "nonzero": lambda x: x.nonzero(),
}
REAL = {
    "clip below": lambda x: x.clip(min=0.5),
    "clip above": lambda x: x.clip(None, 2.0),
    "abs": abs,
    "divmod": lambda x: divmod(x, 2.0),
    "divmod on the right": lambda x: divmod(7.0, x),
    "floor division": lambda x: x // 2.0,
    "floor division on the right": lambda x: 7.0 // x,
    "mod on the right": lambda x: 7.0 % x,
    "max": lambda x: x.max(),
    "max of the first axis": lambda x: x.max(axis=0),
    "min": lambda x: x.min(initial=1.0),
    "argmax": lambda x: x.argmax(),
    "argmin": lambda x: x.argmin(axis=0),
    "argsort": lambda x: np.atleast_1d(x).argsort(axis=-1),
    "less": lambda x: x < 2.0,
    "at least": lambda x: x >= 2.0,
    "max()": lambda x: max(x.flat),
    "sorted()": lambda x: sorted(x.flat),
    "format with places": lambda x: [f"{element:.1f}" for element in x.flat],
}


def same(found, expected):
    """Return whether results are equal and of one type, all that is traced taken as it stands."""
    if isinstance(expected, (tuple, list)):
        return type(found) is type(expected) and all(map(same, found, expected))
    found = value_of(found)
    if isinstance(expected, (np.ndarray, np.generic)):
        return (
            type(found) is type(expected)
            and found.dtype == expected.dtype
            and np.array_equal(found, expected)
            and getattr(found, "strides", None) == getattr(expected, "strides", None)
        )
    return type(found) is type(expected) and found == expected


POINTS = {
    "matrix": X,
    "complex matrix": Z,
    "vector": X[0],
    "0-d": np.array(1.75),
    "scalar": np.float64(1.75),
    "complex scalar": np.complex128(1.5 + 2j),
    "single": X.astype(np.float32),
}
CASES = [
    pytest.param(f, x, id=f"{name} of a {kind}")
    for kind, x in POINTS.items()
    for name, f in {
        **VALUES,
        **(REAL if x.dtype.kind == "f" else {}),
        **(OF_ARRAYS if np.ndim(x) == 2 else {}),
    }.items()
]


@pytest.mark.parametrize(("f", "x"), CASES)
def test_values_and_types_are_those_of_arrays(wrap, f, x):
    with np.errstate(all="ignore"):
        expected = f(x.copy())
        found = f(wrap(x.copy()))
    assert same(found, expected), f"{found!r} is not {expected!r}"


@pytest.mark.parametrize("index", [(4,), ((1, -2),), (1, 1), (-2,)])
def test_item_is_the_element_as_a_traced_scalar(wrap, index):
    for x in (X, Z, X.astype(np.float32)):
        found = value_of(wrap(x).item(*index))
        assert type(found) is x.dtype.type
        assert found == x.item(*index)
    assert value_of(wrap(np.array(1.5)).item()) == 1.5


def test_round_of_a_number_is_an_int_or_rounded_to_places(wrap):
    x = wrap(np.float64(2.675))
    assert type(round(x)) is int
    assert round(x) == 3
    assert same(round(x, 1), np.float64(2.7))


def test_a_complex_cast_to_real_numbers_warns_as_numpy_does(wrap):
    with pytest.warns(np.exceptions.ComplexWarning, match="discards the imaginary part"):
        assert same(wrap(Z).astype(float), X)


def test_flags_of_a_traced_array_cannot_be_changed(wrap):
    x = wrap(X.copy())
    x.flags.writeable = False
    x[0, 0] = 1.0
    assert x.flags.writeable


# ---------------------------------------------------------------- derivatives

#: Methods and protocols, and what they mean in functions and operators.
DERIVATIVES = {
    "clip": (lambda x: x.clip(-1.0, 3.0), lambda x: np.where(abs(x - 1) < 2, x, 0)),
    "compress": (lambda x: x.compress([0, 1, 1], axis=1) ** 2, lambda x: x[:, 1:] ** 2),
    "take": (lambda x: x.take([0, 5, 0]) ** 3, lambda x: np.ravel(x)[[0, 5, 0]] ** 3),
    "divmod": (lambda x: divmod(x * x, 2.0)[1] ** 2, lambda x: np.remainder(x * x, 2.0) ** 2),
    "rdivmod": (lambda x: divmod(7.0, x)[1] ** 2, lambda x: (7.0 - np.floor(7.0 / x) * x) ** 2),
    "round": (lambda x: round(x[0, 0], 1) * x, lambda x: 1.2 * x),
    "round to an int": (lambda x: round(x[0, 1]) * x, lambda x: 2 * x),
    "item": (lambda x: x.item(1, 2) * x, lambda x: x[1, 2] * x),
    "copies": (
        lambda x: copy.copy(x) * copy.deepcopy(x) * copy.copy(x[0, 0]),
        lambda x: x * x * x[0, 0],
    ),
    "iteration": (lambda x: sum(row * row for row in x), lambda x: np.sum(x * x, axis=0)),
    "unpacking": (lambda x: (lambda a, b: a * b)(*x), lambda x: x[0] * x[1]),
    "the elements": (lambda x: sum(e**3 for e in x.flat), lambda x: np.sum(x**3)),
    "to_device": (lambda x: x.to_device("cpu") ** 2, lambda x: x**2),
    "abs": (lambda x: abs(x) ** 3, lambda x: np.abs(x) ** 3),
    "pow": (lambda x: pow(x, 3), lambda x: x * x * x),
    "matmul": (lambda x: x.T @ x, lambda x: np.dot(x.T, x)),
    "prod": (lambda x: x.prod(axis=0), lambda x: x[0] * x[1]),
    "cumprod": (lambda x: x.cumprod(axis=0)[1], lambda x: x[0] * x[1]),
    "mT": (lambda x: x.mT**2, lambda x: x.T**2),
    "comparison": (lambda x: (x > 0) * x * x, lambda x: np.where(x > 0, x * x, 0)),
}


@pytest.mark.parametrize(("f", "definition"), DERIVATIVES.values(), ids=DERIVATIVES)
def test_derivatives(f, definition):
    direction = np.cos(np.arange(X.size)).reshape(X.shape)
    expected = ad.jacfwd(definition)(X)
    for mode in MODES:
        np.testing.assert_allclose(mode(f)(X), expected, rtol=1e-13)
    second = [
        outer(lambda s, d=inner, g=g: d(g)(X + s * direction))(0.0)
        for g in (definition, f)
        for inner in MODES
        for outer in MODES
    ]
    for found in second[1:]:
        np.testing.assert_allclose(found, second[0], rtol=1e-12, atol=1e-12)


COMPLEX = {
    "conj": (lambda z: z.conj() * z, lambda z: np.conjugate(z) * z),
    "real": (lambda z: z.real**2 + z.imag, lambda z: np.real(z) ** 2 + np.imag(z)),
    "abs": (lambda z: abs(z) ** 2, lambda z: (z * np.conj(z)).real),
    "prod": (lambda z: z.prod(), lambda z: np.multiply.reduce(np.ravel(z))),
    "matmul": (lambda z: z @ z.T, lambda z: np.dot(z, z.T)),
    "item": (lambda z: z.item(1) * z, lambda z: z[0, 1] * z),
}


@pytest.mark.parametrize(("f", "definition"), COMPLEX.values(), ids=COMPLEX)
def test_derivatives_of_complex_arrays(f, definition):
    t = Z[::-1] * 1j
    values, expected = ad.jvp(definition, (Z,), (t,))
    np.testing.assert_allclose(ad.jvp(f, (Z,), (t,))[1], expected, rtol=1e-13)
    w = np.ones_like(values) * (1 if values.dtype.kind == "f" else 1 - 2j)
    (pulled,) = ad.vjp(f, Z)[1](w)
    assert np.sum(pulled * t).real == pytest.approx(np.sum(w * expected).real, rel=1e-13)


def test_errors_of_adkit_name_a_remedy(wrap):
    for f in (hash, lambda x: x.tolist(), lambda x: x.resize(6)):
        with pytest.raises(AdkitError, match="\n"):
            f(wrap(X))
