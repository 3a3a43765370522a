"""The border to plain Python and NumPy: a derivative is carried or refused, never lost.

Each refusal is an adkit error that is also the built-in a caller expects, names the user's line,
and says what to write instead.
"""

import array
import copy
import decimal
import fractions
import functools
import inspect
import itertools
import json
import math
import operator
import pickle
import statistics

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import adkit as ad
from adkit.common import errors

ENGINES = {"reverse": ad.grad, "forward": ad.derivative}


@pytest.fixture(params=ENGINES)
def engine(request):
    """Return a function that gives a derivative at a number, by one of the engines."""
    return ENGINES[request.param]


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    """Return a function that gives a gradient at an array, by one of the engines."""
    return ad.grad if request.param == "reverse" else ad.jacfwd


X = 3.0
V = np.array([1.0, 2.0, 3.0])


def check(error, kind, builtin, remedy):
    """Check an error's class, its built-in, the line that it names, and the remedy."""
    assert type(error) is kind
    assert isinstance(error, builtin)
    assert isinstance(error, ad.AdkitError)
    first, _, rest = str(error).partition("\n")
    assert "test_border.py:" in first
    assert remedy in rest


# ---------------------------------------------------------------- plain numbers are refused

NUMBERS = {
    "float": (lambda x: float(x) * x, "adkit.value(x)"),
    "int": (lambda x: int(x) * x, "int(adkit.value(x))"),
    "complex": (lambda x: complex(x) * x, "x + 0j"),
    "index": (lambda x: [1, 2, 3, 4][x] * x, "int(adkit.value(i))"),
    "range": (lambda x: sum(x for _ in range(x)), "int(adkit.value(i))"),
    "operator.index": (lambda x: operator.index(x) * x, "int(adkit.value(i))"),
    "math.sin": (lambda x: math.sin(x) * x, "numpy functions instead of math's"),
    "math.hypot": (lambda x: math.hypot(x, 1.0) * x, "numpy functions instead of math's"),
    "math.floor": (lambda x: math.floor(x) * x, "numpy functions instead of math's"),
    "math.isnan": (lambda x: x if math.isnan(x) else 2 * x, "numpy functions instead of math's"),
    "percent": (lambda x: float("%.3f" % x) * x, "adkit.value(x)"),  # noqa: UP031
    "array.array": (lambda x: array.array("d", [x])[0] * x, "adkit.value(x)"),
    "tolist": (lambda x: x.tolist() * x, "adkit.value(x)"),
    "np.asarray": (lambda x: np.asarray(x) * x, "np.stack"),
    "np.array": (lambda x: np.array(x) * x, "np.stack"),
    "np.array of a list": (lambda x: np.array([x, x]).sum(), "np.stack"),
    "np.array with dtype": (lambda x: np.array([x, 1.0], dtype=float).sum(), "np.stack"),
    "np.array of objects": (lambda x: np.array([x, x], dtype=object).sum(), "np.stack"),
    "np.array of lists": (lambda x: np.array([[x, 1.0], [2.0, x]]).sum(), "np.stack"),
    "np.float64": (lambda x: np.float64(x) * x, "adkit.value(x)"),
    "np.float32": (lambda x: np.float32(x) * x, "adkit.value(x)"),
    "np.full": (lambda x: np.full(3, x).sum(), "np.stack"),
    "np.arange": (lambda x: np.arange(0.0, x).sum(), "adkit.value(x)"),
    "np.r_": (lambda x: np.r_[x, x].sum(), "np.stack"),
    "np.vectorize": (lambda x: np.vectorize(lambda t: 2 * t)(x) * 1.0, "adkit.value(x)"),
    "np.random": (lambda x: np.random.default_rng(0).normal(x) * x, "adkit.value(x)"),
    "an index of an array": (lambda x: V[x] * x, "adkit.value(x)"),
    "an axis": (lambda x: np.sum(V, axis=x) * x, "int(adkit.value(i))"),
    "digits": (lambda x: round(V[0], x) * x, "int(adkit.value(i))"),
    "astype object": (lambda x: x.astype(object) * x, "adkit.value(x)"),
    "astype str": (lambda x: x.astype(str), "adkit.value(x)"),
    "ufunc with integers": (lambda x: np.add(x, x, dtype=int), "adkit.value(x)"),
    "a foreign function": (lambda x: scipy.linalg.solve(np.eye(1), x), "adkit.scipy"),
    "a slice of a buffer": (lambda x: np.zeros(3).__setitem__(slice(None), x), "np.stack"),
}


@pytest.mark.parametrize(("f", "remedy"), NUMBERS.values(), ids=list(NUMBERS))
def test_plain_numbers_are_refused(engine, f, remedy):
    with pytest.raises(errors.DetachError) as caught:
        engine(f)(X)
    check(caught.value, errors.DetachError, TypeError, remedy)


STORES = {
    "an element": lambda x: np.zeros(3).__setitem__(0, x),
    "np.fromiter": lambda x: np.fromiter(iter([x, x]), float),
}


@pytest.mark.parametrize("f", STORES.values(), ids=list(STORES))
def test_storing_into_an_ndarray_is_refused_and_numpy_names_the_cause(engine, f):
    with pytest.raises((ValueError, TypeError)) as caught:
        engine(f)(X)
    error = caught.value
    while not isinstance(error, ad.AdkitError):
        error = error.__cause__
    check(error, errors.DetachError, TypeError, "np.stack")


def test_storing_elements_of_an_array_is_refused(gradient):
    def f(x):
        y = np.zeros(3)
        for i in range(3):
            y[i] = x[i] ** 2
        return y.sum()

    with pytest.raises(errors.DetachError) as caught:  # NumPy's own error tells less
        gradient(f)(V)
    check(caught.value, errors.DetachError, TypeError, "np.stack")


# ---------------------------------------------------------------- writes into plain arrays

WRITES = {
    "augmented": lambda x, z: operator.iadd(z, x),
    "augmented product": lambda x, z: operator.imul(z, x),
    "out by name": lambda x, z: np.add(x, x, out=z),
    "out in a tuple": lambda x, z: np.add(x, x, out=(z,)),
    "out by position": lambda x, z: np.add(x, x, z),
    "out of a unary ufunc": lambda x, z: np.exp(x, out=z),
    "cumsum": lambda x, z: np.cumsum(x, out=z),
    "cumsum by position": lambda x, z: np.cumsum(x, 0, None, z),
    "dot": lambda x, z: np.dot(np.eye(3), x, z),
    "clip": lambda x, z: np.clip(x, 0.0, 1.0, z),
    "clip method": lambda x, z: x.clip(0.0, 1.0, out=z),
    "take": lambda x, z: np.take(x, [0, 1, 2], 0, z),
    "sum method": lambda x, z: x.sum(out=z[:1].reshape(())),
    "mean": lambda x, z: np.mean(x, out=z[:1].reshape(())),
    "einsum": lambda x, z: np.einsum("i->i", x, out=z),
    "stack": lambda x, z: np.stack([x, x], out=np.zeros((2, 3))),
    "matmul": lambda x, z: np.matmul(np.eye(3), x, out=z),
}


@pytest.mark.parametrize("f", WRITES.values(), ids=list(WRITES))
def test_a_result_is_not_written_into_an_array(gradient, f):
    z = np.zeros(3)
    with pytest.raises(errors.InPlaceError, match="out=") as caught:
        gradient(lambda x: f(x, z).sum())(V)
    check(caught.value, errors.InPlaceError, TypeError, "use the value that it returns")
    assert z.tolist() == [0.0] * 3


# ---------------------------------------------------------------- operations without a rule


@ad.rules.elementary
def undeclared(x):
    return x


somebodys_ufunc = np.frompyfunc(abs, 1, 1)

MISSING = {
    "a function": undeclared,
    "a ufunc": somebodys_ufunc,
    "a foreign ufunc": lambda x: scipy.special.zetac(x),
    "outer of a ufunc": lambda x: np.frompyfunc(max, 2, 1).outer(x, x),
    "reduce of a ufunc": np.frompyfunc(max, 2, 1).reduce,
}


@pytest.mark.parametrize("f", MISSING.values(), ids=list(MISSING))
def test_an_operation_without_a_rule_is_refused(gradient, f):
    with pytest.raises(errors.MissingRuleError, match="no derivative rule") as caught:
        gradient(lambda x: f(x).sum())(V)
    check(caught.value, errors.MissingRuleError, (NotImplementedError, TypeError), "")
    assert isinstance(caught.value, NotImplementedError)
    assert isinstance(caught.value, TypeError)


def test_a_missing_rule_says_how_to_declare_one():
    with pytest.raises(errors.MissingRuleError) as caught:
        ad.grad(lambda x: undeclared(x).sum())(V)
    message = str(caught.value)
    assert "undeclared has no derivative rule (test_border.py:" in message
    assert "adkit.rules.composite(" in message
    assert "adkit.rules.constant(" in message


def test_results_of_another_kind_are_refused(gradient):
    hours = np.array([1, 2, 3], "m8[h]")
    with pytest.raises(errors.DetachError, match=r"dtype timedelta64\[h\]") as caught:
        gradient(lambda x: (hours * x).sum())(V)
    check(caught.value, errors.DetachError, TypeError, "convert")
    objects = np.array([1, 2, 3], dtype=object)
    with pytest.raises(errors.DetachError, match="dtype object"):
        gradient(lambda x: (objects * x).sum())(V)


# ---------------------------------------------------------------- Python's own errors

OTHERS = {
    "hash": (lambda x: {x: 1}, "unhashable"),
    "json": (lambda x: json.dumps(x), "not JSON serializable"),
    "len": (lambda x: len(x), "len"),
    "iter": (lambda x: list(x), "iter"),
    "shape": (lambda x: np.zeros(x), "integer"),
    "statistics": (lambda x: statistics.mean([x, x]), "convert"),
    "text": (lambda x: "a" + x, "str"),
    "None": (lambda x: x + None, "NoneType"),
    "Decimal": (lambda x: decimal.Decimal(1) * x, "Decimal"),
}


@pytest.mark.parametrize(("f", "said"), OTHERS.values(), ids=list(OTHERS))
def test_what_numpy_scalars_refuse_too(engine, f, said):
    with pytest.raises(TypeError, match=said):
        engine(f)(X)


@pytest.mark.parametrize("name", ["getfield", "tobytes", "__array_interface__", "ctypes"])
def test_attributes_that_would_give_memory_away_do_not_exist(gradient, name):
    with pytest.raises(AttributeError, match=name):
        gradient(lambda x: getattr(x, name))(V)


def test_a_condition_of_an_array_is_ambiguous(gradient):
    with pytest.raises(ValueError, match="ambiguous"):
        gradient(lambda x: x.sum() if x > 0 else 0.0)(V)


def test_pickling_is_refused(engine):
    with pytest.raises(errors.AdkitError, match="cannot be pickled") as caught:
        engine(lambda x: pickle.dumps(x))(X)
    check(caught.value, errors.DetachError, TypeError, "adkit.value(x)")


# ---------------------------------------------------------------- what is carried

CARRIED = {
    "item": (lambda x: x.item() * x, 6.0),
    "copy": (lambda x: copy.copy(x) * copy.deepcopy(x), 6.0),
    "min and max": (lambda x: min(x, 5.0) * max(x, 1.0), 6.0),
    "sum": (lambda x: sum([x, x], start=x), 3.0),
    "sum of a generator": (lambda x: sum(x * k for k in range(4)), 6.0),
    "math.prod": (lambda x: math.prod([x, x]), 6.0),
    "functools.reduce": (lambda x: functools.reduce(operator.mul, [x, x, x]), 27.0),
    "itertools.accumulate": (lambda x: list(itertools.accumulate([x, x]))[-1], 2.0),
    "sorted": (lambda x: sorted([2 * x, x])[0] * x, 6.0),
    "pow": (lambda x: pow(x, 2), 6.0),
    "divmod": (lambda x: divmod(x, 2.0)[1] * x, 4.0),
    "abs": (lambda x: abs(-x) * x, 6.0),
    "round": (lambda x: round(x) * x, 3.0),
    "Fraction": (lambda x: fractions.Fraction(1, 2) * x * x, 3.0),
    "bool": (lambda x: x * x if x else x, 6.0),
    "not": (lambda x: x if not x else x * x, 6.0),
    "in a list": (lambda x: x * x if x in [1.0, 3.0] else x, 6.0),
    "in a list of others": (lambda x: x if x in [None, "3"] else x * x, 6.0),
    "equal to None": (lambda x: x if x == None else x * x, 6.0),  # noqa: E711
    "format": (lambda x: x * x + 0 * len(f"{x:.3f} {x} {x!r}"), 6.0),
    "large int": (lambda x: x * 2**70, 2.0**70),
    "complex on the left": (lambda x: (1j * x * -1j * x).real, 6.0),
    "complex power": (lambda x: (2j**x).real, None),
    "NumPy scalar on the left": (lambda x: np.float64(2) * x * np.float32(1) * np.int8(1), 2.0),
    "0-d array on the left": (lambda x: np.array(2.0) * x, 2.0),
    "objects": (lambda x: np.sum(_object_array(x, x * x)), 7.0),
    "astype": (lambda x: x.astype(np.float32).astype(float) * x, 6.0),
    "astype int": (lambda x: x.astype(int) * x, 3.0),
    "a sum of integers": (lambda x: np.sum(x, dtype=int) * x, 3.0),
    "constants of traced values": (lambda x: np.sign(x) * np.floor(x) * x, 3.0),
    "a container": (lambda x: {"a": (x, [x * x])}["a"][1][0], 6.0),
    "star": (lambda x: (lambda a, *b: a * b[0])(*np.stack([x, x])), 6.0),
    "unpacking": (lambda x: operator.mul(*(x, x)), 6.0),
}


def _object_array(*elements):
    objects = np.empty(len(elements), dtype=object)
    for i, element in enumerate(elements):
        objects[i] = element
    return objects


@pytest.mark.parametrize(("f", "expected"), CARRIED.values(), ids=list(CARRIED))
def test_a_derivative_is_carried(engine, f, expected):
    with np.errstate(invalid="ignore"):
        derivative = engine(f)(X)
    if expected is None:
        step = 1e-6
        expected = (f(np.float64(X + step)) - f(np.float64(X - step))) / (2 * step)
    assert derivative == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("f", [f for f, _ in CARRIED.values()], ids=list(CARRIED))
def test_the_value_is_that_of_plain_numpy_bit_for_bit(f):
    expected = f(np.float64(X))
    if expected is not None and not isinstance(expected, np.ndarray):
        for value in (ad.jvp(f, (X,), (1.0,))[0], ad.vjp(f, X)[0]):
            assert value == expected
            assert np.asarray(value).dtype == np.asarray(expected).dtype


def test_iteration_carries(gradient):
    assert gradient(lambda x: x[0] * x[-1] + sum(x))(V).tolist() == [4.0, 1.0, 2.0]
    assert gradient(lambda x: math.prod(x))(V).tolist() == [6.0, 3.0, 2.0]
    assert gradient(lambda x: max(x) * min(x))(V).tolist() == [3.0, 0.0, 1.0]
    assert gradient(lambda x: sum(a * b for a, b in zip(x, x[::-1], strict=True)))(V).tolist() == [
        6.0,
        4.0,
        2.0,
    ]


def test_creation_like_a_traced_array_carries(gradient):
    assert gradient(lambda x: (np.asarray(x, like=x) * x).sum())(V).tolist() == [2.0, 4.0, 6.0]


def test_ufunc_methods_carry(gradient):
    m = np.arange(1.0, 5.0).reshape(2, 2)
    assert gradient(lambda x: np.add.reduce(x)[0])(m).tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert gradient(lambda x: np.add.reduce(x, axis=None))(m).tolist() == [[1.0, 1.0]] * 2
    assert gradient(lambda x: np.multiply.reduce(x, axis=1)[0])(m).tolist() == [[2.0, 1.0], [0, 0]]
    assert gradient(lambda x: np.add.accumulate(x)[1, 0])(m).tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert gradient(lambda x: np.maximum.reduce(x)[0])(m).tolist() == [[0.0, 0.0], [1.0, 0.0]]


def test_other_libraries_may_carry_traced_values(gradient):
    class Wrapped:
        """An array of another library, which wraps what it is given."""

        def __init__(self, data):
            self.data = data

        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            plain = [x.data if isinstance(x, Wrapped) else x for x in inputs]
            return Wrapped(getattr(ufunc, method)(*plain, **kwargs))

        def __rmul__(self, other):
            return Wrapped(other * self.data)

    weights = Wrapped(np.array([10.0, 20.0, 30.0]))
    products = [lambda x: np.multiply(x, weights).data.sum(), lambda x: (x * weights).data.sum()]
    for product in products:
        assert gradient(product)(V).tolist() == [10.0, 20.0, 30.0]


def test_a_function_that_asks_for_its_own_signature_still_works():
    def f(x, scale=2.0):
        return x * scale

    assert inspect.signature(ad.grad(f)).parameters["scale"].default == 2.0
    assert ad.grad(functools.partial(f, scale=5.0))(1.0) == 5.0
