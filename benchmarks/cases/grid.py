"""A smooth dense map for any n and m, the family behind the crossover heat map."""

from functools import partial

import numpy as np

from benchmarks.cases.case import Case

#: Width of the two hidden layers.  It does not depend on n or m, so that along a row or a column
#: of the grid little more than the number of directions changes.
WIDTH = 128


def dense_map(inward, mixing, outward, x):
    """Return a function of `x` in which every output depends on every input."""
    hidden = np.tanh(inward @ x)
    hidden = hidden + np.sin(mixing @ hidden)
    return outward @ np.exp(-hidden * hidden)


def build(n, m, seed):
    """Return the grid case with `n` inputs and `m` outputs."""
    rng = np.random.default_rng([seed, n, m])
    inward = rng.standard_normal((WIDTH, n)) / np.sqrt(n)
    mixing = rng.standard_normal((WIDTH, WIDTH)) / np.sqrt(WIDTH)
    outward = rng.standard_normal((m, WIDTH)) / np.sqrt(WIDTH)
    return Case(
        name=f"grid-{n}x{m}",
        f=partial(dense_map, inward, mixing, outward),
        x0=rng.standard_normal(n),
        m=m,
        description=f"dense map through {WIDTH} hidden values",
        source="generated",
    )
