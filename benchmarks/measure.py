"""Everything that is counted and measured of one case."""

import tracemalloc

import adkit
from benchmarks import environment, fresh

#: Numbers of directions at which sweeps are timed, to fit intercept and slope of their cost.
DIRECTIONS = (1, 4, 16, 64)


def measure(case, repeat, seed=0, first_calls=True):
    """Return counts, times and peaks of both modes on `case` as plain data.

    Parameters
    ----------
    case : Case
        What to differentiate.
    repeat : int
        Rounds of measurement.
    seed : int
        Seeds the order within the rounds and the bootstrap.
    first_calls : bool
        Whether to start fresh processes too.

    Returns
    -------
    dict
        Ready for JSON; exact ``counts`` stand apart from ``times``.
    """
    clock = environment.clock()
    compared = adkit.compare_modes(
        case.f, case.x0, repeat=repeat, seed=seed, directions=DIRECTIONS, clock=clock
    ).to_dict()
    return {
        "name": case.name,
        "n": case.n,
        "m": case.m,
        "description": case.description,
        "source": case.source,
        "counts": compared["counts"],
        "times": compared["times"],
        "choice": {key: compared[key] for key in ("chosen", "reason", "faster", "regret")},
        "peak_bytes": {mode: peak_bytes(case, mode) for mode in compared["counts"]},
        "first_call": fresh.first_calls(case) if first_calls else None,
    }


def peak_bytes(case, mode):
    """Return the peak of memory that a Jacobian allocates, in a run of its own.

    The tracing of allocations slows a run down severalfold, so this run is not timed.
    """
    jacobian = adkit.jacobian(case.f, mode=mode)
    jacobian(case.x0)
    tracemalloc.start()
    try:
        jacobian(case.x0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
