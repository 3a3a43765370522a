"""Transforms of first and of second order, for tests of what all of them must notice."""

import sys
from pathlib import Path

import numpy as np
import pytest

import adkit as ad


def pushed(f):
    """Return the gradient of a function of an array by one jvp for each element."""

    def gradient(x):
        return np.stack([ad.jvp(f, (x,), (v,))[1] for v in np.eye(len(x))])

    return gradient


FIRST = {"grad": ad.grad, "jacfwd": ad.jacfwd, "jacrev": ad.jacrev, "jvp": pushed}
SECOND = {
    "hessian": ad.hessian,
    "reverse over reverse": lambda f: ad.jacrev(ad.grad(f)),
    "reverse over forward": lambda f: ad.jacrev(ad.jacfwd(f)),
    "forward over forward": lambda f: ad.jacfwd(ad.jacfwd(f)),
    "forward over reverse": lambda f: ad.jacfwd(ad.jacrev(f)),
}


@pytest.fixture(params=FIRST)
def gradient(request):
    """Return a transform that gives a gradient."""
    return FIRST[request.param]


@pytest.fixture(params=SECOND)
def second(request):
    """Return a transform that gives a Hessian."""
    return SECOND[request.param]


@pytest.fixture
def quiet():
    """Let NumPy divide by zero without a word."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture
def line():
    """Return a function that returns the place of the line that calls it."""

    def place():
        caller = sys._getframe(1)
        return f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"

    return place
