"""Libraries that raise an error of their own where a traced value refused: ours is its cause."""

import gc
import math
import struct

import numpy as np
import pytest
import scipy.optimize

import adkit as ad
from adkit.common import errors

V = np.array([1.0, 2.0, 3.0])

SWALLOWED = {
    "nditer of a traced array": (lambda x: np.nditer(x), "ADK205"),
    "nditer of several": (lambda x: np.nditer([np.zeros(3), x]), "ADK205"),
    "struct": (lambda x: struct.pack("d", x[0]), "ADK201"),
    "a solver": (lambda x: scipy.optimize.fsolve(lambda t: t - x, np.zeros(3)), "ADK205"),
}


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    return ad.grad if request.param == "reverse" else ad.jacfwd


@pytest.mark.parametrize(("f", "code"), SWALLOWED.values(), ids=list(SWALLOWED))
def test_the_refusal_is_the_cause(gradient, f, code):
    with pytest.raises(Exception, match=r".") as caught:
        gradient(f)(V)
    assert not isinstance(caught.value, ad.AdkitError)
    refusal = caught.value.__cause__
    assert isinstance(refusal, errors.DetachError)
    assert refusal.code == code
    assert f"(test_swallowed.py:{f.__code__.co_firstlineno})" in str(refusal)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.zeros(3).flat.__setitem__(0, x[0]),
        lambda x: np.zeros(3).__setitem__(0, x.sum()),
    ],
)
def test_what_numpy_says_of_an_element_gives_way_to_the_refusal(gradient, f):
    with pytest.raises(errors.DetachError, match="traced_buffers") as caught:
        gradient(f)(V)
    assert caught.value.code == "ADK201"
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_an_error_that_the_user_raised_stays(gradient):
    def f(x):
        try:
            float(x[0])
        except TypeError as error:
            raise ValueError("setting an array") from error

    with pytest.raises(ValueError, match="setting an array"):
        gradient(f)(V)


def test_an_error_of_another_line_keeps_its_own_cause(gradient):
    def f(x):
        with pytest.raises(TypeError):
            float(x[0])
        raise ValueError("of the user")

    with pytest.raises(ValueError, match="of the user") as caught:
        gradient(f)(V)
    assert caught.value.__cause__ is None


def test_what_is_remembered_keeps_nothing_alive(gradient):
    def f(x):
        np.zeros(3).flat[0] = x[0]

    def run():
        with pytest.raises(errors.DetachError):
            gradient(f)(V)

    run()
    gc.collect()
    gc.disable()
    try:
        run()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_math_trunc_is_refused(gradient):
    with pytest.raises(errors.DetachError, match="cannot become an int"):
        gradient(lambda x: math.trunc(x[0]) * x[0])(V)
