"""The record of a run: plain data that every report and plot is made from, and JSON holds."""

import json

from benchmarks import environment

#: Raised when a field changes its meaning or goes; new fields leave it alone.
SCHEMA_VERSION = 1

MODES = ("forward", "reverse")

#: What a fresh process runs: each mode, and the choice between them.
PHASES = (*MODES, "auto")


def make(settings, results, left_out):
    """Return the record of a run.

    Parameters
    ----------
    settings : dict
        The options of the run.
    results : list of dict
        What `measure.measure` returned for each case.
    left_out : dict
        Why cases are missing, by name.
    """
    return {
        "schema": {"name": "adkit-benchmarks", "version": SCHEMA_VERSION},
        "settings": settings,
        "environment": environment.describe(),
        "cases": results,
        "left_out": left_out,
    }


def to_json(record):
    """Return `record` as indented JSON."""
    return json.dumps(record, indent=1, allow_nan=False)


def real(record):
    """Return the cases that are not cells of the grid."""
    return [case for case in record["cases"] if not is_cell(case)]


def cells(record):
    """Return the cases that are cells of the grid."""
    return [case for case in record["cases"] if is_cell(case)]


def is_cell(case):
    """Tell whether `case` is a cell of the grid."""
    return case["name"].startswith("grid-")


def time_ratio(case):
    """Return the median time of forward mode over that of reverse mode."""
    forward, reverse = (case["times"][mode]["seconds"]["median"] for mode in MODES)
    return forward / reverse
