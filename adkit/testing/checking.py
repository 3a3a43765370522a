"""Examining an operation: a law, on calls that Hypothesis draws."""

from hypothesis import given, settings

from adkit.testing.judging import Tally
from adkit.testing.laws.values import contract, values
from adkit.testing.strategies import calls

__all__ = ["check"]

#: float16 has too few digits to compare derivatives, but types and values are exact.
OF_FLOAT16 = (values, contract)


def check(law, operation, share=1.0, **options):
    """Raise what a law says of an operation, on a share of the examples of the profile."""
    tally = Tally()

    options.setdefault("max_examples", max(3, int(share * settings.default.max_examples)))

    @settings(**options)
    @given(calls(operation, half=law in OF_FLOAT16))
    def holds(call):
        law(call, tally)

    holds()
    tally.require(0.5, arrays=20)
