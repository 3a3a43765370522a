"""Property-based tests of derivatives: of your functions, your rules, other tools' gradients.

`check_derivatives` checks what adkit gives of a function, `check_rule` a declared rule,
`check_gradient` a gradient from elsewhere. Each has four witnesses: forward mode, reverse
mode, a numerical derivative that never sees adkit's types, and the laws that derivatives
obey (`adkit.testing.laws`). `adkit.testing.strategies` draws inputs for Hypothesis.
"""

from adkit.testing.checks import check_derivatives
from adkit.testing.draws import Draw
from adkit.testing.examples import example_call
from adkit.testing.gradient_checks import check_gradient
from adkit.testing.replaying import replay
from adkit.testing.reports import (
    DerivativeMismatch,
    Finding,
    Inconclusive,
    KinkSuspected,
    Report,
)
from adkit.testing.rule_checks import check_rule

__all__ = [
    "DerivativeMismatch",
    "Draw",
    "Finding",
    "Inconclusive",
    "KinkSuspected",
    "Report",
    "check_derivatives",
    "check_gradient",
    "check_rule",
    "example_call",
    "replay",
]
