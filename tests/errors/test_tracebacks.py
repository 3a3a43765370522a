"""What a traceback shows: the user's frames, and those of other libraries."""

import copy
import pickle
import traceback
from pathlib import Path

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors, tracebacks
from adkit.drivers.gradient import Gradient

PACKAGE = str(Path(ad.__file__).parent)
V = np.array([1.0, 2.0, 3.0])


def functions_shown(error):
    """Return the names of the functions in a traceback."""
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def shows_adkit(error):
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.filename.startswith((PACKAGE, "<adkit")) for frame in frames)


def helper(x):
    return float(x)


def fails(x):
    return helper(x) * x


def mismatch(x):
    return (np.eye(4) @ x).sum()


RUNS = {
    "grad": lambda f: ad.grad(f)(V[0]),
    "value_and_grad": lambda f: ad.value_and_grad(f)(V[0]),
    "derivative": lambda f: ad.derivative(f)(V[0]),
    "jacobian": lambda f: ad.jacobian(f)(V[0]),
    "value_and_jacobian": lambda f: ad.value_and_jacobian(f)(V[0]),
    "hessian": lambda f: ad.hessian(f)(V[0]),
    "hessian_diag": lambda f: ad.hessian_diag(f)(V[0]),
    "jvp": lambda f: ad.jvp(f, (V[0],), (1.0,)),
    "vjp": lambda f: ad.vjp(f, V[0]),
    "hvp": lambda f: ad.hvp(f, (V[0],), (1.0,)),
    "linearize": lambda f: ad.linearize(f, V[0]),
    "linear_transpose": lambda f: ad.linear_transpose(f, V[0]),
    "plan": lambda f: ad.plan(f, V[0]),
    "compare_modes": lambda f: ad.compare_modes(f, V[0]),
    "grad of grad": lambda f: ad.grad(ad.grad(f))(V[0]),
    "jacfwd of jacrev": lambda f: ad.jacfwd(ad.jacrev(f))(V[0]),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
def test_frames_of_adkit_are_left_out(run):
    def user():
        run(fails)

    with pytest.raises(errors.DetachError) as caught:
        user()
    shown = functions_shown(caught.value)
    assert shown[-4:] == ["user", "<lambda>", "fails", "helper"]
    assert not shows_adkit(caught.value)


def test_calls_that_are_wrong_show_the_call():
    pullback = ad.vjp(np.sin, V)[1]
    push = ad.linearize(np.sin, V)[1]
    calls = [
        lambda: ad.grad(3.0),
        lambda: ad.grad(np.sin, V),
        lambda: ad.jacobian(np.sin, mode="none"),
        lambda: ad.grad(np.sin)(V),
        lambda: pullback(1.0),
        lambda: push(1.0),
        lambda: ad.Node(V).backward(),
        lambda: ad.rules.constant(3.0),
        lambda: ad.register_container(3, list, list),
        lambda: ad.verify_trace(3.0),
    ]
    for call in calls:
        with pytest.raises(ad.AdkitError) as caught:
            call()
        assert functions_shown(caught.value)[-1] == "<lambda>"
        assert not shows_adkit(caught.value)


def test_errors_of_numpy_and_of_the_user_are_shown_where_they_happen():
    def undefined(x):
        return x.missing

    with pytest.raises(ValueError, match="mismatch") as caught:
        ad.hessian(mismatch)(V)
    assert functions_shown(caught.value)[-1] == "mismatch"
    with pytest.raises(AttributeError, match="missing") as caught:
        ad.grad(undefined)(V)
    assert functions_shown(caught.value)[-1] == "undefined"
    assert not shows_adkit(caught.value)


def test_frames_of_other_libraries_stay():
    with pytest.raises(errors.DetachError) as caught:
        ad.grad(lambda x: np.vectorize(lambda t: t)(x))(1.0)
    files = [Path(frame.filename) for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "numpy" in files[-1].parts
    assert not shows_adkit(caught.value)


def test_causes_and_contexts_lose_adkits_frames_too():
    def stores(x):
        y = np.zeros(3)
        y[0] = x[0]

    def rethrows(x):
        try:
            helper(x[0])
        except TypeError:
            raise RuntimeError("mine") from None

    with pytest.raises(errors.DetachError) as caught:
        ad.grad(stores)(V)
    assert caught.value.__cause__ is None
    assert not shows_adkit(caught.value)
    assert functions_shown(caught.value)[-1] == "stores"
    with pytest.raises(RuntimeError, match="mine") as caught:
        ad.grad(rethrows)(V)
    assert caught.value.__cause__ is None
    assert isinstance(caught.value.__context__, errors.DetachError)
    assert functions_shown(caught.value.__context__) == ["rethrows", "helper"]


def test_a_cycle_of_causes_ends():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    def f(x):
        raise first

    with pytest.raises(ValueError, match="first"):
        ad.grad(f)(1.0)


@pytest.mark.parametrize("value", ["1", "yes"])
def test_all_frames_are_shown_to_whoever_asks(monkeypatch, value):
    monkeypatch.setenv(tracebacks.FULL, value)
    with pytest.raises(errors.DetachError) as caught:
        ad.grad(fails)(1.0)
    assert shows_adkit(caught.value)
    assert functions_shown(caught.value)[-1] == "__float__"


@pytest.mark.parametrize("value", ["0", ""])
def test_asking_for_nothing_shows_what_is_shown_without(monkeypatch, value):
    monkeypatch.setenv(tracebacks.FULL, value)
    with pytest.raises(errors.DetachError) as caught:
        ad.grad(fails)(1.0)
    assert not shows_adkit(caught.value)


def test_a_fault_of_adkit_itself_is_shown_whole(monkeypatch):
    def faulty(*args, **kwargs):
        return None.missing

    monkeypatch.setattr(Gradient, "evaluate", as_part_of_adkit(faulty))
    with pytest.raises(AttributeError) as caught:
        ad.grad(np.sin)(1.0)
    assert shows_adkit(caught.value)


def as_part_of_adkit(function):
    """Return a function whose file is said to be one of adkit's."""
    code = function.__code__.replace(co_filename=str(Path(PACKAGE) / "faulty.py"))
    function.__code__ = code
    return function


def test_an_interrupt_is_handed_on():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        ad.grad(interrupted)(1.0)
    assert functions_shown(caught.value)[-1] == "interrupted"
    assert not shows_adkit(caught.value)


# ---------------------------------------------------------------- errors as values


@pytest.mark.parametrize("again", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_an_error_survives_a_process(again):
    with pytest.raises(errors.DetachError) as caught:
        ad.grad(fails)(1.0)
    found = again(caught.value)
    assert type(found) is errors.DetachError
    assert str(found) == str(caught.value)
    assert found.code == "ADK201"
    assert found.args == caught.value.args


def test_a_trapped_error_survives_with_its_attributes():
    with (
        ad.trap_nonfinite(),
        np.errstate(divide="ignore"),
        pytest.raises(errors.NonFiniteError) as caught,
    ):
        ad.grad(lambda x: np.sqrt(x).sum())(np.array([1.0, 0.0]))
    found = pickle.loads(pickle.dumps(caught.value))
    assert (found.operation, found.index, found.value) == ("numpy.sqrt", (1,), 0.0)
