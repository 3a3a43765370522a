"""Laws that derivatives obey: functions of a subject and a tally, that raise what does not hold.

Each draws its own seeds from the subject, calls adkit's public transforms, and raises
`Broken`. Which laws are checked of what, and which share of the examples each gets by what
an example costs, stands here.
"""

from collections.abc import Callable
from typing import Any

from adkit.testing.judging import Tally
from adkit.testing.laws.first_order import (
    adjoint,
    chain,
    directions,
    linear,
    numeric,
    pulled_numeric,
)
from adkit.testing.laws.second_order import gradient_numeric, nested_directions, second_order
from adkit.testing.laws.values import contract, locally_constant, no_derivative, values

__all__ = [
    "NUMERICAL",
    "OF_CONSTANTS",
    "OF_FUNCTIONS",
    "OF_ONE_MODE",
    "OF_OPERATIONS",
    "OF_OPERATORS",
    "Laws",
    "adjoint",
    "chain",
    "contract",
    "directions",
    "gradient_numeric",
    "linear",
    "locally_constant",
    "nested_directions",
    "no_derivative",
    "numeric",
    "pulled_numeric",
    "second_order",
    "values",
]

Laws = dict[Callable[[Any, Tally], None], float]

#: Laws of operations, and their shares of the examples.
OF_OPERATIONS: Laws = {
    values: 0.5,
    contract: 0.5,
    numeric: 0.6,
    adjoint: 1.0,
    linear: 0.4,
    directions: 0.6,
    nested_directions: 0.2,
    second_order: 0.5,
    gradient_numeric: 0.4,
}
#: Laws for Python's operators: their rules are those of the functions, their values need not be.
OF_OPERATORS: Laws = {law: OF_OPERATIONS[law] for law in (values, numeric, adjoint)}
OF_CONSTANTS: Laws = {no_derivative: 0.3, locally_constant: 0.3}
#: Laws that compare with numerical derivatives.
NUMERICAL = (numeric, pulled_numeric, gradient_numeric)
#: Laws of functions of which one mode is checked alone.
OF_ONE_MODE = {"forward": (numeric,), "reverse": (pulled_numeric,)}
#: Laws of functions, by the order of the derivative.
OF_FUNCTIONS = {
    1: (values, contract, numeric, adjoint, linear, directions, chain),
    2: (second_order, gradient_numeric),
}
