"""The functions R^n -> R^m that the benchmark differentiates, in plain NumPy.

They are written as a user would write them: nothing here knows of adkit.
"""

from benchmarks.cases import classification, geometry, grid, mixture, population
from benchmarks.cases.case import Case, MissingDataError

__all__ = ["GRID", "REAL", "Case", "MissingDataError", "build_grid", "build_real"]

#: The family whose sizes the options --n and --m give.
GRID = "grid"

#: Real functions by name; each builder takes a seed.
REAL = {
    "logistic": classification.build_logistic,
    "network": classification.build_network,
    "mixture": mixture.build,
    "arm": geometry.build_arm,
    "camera": geometry.build_camera,
    "population": population.build,
}


def build_grid(ns, ms, seed=0):
    """Return the dense maps of all sizes n x m."""
    return [grid.build(n, m, seed) for n in ns for m in ms]


def build_real(names, seed=0):
    """Return the cases called `names`, and why others of them are left out.

    Returns
    -------
    cases : list of Case
    left_out : dict
        The reason by name, for cases whose data are not installed.
    """
    cases, left_out = [], {}
    for name in names:
        try:
            cases.append(REAL[name](seed))
        except MissingDataError as error:
            left_out[name] = str(error)
    return cases, left_out
