"""Options that are seldom given: values with NumPy's bits and order in memory, derivatives."""

import copy

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError, InPlaceError, MemoryAccessError, MissingRuleError

rng = np.random.default_rng(5)
M = np.asfortranarray(rng.normal(size=(3, 4)))
V = rng.normal(size=6)
W = rng.uniform(0.5, 1.5, 6)
NARROW = rng.normal(size=(5, 3)).astype(np.float32)
RECORDS = rng.normal(size=(4, 3, 5)).transpose(1, 2, 0)


def masked_outer(x):
    return np.multiply.outer(
        x[:3], x[3:5], where=np.array([True, False]), out=np.zeros((3, 2), like=x)
    )


def border(vector, widths, axis, options):
    vector[: widths[0]] = vector[widths[0]] ** 2
    vector[len(vector) - widths[1] :] = 2.0


def into(function, *args, dtype=np.float64, shape=(3,), **options):
    """Return a program that has a function write its result into an array of some dtype."""

    def program(x):
        target = np.zeros(shape, dtype, like=x)
        function(x, *args, out=target, **options)
        return target

    return program


def written_view(x):
    y = x * 1.0
    y.view()[0] = 3.0 * x[1]
    return y


CASES = {
    "pad constant": (lambda x: np.pad(x, 1, constant_values=x[0, 0]), M),
    "pad ramp": (lambda x: np.pad(x, ((1, 2), (0, 3)), "linear_ramp", end_values=x[0, 1]), M),
    "pad ramp, empty": (lambda x: np.pad(x, ((0, 0), (1, 1)), "linear_ramp"), np.zeros((0, 3))),
    "pad by a function": (lambda x: np.pad(x, ((1, 2), (2, 3)), border), M),
    "dot of a number": (lambda x: np.dot(3.0, x), M),
    "insert nothing": (lambda x: np.insert(x, [], 5.0), V),
    "outer where": (masked_outer, V),
    "outer of nothing": (lambda x: np.add.outer(x, x[0], out=np.zeros(6, like=x)), V),
    "sign order": (lambda x: np.sign(x, order="F") * x, np.ascontiguousarray(M)),
    "modf order": (lambda x: np.modf(x, order="F")[0], np.ascontiguousarray(M)),
    "sort": (lambda x: np.sort(x, axis=0), M),
    "sort flat": (lambda x: np.sort(x, axis=None), M),
    "sort records": (lambda x: np.sort(x, axis=1), RECORDS),
    "sort_complex": (np.sort_complex, M + 1j * M[::-1]),
    "select": (lambda x: np.select([x > 1, x > 0], [x**2, x * 3], -x), M),
    "copy": (copy.copy, M),
    "deepcopy": (lambda x: copy.deepcopy([x])[0], M),
    "view": (written_view, V),
    "polyval": (lambda x: np.polyval([1.0, 2.0, -0.5], x), M),
    "polyint": (lambda x: np.polyint(x, 2, k=[x[0], 3.0]), V),
    "trapezoid": (lambda x: np.trapezoid(x, dx=x[0, 0]), np.ascontiguousarray(M)),
    "quantile": (lambda x: np.quantile(x, 0.3, weights=x**2, method="inverted_cdf"), NARROW[:, 0]),
    "clip where": (lambda x: np.clip(x, -0.3, 0.3, where=V > 0, out=np.zeros(6, like=x)), V),
}
if np.lib.NumpyVersion(np.__version__) >= "2.4.0":  # others refuse to measure nothing
    CASES |= {
        "norm 2 of nothing": (lambda x: np.linalg.norm(x, 2), np.zeros((0, 3))),
        "norm inf of nothing": (lambda x: np.linalg.vector_norm(x, ord=np.inf), np.zeros(0)),
    }
WIDER = {
    "var": into(np.var, axis=0),
    "var by position": lambda x: into(lambda a, out: np.var(a, 0, None, out, 1))(x),
    "std": into(np.std, axis=0, ddof=1),
    "nanvar": into(np.nanvar, axis=0),
    "nanstd": into(np.nanstd, axis=0),
    "ptp": into(np.ptp, axis=0),
    "median": into(np.median, axis=0),
    "quantile": into(np.quantile, 0.3, axis=0),
    "nanpercentile": into(np.nanpercentile, 70.0, axis=0),
    "complex var": into(np.var, axis=0, dtype=np.complex128),
    "einsum": lambda x: into(lambda a, out: np.einsum("ij,ij->j", a, a, out=out))(x),
    "fft": into(np.fft.fft, axis=0, dtype=np.complex128, shape=(5, 3)),
    "irfft": into(np.fft.irfft, n=4, axis=0, shape=(4, 3)),
}
CASES |= {f"{name}, wider": (f, NARROW) for name, f in WIDER.items()}


@pytest.mark.parametrize(("f", "x"), CASES.values(), ids=list(CASES))
def test_values_have_the_bits_and_the_order_of_numpys(f, x):
    expected = f(x.copy(order="K"))
    for found in (ad.vjp(f, x)[0], ad.jvp(f, (x,), (x,))[0]):
        assert found.dtype == expected.dtype
        assert found.tobytes("A") == expected.tobytes("A")
        assert found.copy(order="K").strides == expected.copy(order="K").strides


@pytest.mark.parametrize(("f", "x"), CASES.values(), ids=list(CASES))
def test_derivatives_agree_with_differences_and_across_modes(f, x):
    t = np.random.default_rng(1).normal(size=x.shape).astype(x.dtype)
    wide = np.result_type(x, np.float64)
    ends = []
    for step in (1e-6, -1e-6):
        moved = x.astype(wide)
        moved += step * t
        ends.append(f(moved))
    y, change = ad.jvp(f, (x,), (t,))
    tolerance = 1e-8 if x.dtype.itemsize >= 8 else 2e-5
    np.testing.assert_allclose(change, (ends[0] - ends[1]) / 2e-6, rtol=100 * tolerance, atol=1e-4)
    ct = np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)
    (pulled,) = ad.vjp(f, x)[1](ct)
    assert np.real(np.sum(pulled * t)) == pytest.approx(np.real(np.sum(ct * change)), rel=tolerance)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sort(x), np.float64(1.0)),
        (lambda x: np.sort(x, order="f"), V),
        (lambda x: np.select([x], [x]), V),
        (lambda x: np.matmul(x, x, keepdims=True), np.eye(2)),
        (lambda x: np.average(x, axis=1), np.zeros((0, 3))),
    ],
)
def test_what_numpy_refuses_is_refused(f, x):
    with pytest.raises((TypeError, ValueError, ZeroDivisionError)) as theirs:
        f(np.array(x))
    with pytest.raises(type(theirs.value)):
        ad.vjp(f, np.array(x))


def test_a_plain_array_is_not_written_behind_numpys_back():
    """nanvar takes no notice of a mean that is traced, and works in memory of its own."""
    with pytest.raises(InPlaceError, match="ADK301"):
        ad.vjp(lambda m: np.nanvar(np.ones((4, 3)), axis=0, mean=m), np.ones((1, 3)))


def test_pow_with_a_modulus_is_refused():
    for x in (2.0, np.ones(3)):
        with pytest.raises(MissingRuleError, match="modulus") as refused:
            ad.vjp(lambda x: pow(x, 2, 3), x)
        assert refused.value.code == "ADK401"
    assert ad.grad(lambda x: pow(x, 3))(2.0) == 12.0


@pytest.mark.parametrize("kind", ["i8", np.complex128, np.matrix])
def test_a_view_in_another_dtype_is_refused(kind):
    with pytest.raises(MemoryAccessError, match="view in another dtype"):
        ad.vjp(lambda x: x.view(kind), V)


def test_an_iterator_knows_where_it_is():
    places = []

    def f(x):
        flat = x.flat
        for _ in range(5):
            places.append((flat.index, flat.coords))
            next(flat)
        return x

    f(M)
    f_places, places = places, []
    ad.vjp(f, M)
    assert places == f_places


@pytest.mark.parametrize("f", [lambda x: x[x[0]], lambda x: (x * 1.0)[x[1]]])
def test_an_index_that_is_traced_is_refused_as_one(f):
    with pytest.raises(DetachError, match="cannot be an index") as refused:
        ad.vjp(f, V)
    assert refused.value.code == "ADK204"
