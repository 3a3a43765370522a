"""Every operation of the catalogue keeps the laws of differentiation."""

import numpy as np
import pytest
from hypothesis import settings

from adkit.testing import check_rule
from adkit.testing.calls import SAMPLES
from adkit.testing.rule_checks import laws_of
from adkit.testing.sampling import operations, samples_of

OPERATIONS = operations()
DRAWN = {name: op for name, op in OPERATIONS.items() if samples_of(op)}
CASES = [
    pytest.param(name, law.__name__, id=f"{law.__name__}-{name}")
    for name, op in DRAWN.items()
    for law, _ in laws_of(op, None)
]


@pytest.mark.parametrize(("name", "law"), CASES)
def test_the_law_holds(name, law):
    report = check_rule(name, only=[law], examples=settings.default.max_examples)
    assert report.verdict == "pass"


def test_calls_of_every_operation_are_drawn():
    missing = sorted(OPERATIONS.keys() - DRAWN.keys())
    assert not missing, (
        f"no sample calls of {', '.join(missing)}: the laws cannot be checked. Add a line for "
        f"each to the file of its family in adkit/testing/calls/"
    )


def test_calls_are_drawn_of_declared_operations_only():
    declared = {op.name for op in OPERATIONS.values()}
    stale = [name for name in SAMPLES if name not in declared and _exists(name)]
    assert not stale, f"adkit/testing/calls/ has calls of {', '.join(stale)}, nobody declared them"


def _exists(name):
    """Return whether NumPy has a function of this name: older ones lack some."""
    owner = np
    for part in name.split(".")[1:]:
        if not hasattr(owner, part):
            return not name.startswith(("numpy.", "scipy."))
        owner = getattr(owner, part)
    return True
