"""`verify_trace`: whether a function computes the same when it is traced."""

import sys

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors

X = np.array([1.0, 2.0, 3.0])


def lines_after(function, *offsets):
    """Return the numbers of lines behind the ``def`` of a function."""
    return [function.__code__.co_firstlineno + k for k in offsets]


def refused(f, *args):
    """Return the error for a function whose value differs, and its parts."""
    with pytest.raises(errors.TraceMismatchError) as caught:
        ad.verify_trace(f, *args)
    assert isinstance(caught.value, AssertionError)
    first, _, rest = str(caught.value).partition("\n")
    return first, rest


# ---------------------------------------------------------------- what differs


def by_isinstance(x):
    if isinstance(x, np.ndarray):
        x = 2.0 * x
        return np.sum(x)
    return np.sum(3.0 * x)


def by_type(x):
    if type(x) is float:
        return x * 2.0
    return x * 3.0


@pytest.mark.parametrize(("f", "point"), [(by_isinstance, X), (by_type, 2.0)])
def test_a_branch_by_type_is_named(f, point):
    branch, plain, traced = lines_after(f, 1, 2, 4 if f is by_isinstance else 3)
    first, rest = refused(f, point)
    assert f"{f.__name__} has another value when it is traced in forward mode" in first
    assert f"(test_verify.py:{branch})" in first
    assert f"goes on in line {plain} with plain values, in {traced} when traced" in rest
    assert ("isinstance(x, np.ndarray)" if f is by_isinstance else "type(x) is float") in rest


def test_a_branch_in_a_helper_is_named():
    def helper(x):
        return x if isinstance(x, np.ndarray) else -x

    def f(x):
        y = np.sin(x)
        z = helper(y)
        return np.sum(z)

    first, rest = refused(f, X)
    [place] = lines_after(helper, 1)
    assert f"(test_verify.py:{place})" in first
    assert f"the value that is returned is another in test_verify.py:{place}" in rest


def test_a_variable_is_named():
    def f(x):
        y = np.cos(x)
        k = 2.0 if hasattr(x, "tobytes") and isinstance(x, np.ndarray) else 3.0
        return np.sum(k * y)

    first, rest = refused(f, X)
    [place] = lines_after(f, 2)
    assert f"(test_verify.py:{place})" in first
    assert f"k is another in test_verify.py:{place}" in rest


def test_a_value_of_a_lambda():
    first, rest = refused(lambda x: x * (2 if isinstance(x, float) else 3), 4.0)
    assert first.startswith("f has another value when it is traced in forward mode: it is 12.0")
    assert "test_verify.py:" in first
    assert "np.ndim(x)" in rest


def test_the_path_of_the_result_is_named():
    def f(x, y):
        return {"a": x + y, "b": [x, y * (1 if isinstance(y, np.ndarray) else 2)]}

    first, _ = refused(f, X, X)
    assert "of result['b'][1], element [0] is 2.0, not 1.0" in first


def test_one_mode_only():
    def f(x):
        return np.sum(x * (2.0 if type(x).__name__ == "Node" else 3.0))

    assert "in reverse mode: it is 12.0, not 18.0" in refused(f, X)[0]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x if isinstance(x, np.ndarray) else x[:2], "the shape is (2,), not (3,)"),
        (
            lambda x: x if isinstance(x, np.ndarray) else x.astype(np.float32),
            "the dtype is float32, not float64",
        ),
        (lambda x: x if isinstance(x, np.ndarray) else (x, x), "it returns Structure((*, *)), not"),
        (lambda x: x * 0.0 if isinstance(x, np.ndarray) else x * -0.0, "element [0] is -0.0"),
        (
            lambda x: np.nextafter(ad.value(x), 9.0) + 0 * x if ad.value(x) is not x else x,
            "not 1.0",
        ),
    ],
    ids=["shape", "dtype", "structure", "sign of zero", "last bit"],
)
def test_any_difference_counts(f, message):
    assert message in refused(f, X)[0]


def test_a_function_that_returns_another_value_each_time():
    source = np.random.default_rng(0)
    first, rest = refused(lambda x: x * source.normal(), X)
    assert "f returns another value each time" in first
    assert "seed" in rest


# ---------------------------------------------------------------- what does not

EQUAL = {
    "smooth": lambda x: np.sum(np.tanh(x) ** 2),
    "another way to equal values": lambda x: x + x if isinstance(x, np.ndarray) else 2 * x,
    "nan": lambda x: np.log(-x),
    "a container": lambda x: {"a": x, "b": (x[0], None, np.arange(3))},
    "in place": lambda x: _halved(x),
    "integers": lambda x: np.argmax(x),
    "complex": lambda x: np.fft.fft(x) if ad.value(x) is x else np.fft.fft(ad.value(x)) + 0 * x,
    "NumPy's view of scalars": lambda x: x.sum() ** 0.5 + x[0] ** 2,
}


def _halved(x):
    x[1:] /= 2
    return x


@pytest.mark.parametrize("f", EQUAL.values(), ids=list(EQUAL))
def test_equal_values_pass(f):
    before = X.copy()
    with np.errstate(all="ignore"):
        assert ad.verify_trace(f, X) is None
    assert np.array_equal(X, before)


def test_pythons_floats_may_round_otherwise():
    ad.verify_trace(lambda x: x**0.3 + np.tanh(x) + x**x, 0.3)
    with np.errstate(all="ignore"):
        ad.verify_trace(lambda x: 1 / (x - x) + x, 2.0)  # Python raises ZeroDivisionError


def test_arguments_that_are_no_floats_are_passed_on():
    def f(x, n, how, table):
        return (x**n if how == "power" else x) * table[n]

    ad.verify_trace(f, X, 2, "power", np.array([1, 2, 3]))
    assert "not 3.0" in refused(lambda n, x: x * n if type(x) is float else x, 3, 1.0)[0]


def test_containers_are_traced():
    ad.verify_trace(lambda p: p["w"] @ p["b"][0], {"w": X, "b": [X, 1.0]})


def test_filled_buffers():
    @ad.traced_buffers
    def fill(x):
        z = np.zeros(3)
        z[:] = x * x
        return z

    ad.verify_trace(fill, X)

    @ad.traced_buffers
    def by_type_of_buffer(x):
        z = np.ones(3)
        return x * (1.0 if isinstance(z, np.ndarray) else 2.0)

    assert "element [0] is 2.0, not 1.0" in refused(by_type_of_buffer, X)[0]


def test_no_argument_of_floats_is_refused():
    with pytest.raises(errors.ArgumentError, match="consists of floats"):
        ad.verify_trace(lambda n: n, 3)
    with pytest.raises(errors.ArgumentError, match="needs a function"):
        ad.verify_trace(3.0, X)


def test_errors_of_the_function_are_its_own():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ad.verify_trace(f, X)
    with pytest.raises(errors.DetachError):
        ad.verify_trace(lambda x: x * float(x[0]), X)


def test_a_tracer_of_lines_is_put_back():
    events = []

    def mine(frame, event, arg):
        events.append(event)

    outer = sys.gettrace()
    sys.settrace(mine)
    try:
        with pytest.raises(errors.TraceMismatchError):
            ad.verify_trace(by_isinstance, X)
        found = sys.gettrace()
    finally:
        sys.settrace(outer)
    assert found is mine


def test_long_runs_are_not_followed_to_their_end(monkeypatch):
    monkeypatch.setattr("adkit.drivers.steps._LONGEST", 100)

    def f(x):
        for _ in range(1000):
            x = x * 1.0
        return x * (2.0 if isinstance(x, np.ndarray) else 3.0)

    first, rest = refused(f, X)
    assert "element [0] is 3.0, not 2.0" in first
    assert rest.strip().startswith("ask np.ndim(x)")
