"""``python -m adkit check module:function --at "[1., 2.]"``."""

from __future__ import annotations

import argparse
import warnings

from adkit.common.targets import arguments, target
from adkit.testing.checks import check_derivatives

__all__ = ["EXIT_CODES", "run"]

#: What a shell is told; 2 also says that the command could not be understood.
EXIT_CODES = {"pass": 0, "mismatch": 1, "kink suspected": 2, "inconclusive": 2}


def run(options: argparse.Namespace) -> tuple[str, int]:
    """Return the report of a check as text, and the exit code."""
    modes = options.mode.split(",") if options.mode else ("forward", "reverse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the report says it
        report = check_derivatives(
            target(options.function),
            *arguments(options.at),
            modes=modes,
            order=options.order,
            wrt=tuple(options.wrt) if options.wrt else None,
            seed=options.seed,
            raise_=False,
        )
    return f"{report}\n", EXIT_CODES[report.verdict]
