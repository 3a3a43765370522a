"""Every ufunc of NumPy, with its options and methods, against its definition by plain calls."""

import functools
import itertools

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import DetachError, MissingRuleError
from adkit.common.registry import find

UFUNCS = {
    getattr(np, name).__name__: getattr(np, name)
    for name in dir(np)
    if isinstance(getattr(np, name), np.ufunc)
}
#: Ufuncs that take no floats, so that there is nothing to differentiate: why, by their names.
WITHOUT_FLOATS = {
    "bits of integers": "bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift "
    "right_shift",
    "divisors of integers": "gcd lcm",
    "dates": "isnat",
}
REFUSED = set(" ".join(WITHOUT_FLOATS.values()).split())
DECLARED = {name: ufunc for name, ufunc in UFUNCS.items() if name not in REFUSED}
ELEMENTWISE = {name: u for name, u in DECLARED.items() if u.signature is None}
BINARY = {name: u for name, u in ELEMENTWISE.items() if u.nin == 2 and u.nout == 1}

MODES = (ad.jacfwd, ad.jacrev)
RNG = np.random.default_rng(7)
X, Y = RNG.uniform(0.55, 0.95, (2, 3, 4))
MASK = np.array([[True, False, True, True], [False] * 4, [True, True, False, True]])
WHOLE = np.array([[1, 2, 1, 3], [2, 0, 1, 1], [3, 1, 2, 1]])


def test_every_ufunc_is_declared_or_refused_for_a_reason():
    assert {name for name, ufunc in UFUNCS.items() if find(ufunc) is None} == REFUSED & set(UFUNCS)


@pytest.mark.parametrize("name", sorted(REFUSED & set(UFUNCS)))
def test_a_ufunc_that_takes_no_floats_gives_the_error_of_numpy(name):
    ufunc = UFUNCS[name]
    with pytest.raises(TypeError) as plain:
        ufunc(*[X] * ufunc.nin)
    for transform in MODES:
        with pytest.raises(TypeError) as traced:
            transform(lambda x: ufunc(*[x] * ufunc.nin))(X)
        assert str(traced.value) == str(plain.value)


# ---------------------------------------------------------------- against definitions


def point(ufunc):
    """Return where to differentiate, and a second operand."""
    x = X + 1 if ufunc is np.arccosh else X
    return x, WHOLE if ufunc is np.ldexp else Y


def operands(ufunc, x, y):
    return (x, y)[: ufunc.nin]


def several(results):
    """Return the results of inexact dtype, joined in one vector."""
    results = results if isinstance(results, tuple) else (results,)
    return np.concatenate([np.ravel(r) for r in results if r.dtype.kind == "f"])


def agree(f, definition, x, rtol=1e-12):
    """Check that `f` has the derivatives of its definition, in both modes, of both orders."""
    expected = ad.jacfwd(definition)(x)
    for mode in MODES:
        np.testing.assert_allclose(mode(f)(x), expected, rtol=rtol, atol=rtol)
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    second = [
        outer(lambda s, d=inner, g=g: d(g)(x + s * direction))(0.0)
        for g in (definition, f)
        for inner in MODES
        for outer in MODES
    ]
    scale = max(np.max(np.abs(second[0]), initial=0), 1)
    for found in second[1:]:
        np.testing.assert_allclose(found, second[0], rtol=1e-9, atol=1e-10 * scale)


def keeps_values(f, x):
    """Check that both modes return NumPy's values and dtypes."""
    expected = f(x)
    for found in (ad.jvp(f, (x,), (x,))[0], ad.vjp(f, x)[0]):
        pairs = (found, expected) if isinstance(expected, tuple) else ((found,), (expected,))
        for a, b in zip(*pairs, strict=True):
            assert a.dtype == b.dtype
            assert type(a) is type(b)
            np.testing.assert_array_equal(a, b)


def differentiable(f, x):
    """Return whether all results of `f` may carry a derivative."""
    results = f(x)
    results = results if isinstance(results, tuple) else (results,)
    return any(r.dtype.kind == "f" for r in results)


def check(f, definition, x):
    keeps_values(f, x)
    if differentiable(f, x):
        agree(lambda x: several(f(x)), lambda x: several(definition(x)), x)


@pytest.mark.parametrize("ufunc", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_where_leaves_the_other_elements(ufunc):
    x, y = point(ufunc)

    def masked(x):
        targets = tuple(np.zeros(x.shape, r.dtype) for r in plain)
        return ufunc(*operands(ufunc, x, y), where=MASK, out=targets)

    def definition(x):
        results = ufunc(*operands(ufunc, x, y))
        results = results if isinstance(results, tuple) else (results,)
        return tuple(np.where(MASK, r, 0) for r in results)

    plain = ufunc(*operands(ufunc, x, y))
    plain = plain if isinstance(plain, tuple) else (plain,)
    if any(r.dtype.kind == "f" for r in plain):
        check(masked, definition, x)


@pytest.mark.parametrize("ufunc", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_where_without_out(ufunc):
    x, y = point(ufunc)

    def selected(x):
        results = ufunc(*operands(ufunc, x, y), where=MASK, out=(None,) * ufunc.nout)
        results = results if isinstance(results, tuple) else (results,)
        return tuple(np.where(MASK, r, 0) for r in results)

    def definition(x):
        results = ufunc(*operands(ufunc, x, y))
        results = results if isinstance(results, tuple) else (results,)
        return tuple(np.where(MASK, r, 0) for r in results)

    if differentiable(definition, x):
        agree(lambda x: several(selected(x)), lambda x: several(definition(x)), x)


OUTER = {name: u for name, u in ELEMENTWISE.items() if u.nin == 2}


@pytest.mark.parametrize("ufunc", OUTER.values(), ids=OUTER)
def test_outer(ufunc):
    _, y = point(ufunc)
    check(lambda x: ufunc.outer(x, y[:2]), lambda x: ufunc(x[:, None, None], y[:2]), X[0])
    if ufunc is not np.ldexp:
        check(lambda x: ufunc.outer(y[0], x), lambda x: ufunc(y[0][:, None], x), X[1])
        check(lambda x: ufunc.outer(x[0], x[1]), lambda x: ufunc(x[0][:, None], x[1]), X)


def reducible(ufunc):
    try:
        ufunc.reduce(X)
    except TypeError:
        return False
    return True


REDUCIBLE = {name: u for name, u in BINARY.items() if reducible(u)}


def test_ufuncs_that_cannot_be_reduced_are_those_of_two_kinds_of_operands():
    comparisons = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
    assert set(BINARY) - set(REDUCIBLE) == {*comparisons, "ldexp"}
    for name in comparisons:
        for mode in MODES:
            with pytest.raises(TypeError, match="No loop"):
                mode(BINARY[name].reduce)(X)


@pytest.mark.parametrize("ufunc", REDUCIBLE.values(), ids=REDUCIBLE)
def test_reduce(ufunc):
    check(ufunc.reduce, lambda x: functools.reduce(ufunc, x), X)
    check(
        lambda x: ufunc.reduce(x, axis=-1, keepdims=True),
        lambda x: functools.reduce(ufunc, x.T)[:, None],
        X,
    )
    check(lambda x: ufunc.reduce(x, initial=0.7), lambda x: functools.reduce(ufunc, [0.7, *x]), X)
    check(
        lambda x: ufunc.reduce(x, initial=0.7, where=MASK),
        lambda x: np.stack(
            [
                functools.reduce(ufunc, [0.7 + 0 * c[0], *c[m]])
                for c, m in zip(x.T, MASK.T, strict=True)
            ]
        ),
        X,
    )


@pytest.mark.parametrize("ufunc", REDUCIBLE.values(), ids=REDUCIBLE)
def test_accumulate(ufunc):
    for axis in (0, -1):
        check(
            lambda x, axis=axis: ufunc.accumulate(x, axis=axis),
            lambda x, axis=axis: np.stack(
                list(itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)), axis=axis
            ),
            X,
        )


@pytest.mark.parametrize("ufunc", REDUCIBLE.values(), ids=REDUCIBLE)
def test_reduceat(ufunc):
    check(
        lambda x: ufunc.reduceat(x, [0, 2, 1, 1], axis=1),
        lambda x: np.stack(
            [
                functools.reduce(ufunc, part.T)
                for part in (x[:, 0:2], x[:, 2:3], x[:, 1:2], x[:, 1:])
            ],
            axis=1,
        ),
        X,
    )


IN_PLACE = {
    name: u
    for name, u in ELEMENTWISE.items()
    if u.nout == 1 and u(*operands(u, *point(u))).dtype == float
}


@pytest.mark.parametrize("ufunc", IN_PLACE.values(), ids=IN_PLACE)
def test_at(ufunc):
    x, y = point(ufunc)
    places = ([0, 0, 2], [1, 1, 3])
    others = [y[0, :3]] if ufunc.nin == 2 else []

    def at(x):
        changed = x * 1.0
        ufunc.at(changed, places, *others)
        return changed

    def definition(x):
        changed = x * 1.0
        for k, place in enumerate(zip(*places, strict=True)):
            changed[place] = ufunc(changed[place], *[b[k] for b in others])
        return changed

    with np.errstate(all="ignore"):  # arccosh twice leaves its domain
        if np.isfinite(at(x)).all():
            check(at, definition, x)


# ---------------------------------------------------------------- types

SINGLE = X.astype(np.float32)


def test_dtype_is_that_of_the_calculation():
    keeps_values(lambda x: np.exp(x, dtype=np.float32), X)
    _, tangent = ad.jvp(lambda x: np.exp(x, dtype=np.float32), (X,), (X,))
    assert tangent.dtype == np.float32
    for mode in MODES:
        found = mode(lambda x: np.multiply(x, x, dtype=np.float64))(SINGLE[0])
        np.testing.assert_array_equal(found, np.diag(2 * SINGLE[0].astype(float)))
        z = mode(lambda x: np.sqrt(x, dtype=complex).imag)(np.array([-4.0]))
        np.testing.assert_array_equal(z, [[-0.25]])  # of sqrt(-x) i


@pytest.mark.parametrize("mode", MODES)
def test_casting_and_signatures_are_numpys(mode):
    for wrong in (
        lambda x: np.exp(x, dtype=np.float32, casting="safe"),
        lambda x: np.exp(x + 0j, dtype=float),
        lambda x: np.add(x, x, signature="ff->f", casting="no"),
        lambda x: np.add(x, x, casting="no", dtype=np.float32),
    ):
        with pytest.raises(TypeError, match="Cannot cast"):
            wrong(X)
        with pytest.raises(TypeError, match="Cannot cast"):
            mode(lambda x, f=wrong: f(x).real)(X)
    for right in (
        lambda x: np.add(x, x, signature="dd->d"),
        lambda x: np.add(x, x, signature=(None, None, np.dtype(float))),
        lambda x: np.exp(x, casting="unsafe"),
        lambda x: np.exp(x, subok=False),
    ):
        keeps_values(right, X)


@pytest.mark.parametrize("mode", MODES)
def test_order_is_that_of_the_result(mode):
    strides = []

    def f(x):
        y = np.exp(x, order="F")
        strides.append(y.strides)
        return y

    mode(f)(X)
    assert strides == [np.exp(X, order="F").strides]


@pytest.mark.parametrize("mode", MODES)
def test_integers_are_refused_where_a_derivative_would_be_lost(mode):
    for f in (
        lambda x: np.add(x, 1, dtype=int),
        lambda x: np.add(x, 1, signature="ll->l", casting="unsafe"),
    ):
        with pytest.raises(DetachError, match="would lose the derivative"):
            mode(f)(X)
    assert not mode(lambda x: np.greater(x, 0.7, dtype=bool) * 1.0)(X).any()


# ---------------------------------------------------------------- axes of vectors and matrices

STACK = RNG.uniform(-1, 1, (3, 2, 4))
AXES = {
    "matmul": (
        lambda x: np.matmul(x, Y, axes=[(0, 2), (1, 0), (0, 1)]),
        lambda x: np.einsum("ijk,lk->ilj", x, Y),
    ),
    "vecdot by axis": (
        lambda x: np.vecdot(x, x * x, axis=0),
        lambda x: np.einsum("ijk,ijk->jk", x, x * x),
    ),
    "vecdot by axes": (
        lambda x: np.vecdot(x, Y[:, None], axes=[0, 0, ()]),
        lambda x: np.einsum("ijk,ik->jk", x, Y),
    ),
    "vecdot that keeps an axis": (
        lambda x: np.vecdot(x, x, axis=1, keepdims=True),
        lambda x: np.einsum("ijk,ijk->ik", x, x)[:, None],
    ),
    "vecdot that keeps the last axis": (
        lambda x: np.vecdot(x, x, keepdims=True),
        lambda x: np.einsum("ijk,ijk->ij", x, x)[..., None],
    ),
}
if hasattr(np, "matvec"):
    AXES["matvec"] = (
        lambda x: np.matvec(x, Y[:2], axes=[(0, 2), -1, 0]),
        lambda x: np.einsum("ijk,jk->ij", x, Y[:2]),
    )


@pytest.mark.parametrize(("f", "definition"), AXES.values(), ids=AXES)
def test_axes(f, definition):
    keeps_values(f, STACK)
    agree(f, definition, STACK)


# ---------------------------------------------------------------- functions of Python


@pytest.mark.parametrize("mode", MODES)
def test_python_functions_by_element_are_refused_with_a_remedy(mode):
    def cube(a):
        return a * a * a

    with pytest.raises(MissingRuleError, match=r"np\.stack\(\[f\(element\) for element in x\]\)"):
        mode(np.frompyfunc(cube, 1, 1))(X[0])
    with pytest.raises(DetachError, match=r"numpy\.vectorize.*\n.*np\.stack"):
        mode(np.vectorize(cube))(X[0])
    with pytest.raises(DetachError, match=r"numpy\.vectorize"):
        mode(np.vectorize(cube, otypes=[float], signature="(n)->(n)"))(X)
    remedy = mode(lambda x: np.stack([cube(element) for element in x]))(X[0])
    np.testing.assert_allclose(remedy, np.diag(3 * X[0] ** 2), rtol=1e-15)
