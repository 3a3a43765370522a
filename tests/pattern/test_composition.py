"""A composition depends on what its parts depend on, and on nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.pattern import jacobian_pattern

SIZE = 9
MATRIX = np.random.default_rng(0).integers(0, 3, (SIZE, SIZE)) // 2


def written(x):
    y = np.zeros_like(x)
    y[1:] += x[:-1] * x[1:]
    y[::3] = np.sum(x[:2])
    return y


def grid(x):
    y = np.reshape(x, (3, 3))
    return np.ravel(y.T - np.roll(y, 1, axis=0) ** 2)


#: Functions of as many numbers as they return.
STEPS = {
    "sin": np.sin,
    "constant": lambda x: np.where(np.arange(SIZE) % 2, x, 1.0),
    "neighbours": lambda x: np.roll(x, 1) * x - np.roll(x, -1),
    "reversed": lambda x: x[::-1] ** 2,
    "chosen": lambda x: np.where(x > 0.5, x, np.roll(x, 2)),
    "selected": lambda x: x[[3, 1, 4, 1, 5, 0, 2, 6, 5]],
    "mean": lambda x: x * np.mean(x[3:]),
    "cumsum": np.cumsum,
    "matrix": lambda x: MATRIX @ x,
    "joined": lambda x: np.concatenate((x[4:], np.exp(x[:4]))),
    "sorted": np.sort,
    "branch": lambda x: x[1:].sum() * x if x[0] > 0.2 else x,
    "written": written,
    "grid": grid,
}


def where(f, x):
    return jacobian_pattern(f, x).pattern.to_dense()


@given(
    names=st.lists(st.sampled_from(sorted(STEPS)), min_size=2, max_size=4),
    seed=st.integers(0, 99),
)
def test_a_composition_is_within_the_product_of_its_parts(names, seed):
    x = np.random.default_rng(seed).uniform(-1, 1, SIZE)

    def composed(x):
        for name in names:
            x = STEPS[name](x)
        return x

    product, y = np.eye(SIZE, dtype=int), x
    for name in names:
        product = np.minimum(where(STEPS[name], y).astype(int) @ product, 1)
        y = STEPS[name](y)
    found = where(composed, x)
    assert not (found & (product == 0)).any()
    assert not ((ad.jacobian(composed)(x) != 0) & ~found).any()


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_step_has_a_pattern_that_its_jacobian_fits(name):
    x = np.random.default_rng(1).uniform(-1, 1, SIZE)
    assert not ((ad.jacobian(STEPS[name])(x) != 0) & ~where(STEPS[name], x)).any()
