"""Every operation of the catalogue keeps the laws of differentiation."""

import numpy as np
import pytest

from adkit.testing.calls import SAMPLES
from adkit.testing.checking import check
from adkit.testing.laws import first_order, second_order
from adkit.testing.laws import values as value_laws
from adkit.testing.sampling import operations, samples_of

#: Which share of the profile's examples each law gets, by what an example costs.
SHARES = {
    value_laws.values: 0.5,
    value_laws.contract: 0.5,
    first_order.numeric: 0.6,
    first_order.adjoint: 1.0,
    first_order.linear: 0.4,
    first_order.directions: 0.6,
    second_order.nested_directions: 0.2,
    second_order.second_order: 0.5,
    second_order.gradient_numeric: 0.4,
}
#: Laws for Python's operators: their rules are those of the functions, their values need not be.
OF_OPERATORS = (value_laws.values, first_order.numeric, first_order.adjoint)
OF_CONSTANTS = (value_laws.no_derivative, value_laws.locally_constant)

OPERATIONS = operations()
DRAWN = {name: op for name, op in OPERATIONS.items() if samples_of(op)}
CASES = [
    pytest.param(law, name, id=f"{law.__name__}-{name}")
    for law in SHARES
    for name, op in DRAWN.items()
    if op.verb != "constant" and (law in OF_OPERATORS or not name.startswith("operator "))
]


@pytest.mark.parametrize(("law", "name"), CASES)
def test_the_law_holds(law, name):
    check(law, DRAWN[name], SHARES[law])


@pytest.mark.parametrize("name", [n for n, op in DRAWN.items() if op.verb == "constant"])
@pytest.mark.parametrize("law", OF_CONSTANTS, ids=lambda law: law.__name__)
def test_a_constant_operation_keeps(law, name):
    check(law, DRAWN[name], 0.3)


def test_calls_of_every_operation_are_drawn():
    missing = sorted(OPERATIONS.keys() - DRAWN.keys())
    assert not missing, (
        f"no sample calls of {', '.join(missing)}: the laws cannot be checked. Add a line for "
        f"each to the file of its family in adkit/testing/calls/"
    )


def test_calls_are_drawn_of_declared_operations_only():
    declared = {op.name for op in OPERATIONS.values()}
    stale = [name for name in SAMPLES if name not in declared and _exists(name)]
    assert not stale, f"adkit/testing/calls/ has calls of {', '.join(stale)}, which nobody declared"


def _exists(name):
    """Return whether NumPy has a function of this name: older ones lack some."""
    owner = np
    for part in name.split(".")[1:]:
        if not hasattr(owner, part):
            return not name.startswith("numpy.")
        owner = getattr(owner, part)
    return True
