"""Checking that a call is refused: the class of the error, its code, and the user's line."""

import sys
from pathlib import Path

import numpy as np
import pytest

import adkit as ad

V = np.array([1.0, 2.0, 3.0])

BUILTINS = (TypeError, ValueError, RuntimeError, MemoryError, ArithmeticError, AssertionError)


def refused(kind, code, call, *args, line=None):
    """Check that a call raises an error of adkit, which names the line of the table that it is."""
    with pytest.raises(BUILTINS) as caught:
        call(*args)
    error = caught.value
    while not isinstance(error, ad.AdkitError):
        error = error.__cause__  # NumPy raises an error of its own from ours
    if line is None:  # the innermost one of this folder
        lines = [
            (path.name, entry.lineno + 1)
            for entry in caught.traceback
            if (path := Path(str(entry.path))).parent == Path(__file__).parent
        ]
        name, line = lines[-1]
    else:
        name = Path(sys._getframe(1).f_code.co_filename).name
    first, _, remedy = str(error).partition("\n")
    assert type(error) is kind
    assert error.code == code
    assert f"({name}:{line})" in first
    assert remedy
    return error
