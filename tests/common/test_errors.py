"""The tree of errors, and the line of the user that a message names."""

import inspect

import numpy as np
import pytest
import scipy.linalg

import adkit as ad
from adkit.common import errors

V = np.array([1.0, 2.0, 3.0])


def test_every_error_is_listed_and_drawn():
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]
    ours = [cls for cls in classes if issubclass(cls, errors.AdkitError)]
    assert sorted(cls.__name__ for cls in ours) == sorted(errors.__all__)
    for cls in ours:
        assert cls.__name__ in errors.__doc__
        for base in cls.__bases__:
            if not issubclass(base, errors.AdkitError) and base is not Exception:
                line = next(row for row in errors.__doc__.splitlines() if cls.__name__ in row)
                assert base.__name__ in line


def test_one_clause_catches_them_all():
    for f, x in ((lambda x: float(x), 1.0), (lambda x: None, 1.0), (lambda x: x, np.ones(2))):
        with pytest.raises(ad.AdkitError):
            ad.grad(f)(x)


def test_a_message_names_the_line_of_the_user():
    def helper(x):
        return float(x)

    line = inspect.getsourcelines(helper)[1] + 1
    for transform in (ad.grad, ad.derivative, ad.hessian):
        with pytest.raises(errors.DetachError, match=rf"\(test_errors\.py:{line}\)"):
            transform(lambda x: helper(x) * x)(1.0)


def test_the_line_is_the_users_where_another_library_asks():
    with pytest.raises(errors.DetachError, match=r"test_errors\.py"):
        ad.grad(lambda x: scipy.linalg.norm(x))(V)
