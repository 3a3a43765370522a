"""``python -m adkit.testing mutants``: whether the checks notice rules that are wrong."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from adkit.testing.mutants import Mutant, Outcome, examine
from adkit.testing.peers import installed
from adkit.testing.sampling import operations, samples_of

#: The share of the mutants that must be noticed.
WANTED = 0.98


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 if enough mutants were noticed."""
    parser = argparse.ArgumentParser(prog="python -m adkit.testing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    mutants = commands.add_parser("mutants", help="plant wrong rules, and count those noticed")
    mutants.add_argument("names", nargs="*", help="operations, as numpy.sin; all by default")
    mutants.add_argument("--sample", type=int, help="try so many mutants, chosen at random")
    mutants.add_argument("--examples", type=int, default=100, help="calls of each operation")
    mutants.add_argument(
        "--peers",
        action="store_true",
        help="show what torch's gradcheck and JAX's check_grads notice, where installed",
    )
    mutants.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    known = {
        name: op
        for name, op in operations().items()
        if not name.startswith("operator ") and samples_of(op)
    }
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no operation {', '.join(unknown)}; python -m adkit ops lists them")
    chosen = [known[name] for name in options.names or known]
    outcome = examine(
        chosen,
        examples=options.examples,
        seed=options.seed,
        sample=options.sample,
        peers=installed() if options.peers else None,
        progress=_show if sys.stderr.isatty() else lambda mutant: None,
    )
    sys.stdout.write(table(outcome))
    return 0 if outcome.share >= WANTED else 1


def _show(mutant: Mutant) -> None:
    sys.stderr.write(f"\r\033[K{mutant}")


def table(outcome: Outcome) -> str:
    """Return what became of mutants as text."""
    survived = Counter(mutant.mutation.name for mutant in outcome.survived)
    idle = Counter(mutant.mutation.name for mutant in outcome.idle)
    columns = {"noticed": outcome.killed, "missed": survived, "idle": idle, **outcome.peers}
    lines = [f"{'mutation':28}" + "".join(f"{name:>9}" for name in columns)]
    lines += [
        f"{name:28}" + "".join(f"{column[name]:9}" for column in columns.values())
        for name in sorted({*outcome.killed, *survived, *idle})
    ]
    totals = "".join(f"{sum(column.values()):9}" for column in columns.values())
    lines.append(f"{'all':28}{totals}")
    lines += [f"missed: {mutant}" for mutant in outcome.survived]
    lines.append(f"{100 * outcome.share:.2f} % of the mutants that change a number are noticed")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
