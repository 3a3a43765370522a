"""``python -m adkit.testing mutants``: whether the checks notice rules that are wrong."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from adkit.testing.mutants import Mutant, Outcome, examine
from adkit.testing.peers import installed
from adkit.testing.sampling import operations, samples_of

#: The share of the mutants that must be noticed, and that of equivalent ones at most: up to
#: three of a small sample are no share yet.
WANTED, EQUIVALENT, FEW = 0.98, 0.01, 3


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
    mutants.add_argument(
        "--absent",
        action="store_true",
        help="list the mistakes that could be made in no example, which are not counted",
    )
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
    sys.stdout.write(table(outcome, absent=options.absent))
    return 0 if is_enough(outcome) else 1


def is_enough(outcome: Outcome) -> bool:
    """Return whether enough mutants were noticed, and few are equivalent."""
    few = len(outcome.equivalent) <= max(FEW, EQUIVALENT * outcome.total)
    return few and outcome.share >= WANTED


def _show(mutant: Mutant) -> None:
    sys.stderr.write(f"\r\033[K{mutant}")


def table(outcome: Outcome, *, absent: bool = False) -> str:
    """Return what became of mutants as text; on request also what were none."""
    columns = {
        "noticed": outcome.killed,
        "missed": _counted(outcome.survived),
        "equivalent": _counted(outcome.equivalent),
        **outcome.peers,
    }
    names = sorted(set().union(*columns.values()))
    lines = [f"{'mutation':28}" + "".join(f"{name:>11}" for name in columns)]
    lines += [
        f"{name:28}" + "".join(f"{column[name]:11}" for column in columns.values())
        for name in names
    ]
    totals = "".join(f"{sum(column.values()):11}" for column in columns.values())
    lines.append(f"{'all':28}{totals}")
    lines += [f"missed: {mutant}{_unrun(mutant)}" for mutant in outcome.survived]
    lines += [f"equivalent: {m}: {m.harmless}" for m in outcome.equivalent]
    lines += [f"absent: {mutant}" for mutant in outcome.absent if absent]
    lines.append(f"{100 * outcome.share:.2f} % of the mutants that change a number are noticed")
    lines.append(
        f"{len(outcome.equivalent)} of {outcome.total} mutants are equivalent; "
        f"{len(outcome.absent)} more mistakes could be made in no example"
    )
    return "\n".join(lines) + "\n"


def _counted(mutants: Sequence[Mutant]) -> Counter[str]:
    return Counter(mutant.mutation.name for mutant in mutants)


def _unrun(mutant: Mutant) -> str:
    return "" if mutant.ran else " (no example runs this rule)"


if __name__ == "__main__":
    sys.exit(main())
