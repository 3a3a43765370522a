"""Random programs that write into arrays, and calls of the whole catalogue."""

import numpy as np
import pytest
from hypothesis import given, settings

import adkit as ad
from adkit.pattern import hessian_pattern, jacobian_pattern, sparse_jacobian
from adkit.testing import strategies as ast
from adkit.testing.sampling import draw_call, operations, samples_of
from tests.pattern.reference import DOUBLE, assert_close, dense_jacobian


def assert_contained(f, args, argnums, eps):
    """Compare with dense derivatives: places, places here, values, and constant entries."""
    with np.errstate(all="ignore"):
        expected = dense_jacobian(f, args, argnums)
        found = jacobian_pattern(f, *args, argnums=argnums)
        here = jacobian_pattern(f, *args, argnums=argnums, local=True)
        sparse = sparse_jacobian(f, *args, argnums=argnums)
    places = found.pattern.to_dense()
    assert places[expected != 0].all()
    assert here.pattern.to_dense()[expected != 0].all()
    assert found.pattern.contains(here.pattern)
    assert found.pattern.contains(found.nonlinear)
    if np.isfinite(expected).all():
        assert_close(sparse.to_dense(), expected, eps)
    return found, sparse


@given(ast.programs())
@settings(deadline=None)
def test_programs_that_write(program):
    x = program.point
    found, sparse = assert_contained(program, (x,), 0, DOUBLE)
    moved = x.copy(order="K")
    moved[...] *= 1 + 1e-4 * np.random.default_rng(0).uniform(size=x.shape)
    again = sparse_jacobian(program, moved)
    if again.pattern == sparse.pattern:
        constant = ~found.nonlinear.to_dense()
        before, after = sparse.to_dense(), again.to_dense()
        scale = np.abs(before).max(initial=0)
        np.testing.assert_allclose(after[constant], before[constant], rtol=0, atol=1e-11 * scale)


OF_TYPES = {"numpy.result_type", "numpy.common_type", "numpy.min_scalar_type"}
DRAWN = [name for name, op in operations().items() if samples_of(op) and name not in OF_TYPES]


@given(ast.programs(longest=6))
@settings(deadline=None)
def test_hessians_of_programs(program):
    def f(x):
        return sum(np.sum(np.sin(y) * y) for y in program(x))

    x = program.point
    matrices = [ad.hessian(f)(at).reshape(x.size, x.size) for at in (x, np.asarray(x * 1.0001))]
    found = hessian_pattern(f, x)
    assert found.pattern.to_dense()[matrices[0] != 0].all()
    assert found.pattern.is_symmetric
    assert found.pattern.contains(found.nonlinear)
    if found.branches == ():
        constant = ~found.nonlinear.to_dense()
        scale = np.abs(matrices).max(initial=0)
        differences = (matrices[1] - matrices[0])[constant]
        np.testing.assert_allclose(differences, 0, rtol=0, atol=1e-11 * scale)


def _integer(rng, low, high):
    return int(rng.integers(low, high + 1))


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.filterwarnings("ignore")
def test_operations_of_the_catalogue(name):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        call = draw_call(
            lambda low, high, rng=rng: int(rng.integers(low, high + 1)), operations()[name]
        )
        if not call.active:
            continue
        kinds = [np.asarray(x).dtype for x in call.primals]
        eps = max(np.finfo(kind).eps for kind in kinds)
        argnums = tuple(range(len(call.primals)))
        assert_contained(call.function, call.primals, argnums, eps)
