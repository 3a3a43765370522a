"""Strategies draw what they promise, shrink, and refuse what makes no sense."""

import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import adkit as ad
from adkit import rules
from adkit.common.errors import ArgumentError
from adkit.testing import strategies as ast
from adkit.testing.sampling import operations

DRAWING = [Phase.generate]
#: The same draws in every run.
FIXED = settings(derandomize=True, database=None)


def met(strategy, condition):
    """Return whether a condition is met by what a strategy draws, now and then."""
    try:
        find(strategy, condition, settings=settings(FIXED, max_examples=2000, phases=DRAWING))
    except NoSuchExample:
        return False
    return True


def never(strategy, condition):
    """Return whether a condition is met by nothing that a strategy draws."""
    seen = []

    @settings(FIXED, max_examples=150)
    @given(strategy)
    def look(drawn):
        seen.append(bool(condition(drawn)))

    look()
    return not any(seen)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("dtype", [float, np.float16, np.float32, np.float64, np.longdouble])
def test_numbers_are_usual_and_of_their_type(dtype):
    kind = float if dtype is float else np.dtype(dtype).type

    @given(ast.floats(dtype=dtype))
    def holds(x):
        assert type(x) is kind
        assert abs(x) <= 1e3
        assert x == 0 or abs(x) >= 0.99e-6

    holds()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "ends", [(0, 1), (-1, np.inf), (-np.inf, -5000), (2e4, 3e4), (5000, np.inf)]
)
def test_numbers_lie_inside_their_domain(ends, dtype):
    low, high = ends

    @given(ast.floats(low=low, high=high, dtype=dtype))
    def holds(x):
        assert low < x < high
        assert np.isfinite(x)

    holds()


def test_numbers_keep_their_distance_from_kinks():
    @given(ast.floats(kinks_at=[0.0, 1.0, 1.0001], low=-2, high=3, margin=0.1))
    def holds(x):
        assert abs(x) >= 0.1
        assert min(abs(x - 1), abs(x - 1.0001)) >= 0.24e-4

    holds()


def test_numbers_are_on_kinks_and_elsewhere():
    on = ast.floats(rules.Domain(kinks=(0.0, 0.1)), kinks="hit")
    assert met(on, lambda x: x == 0.1)
    assert met(on, lambda x: x == 0 and math.copysign(1, x) > 0)
    assert met(on, lambda x: x == 0 and math.copysign(1, x) < 0)
    assert met(on, lambda x: x not in (0.0, 0.1))
    assert met(ast.floats(kinks_at=[0.1], kinks="hit", dtype="f"), lambda x: x == np.float32(0.1))


@pytest.mark.parametrize("domain", ["log", np.log, rules.interval(0, np.inf)])
def test_the_domain_of_an_operation(domain):
    @given(ast.floats(domain), ast.arrays(domain=domain, high=7.0))
    def holds(x, y):
        assert x > 0
        assert np.all((y > 0) & (y < 7))

    holds()


def test_an_operation_of_several_domains_is_refused():
    with pytest.raises(ArgumentError, match=r"each operand of numpy\.\w+ has a domain of its own"):
        ast.floats(np.float_power)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 5e-324])
def test_odd_numbers_are_drawn_where_they_are_asked_for(bad):
    def same(x):
        return x == bad or (x != x and bad != bad) or 0 < abs(x) < 1e-308 > abs(bad)

    assert met(ast.floats(nonfinite=True, subnormals=True), same)
    assert never(ast.floats(), same)


def test_numbers_shrink():
    assert find(ast.floats(low=0.0), lambda x: x > 2, settings=FIXED) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kinks": "near"}, "kinks must be one of avoid, hit, not 'near'"),
        ({"kinks": "hit"}, "no kink inside"),
        ({"kinks": "hit", "kinks_at": [3.0], "high": 2.0}, "no kink inside"),
        ({"low": 1.0, "high": 1.0}, "no number of float64 lies clear inside"),
        ({"low": 1.0, "high": 1.0 + 1e-9, "dtype": np.float16}, "no number of float16"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options, says):
    with pytest.raises(ArgumentError, match=says):
        ast.floats(**options)
    if "dtype" not in options:
        with pytest.raises(ArgumentError, match=says):
            ast.arrays(**options)


# ---------------------------------------------------------------- arrays


@given(ast.arrays(dtype=ast.dtypes("inexact", half=True), low=0.0, high=100))
def test_arrays_are_on_their_domain(x):
    assert isinstance(x, np.ndarray)
    assert np.all((x.real > 0) & (x.real < 100))
    assert np.all(np.abs(x.imag) <= 0.2 * np.maximum(x.real, 1) * 1.01)
    assert x.size == 0 or math.prod(x.shape) <= 125


LOOKS = {
    "F": lambda x: x.flags.f_contiguous and not x.flags.c_contiguous,
    "strided": lambda x: x.size > 1 and x.strides[-1] == 2 * x.itemsize,
    "reversed": lambda x: x.size > 1 and x.strides[0] < 0,
    "read-only": lambda x: not x.flags.writeable and x.flags.c_contiguous,
    "repeated": lambda x: x.size > 1 and x.strides[0] == 0,
    "swapped": lambda x: not x.dtype.isnative,
}


@pytest.mark.parametrize("layout", LOOKS)
def test_layouts(layout):
    assert met(ast.arrays(), LOOKS[layout])
    assert met(ast.arrays(layout=layout), LOOKS[layout])
    assert met(ast.layouts(), lambda name: name == layout)
    assert never(ast.arrays(layout="C"), LOOKS[layout])


def test_arrays_may_be_empty_or_of_no_axes():
    assert met(ast.arrays(), lambda x: x.shape == ())
    assert met(ast.arrays(), lambda x: x.size == 0)
    assert never(ast.arrays(ast.shapes(1, shortest=1)), lambda x: x.size == 0 or x.ndim == 0)


@given(ast.arrays(ast.shapes(shortest=1), kinks_at=[0.5], kinks="hit"))
def test_an_array_has_a_number_on_a_kink(x):
    assert np.any(x == 0.5)


def test_arrays_shrink_to_few_plain_numbers():
    x = find(ast.arrays(), lambda x: np.sum(np.abs(x)) > 3, settings=FIXED)
    assert x.size == 1
    assert x.flags.c_contiguous
    assert np.all(x == 4)


def test_an_unknown_layout_is_refused():
    with pytest.raises(ArgumentError, match="layout must be one of C, F, "):
        ast.arrays(layout="fortran")


@given(ast.broadcastable(3))
def test_shapes_that_broadcast(shapes):
    assert len(shapes) == 3
    assert np.broadcast_shapes(*shapes) in shapes


def test_shapes_that_broadcast_differ_in_every_way():
    shapes = ast.broadcastable(2, min_dims=1, shortest=2)
    assert met(shapes, lambda s: len(s[0]) < len(s[1]))
    assert met(shapes, lambda s: len(s[0]) > len(s[1]))
    assert met(shapes, lambda s: 1 in (*s[0], *s[1]) and len(s[0]) == len(s[1]))


def test_dtypes():
    def drawn(*args, **kwargs):
        dtypes = ast.dtypes(*args, **kwargs)
        return {c for c in "edfgFDG" if met(dtypes, np.dtype(c).__eq__)}

    assert drawn() == set("fdg")
    assert drawn("complex", half=True) == set("FDG")
    assert drawn("inexact", half=True) == set("efdgFDG")
    with pytest.raises(ArgumentError, match="kind must be one of real, complex, inexact"):
        ast.dtypes("integer")


# ---------------------------------------------------------------- matrices


@pytest.mark.parametrize("cond", [1.0, 5.0, 1e4])
@pytest.mark.parametrize("kind", ["general", "symmetric", "spd", "triangular", "orthogonal"])
def test_matrices(kind, cond):
    @given(ast.matrices(kind=kind, cond=cond, stack="any", dtype=st.sampled_from("fdFD")))
    def holds(a):
        eps = np.finfo(a.dtype).eps
        assert a.shape[-1] == a.shape[-2] > 0
        conjugate = np.swapaxes(a, -1, -2).conj()
        if kind in ("symmetric", "spd"):
            assert np.array_equal(a, conjugate)
        if kind == "orthogonal":
            np.testing.assert_allclose(a @ conjugate, np.eye(a.shape[-1]) + 0 * a, atol=32 * eps)
        if kind == "triangular":
            assert np.array_equal(a, np.tril(a)) or np.array_equal(a, np.triu(a))
        if not a.size:
            return
        bound = 1 if kind == "orthogonal" else cond
        assert np.max(np.linalg.cond(a)) <= bound * (1 + 64 * eps * cond)
        if kind == "spd":
            assert np.min(np.linalg.eigvalsh(a)) > 0

    holds()


@given(ast.matrices(2, 4, stack=(3,)), ast.matrices(st.integers(5, 6)))
def test_shapes_of_matrices(a, b):
    assert a.shape == (3, 2, 4)
    assert b.shape in ((5, 5), (6, 6))


def test_matrices_of_all_kinds_are_drawn():
    assert met(ast.matrices(kind="triangular"), lambda a: np.tril(a, -1).any())
    assert met(ast.matrices(kind="triangular"), lambda a: np.triu(a, 1).any())
    assert met(ast.matrices(kind="symmetric"), lambda a: np.linalg.eigvalsh(a).min() < 0)
    assert met(ast.matrices(stack="any"), lambda a: a.ndim > 2)
    assert met(ast.matrices(cond=1e4), lambda a: np.linalg.cond(a) > 50)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": "banded"}, "kind must be one of"),
        ({"cond": 0.5}, "cond must be at least 1"),
        ({"cond": math.nan}, "cond must be at least 1"),
        ({"m": 3, "kind": "spd"}, "spd matrices are square"),
    ],
)
def test_matrices_that_make_no_sense_are_refused(options, says):
    with pytest.raises(ArgumentError, match=says):
        ast.matrices(**options)


# ---------------------------------------------------------------- indices, axes, seeds


@given(ast.shapes(1).flatmap(lambda shape: st.tuples(st.just(shape), ast.indices(shape))))
def test_indices_fit(drawn):
    shape, index = drawn
    assert np.ones(shape)[index].dtype == float


@given(ast.index_arrays(3), ast.index_arrays(3, repeats=False), ast.index_arrays(4, (2, 3)))
def test_index_arrays(repeated, different, shaped):
    assert len(set((repeated % 3).tolist())) < repeated.size
    assert len(set((different % 3).tolist())) == different.size
    assert shaped.shape == (2, 3)
    for n, index in ((3, repeated), (3, different), (4, shaped)):
        assert index.dtype == np.intp
        assert np.all((index >= -n) & (index < n))


def test_index_arrays_from_either_end():
    assert met(ast.index_arrays(3), lambda i: np.any(i < 0) and np.any(i >= 0))
    assert never(ast.index_arrays(3, negative=False), lambda i: np.any(i < 0))


def test_index_arrays_of_what_cannot_be_indexed_are_refused():
    with pytest.raises(ArgumentError, match="length 0 has no elements"):
        find(ast.index_arrays(0), lambda i: True, settings=FIXED)
    with pytest.raises(ArgumentError, match="length 2 has no 3 different indices"):
        find(ast.index_arrays(2, 3, repeats=False), lambda i: True, settings=FIXED)


@given(st.integers(0, 3).flatmap(lambda ndim: st.tuples(st.just(ndim), ast.axes(ndim))))
def test_axes(drawn):
    ndim, axis = drawn
    assert np.sum(np.ones((2,) * ndim), axis).ndim <= ndim


def test_axes_of_each_kind():
    assert met(ast.axes(2), lambda a: a is None)
    assert met(ast.axes(2), lambda a: type(a) is int and a < 0)
    assert met(ast.axes(2), lambda a: a in ((1, 0), (-1, 0), (1, -2), (-1, -2)))
    single = ast.axes(2, everything=False, several=False)
    assert never(single, lambda a: type(a) is not int)
    with pytest.raises(ArgumentError, match="no axis"):
        find(ast.axes(0, everything=False, several=False), lambda a: True, settings=FIXED)


ARGUMENT = {"w": np.ones((2, 3), np.float32), "b": (1.0, np.complex128(2)), "none": None}


@given(ast.tangents_like(ARGUMENT), ast.cotangents_like(ARGUMENT))
def test_seeds(v, w):
    for seed in (v, w):
        assert list(seed) == list(ARGUMENT)
        assert seed["w"].shape == (2, 3)
        assert seed["w"].dtype == np.float32
        assert type(seed["b"][0]) is float
        assert type(seed["b"][1]) is np.complex128
        assert np.all(seed["w"] != 0)
    assert 0.25 <= np.min(np.abs(v["w"])) <= np.max(np.abs(v["w"])) <= 1


def test_seeds_have_sizes():
    assert met(ast.cotangents_like(1.0), lambda w: abs(w) > 1e3)
    assert met(ast.cotangents_like(1.0), lambda w: abs(w) < 1e-3)
    assert never(ast.cotangents_like(1.0, scales=False), lambda w: not 0.25 <= abs(w) <= 1)
    assert never(ast.tangents_like(1.0, size=0.1), lambda v: abs(v) > 0.1)
    assert met(ast.tangents_like(np.ones(2), size=[1, 0.01]), lambda v: v[0] < 0 < v[1] <= 0.01)


def test_what_has_no_tangent_is_refused():
    with pytest.raises(ArgumentError, match="int64 have no tangent"):
        ast.tangents_like((1.0, np.arange(3, dtype=np.int64)))


# ---------------------------------------------------------------- calls


@pytest.mark.parametrize("operation", ["hypot", "numpy.hypot", np.hypot])
def test_calls_of_one_operation(operation):
    @given(ast.calls(operation))
    def holds(call):
        assert call.operation.function is np.hypot
        assert call.function(*call.primals).dtype.kind == "f"

    holds()


@given(ast.calls())
def test_calls_of_any_operation(call):
    assert operations()[call.name].verb == call.operation.verb
    with np.errstate(all="ignore"):
        call.whole(*call.primals)


def test_calls_of_many_operations_are_drawn():
    for verb in ("elementwise", "linear", "bilinear", "general", "constant"):
        assert met(ast.calls(), lambda call, verb=verb: call.operation.verb == verb)


@rules.elementary
def swirled(x, y):
    return x * y[::-1]


rules.bilinear(swirled, lambda ct, x, y: ct * y[::-1], lambda ct, x, y: (ct * x)[::-1])


def test_calls_of_a_rule_of_ones_own():
    @given(ast.calls(swirled, calls=lambda d: d.call(d.array((3,)), d.array((3,))), dtypes="d"))
    def holds(call):
        assert call.args[0].shape == (3,)

    holds()
    with pytest.raises(ArgumentError, match="nobody said how "):
        ast.calls(swirled)
    with pytest.raises(ArgumentError, match="no derivative rule"):
        ast.calls("numpy.nothing")


# ---------------------------------------------------------------- sparse functions


@given(ast.sparse_functions(), st.integers(0, 2**16))
def test_sparse_functions_know_their_jacobian(f, seed):
    m, n = f.shape
    x = np.random.default_rng(seed).uniform(-3, 3, n)
    assert f(x).shape == (m,)
    J = f.jacobian(x)
    assert np.array_equal(J != 0, f.pattern)
    for found in (ad.jacfwd(f)(x), ad.jacrev(f)(x)):
        np.testing.assert_allclose(found, J, rtol=1e-12, atol=0)
    by_complex_step = [np.imag(f(x + 1e-30j * e)) / 1e-30 for e in np.eye(n)]
    np.testing.assert_allclose(np.transpose(by_complex_step), J, rtol=1e-12, atol=0)


@given(ast.sparse_functions(5, 4, linear=True))
def test_linear_sparse_functions(f):
    x, y = np.arange(5.0), np.linspace(-1, 1, 5)
    assert np.array_equal(f.jacobian(x), f.jacobian(y))
    np.testing.assert_allclose(f(x) - f(y), f.jacobian(x) @ (x - y), rtol=1e-12, atol=1e-12)


def test_sparse_functions_are_not_linear_unless_asked():
    x = np.arange(3.0)
    functions = ast.sparse_functions(3, 3, density=1.0)
    assert met(functions, lambda f: np.any(f.jacobian(x) != f.jacobian(0 * x)))


@pytest.mark.parametrize("shape", [(3, 4), (0, 2), (2, 0)])
def test_a_pattern_that_is_given(shape):
    pattern = np.tri(*shape, dtype=bool)

    @given(ast.sparse_functions(pattern=pattern))
    def holds(f):
        assert np.array_equal(f.pattern, pattern)
        x = np.ones(shape[1], np.float32)
        assert f(x).shape == shape[:1]
        assert f(x).dtype == x.dtype

    holds()


def test_density_of_patterns():
    def share(f):
        return np.mean(f.pattern)

    assert never(ast.sparse_functions(5, 5, density=0), lambda f: share(f) > 0)
    assert never(ast.sparse_functions(5, 5, density=1), lambda f: share(f) < 1)
    assert never(ast.sparse_functions(40, 50, density=0.2), lambda f: not 0.1 < share(f) < 0.3)


def test_patterns_shrink_entry_by_entry():
    f = find(ast.sparse_functions(), lambda f: f.pattern.sum() > 1, settings=FIXED)
    assert f.pattern.sum() == 2
    assert f.pattern.size == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"density": 2}, "density must lie between 0 and 1"),
        ({"pattern": np.ones(3, bool)}, "matrix of bools, not bool"),
        ({"pattern": np.ones((3, 2))}, "matrix of bools, not float64"),
        ({"pattern": np.ones((3, 2), bool), "n": 3}, "n=3, but the pattern says 2"),
    ],
)
def test_patterns_that_make_no_sense_are_refused(options, says):
    with pytest.raises(ArgumentError, match=says):
        ast.sparse_functions(**options)


# ---------------------------------------------------------------- without Hypothesis


def test_without_hypothesis_one_line_says_what_to_install():
    code = """
        import sys

        sys.modules["hypothesis"] = None
        import adkit.testing
        import adkit.testing.strategies
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert run.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: adkit needs hypothesis here: pip install "adkit-autodiff[testing]"'
    )
