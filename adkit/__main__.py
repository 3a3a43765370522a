"""``python -m adkit``: the rules, what an error means, plans of derivatives, and their check."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from adkit import scipy
from adkit.common import errors, explanations, tracebacks
from adkit.common.domains import Domain
from adkit.common.refused import REFUSED, REFUSED_SPECIAL
from adkit.common.registry import Operation, catalogue

HEADER = (
    *("function", "verb", "dtypes", "cost", "domain"),
    *("kinks and conventions", "directions", "source"),
)
#: How one is given.
ARGUMENT = 'an argument, as "[1., 2.]", or as the name of a .npy file, or module:name'

#: What codes of dtypes stand for, in the order of the table.
DTYPES = {"real": "fd", "longdouble": "g", "complex": "FD"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m adkit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ops = commands.add_parser("ops", help="list the operations that have a derivative rule")
    ops.add_argument("--format", choices=("table", "md"), default="table")
    ops.add_argument("--verb", help="list one verb only")
    ops.add_argument(
        "--costs",
        type=argparse.FileType(encoding="utf-8"),
        help="what `python -m benchmarks catalogue --format json` measured, to be shown as well",
    )
    explain = commands.add_parser(
        "explain",
        help="say what an error means, and what mends it",
        epilog=f"Tracebacks leave adkit's own frames out; {tracebacks.FULL}=1 shows them.",
    )
    explain.add_argument("code", nargs="?", help="as ADK201; without it, all codes are listed")
    check = commands.add_parser(
        "check",
        help="check the derivatives of a function at a point",
        epilog="Exit codes: 0 all laws hold, 1 a derivative is wrong, 2 it cannot be told.",
    )
    check.add_argument("function", help="module:function or file.py:function")
    check.add_argument("--at", action="append", default=[], help=ARGUMENT)
    check.add_argument("--order", type=int, choices=(1, 2), default=1)
    check.add_argument("--mode", choices=("forward", "reverse"), help="check one mode only")
    check.add_argument("--wrt", type=int, action="append", help="differentiate this argument only")
    check.add_argument("--seed", type=int, default=0, help="of the random directions")
    plan = commands.add_parser(
        "plan", help="compare the ways to the sparse Jacobian or Hessian of a function at a point"
    )
    plan.add_argument("function", help="module:function or file.py:function")
    plan.add_argument("--at", action="append", default=[], help=ARGUMENT)
    plan.add_argument("--op", choices=("jacobian", "hessian"), default="jacobian")
    plan.add_argument("--wrt", type=int, default=0, help="differentiate this argument")
    plan.add_argument("--dense", action="store_true", help="plan a dense Jacobian")
    plan.add_argument("--lifted", action="store_true", help="keep apart what takes few numbers")
    plan.add_argument("--counts", action="store_true", help="measure nothing, decide by counts")
    options = parser.parse_args(arguments)
    try:
        text, code = COMMANDS[options.command](options)
    except (ValueError, errors.AdkitError) as error:
        parser.error(str(error))
    sys.stdout.write(text)
    return code


def checked(options: argparse.Namespace) -> tuple[str, int]:
    """Return the report of a check, and the exit code."""
    from adkit.testing import command

    return command.run(options)


def planned(options: argparse.Namespace) -> tuple[str, int]:
    """Return the table of a plan."""
    from adkit.common import targets
    from adkit.drivers import plan

    f, args = targets.target(options.function), targets.arguments(options.at)
    sparse: Any = "lifted" if options.lifted else not options.dense
    measure = not options.counts
    made = plan(f, *args, op=options.op, argnums=options.wrt, sparse=sparse, measure=measure)
    return f"{made}\n", 0


def explained(options: argparse.Namespace) -> tuple[str, int]:
    """Return the page of a code, or the list of all codes."""
    known = errors.declared()
    if options.code is None:
        return "".join(f"{explanations.title(code)}\n" for code in known), 0
    code = "ADK" + options.code.strip("[]").upper().removeprefix("ADK")
    if code not in known:
        raise ValueError(f"no error has the code {options.code}; without one, all are listed")
    return explanations.page(code), 0


def operations(options: argparse.Namespace) -> tuple[str, int]:
    """Return the list of operations."""
    for room in scipy.__all__:
        with contextlib.suppress(ImportError):  # they need SciPy
            importlib.import_module(f"adkit.scipy.{room}")
    costs = {c["function"]: c["multiples"] for c in json.load(options.costs or io.StringIO("[]"))}
    shown = [op for op in catalogue() if not op.name.startswith(("_", "adkit.common."))]
    rows = [row(op, costs.get(op.name, {})) for op in sorted(shown, key=lambda op: op.name)]
    if options.verb:
        rows = [r for r in rows if r[1] == options.verb]
        if not rows:
            verbs = ", ".join(sorted({op.verb for op in catalogue()}))
            raise ValueError(f"no verb {options.verb!r}; there are {verbs}")
    text = markdown(rows) if options.format == "md" else table(rows)
    return text + ("" if options.verb else refusals()), 0


def refusals() -> str:
    """Return what is refused, and why."""
    lines = [
        f"- {reason}: {', '.join(f'{module}.{name}' for name in names)}"
        for module, refused in (("numpy", REFUSED), ("scipy.special", REFUSED_SPECIAL))
        for reason, names in refused.items()
    ]
    return "\n".join(
        ["", "Refused, with an error that says what to write instead:", "", *lines, ""]
    )


def row(op: Operation, cost: Mapping[str, float]) -> tuple[str, ...]:
    """Return what a reader wants to know of an operation.

    Parameters
    ----------
    op : Operation
    cost : mapping
        Of value and derivative in multiples of the function, by mode.
    """
    domains = op.domain if isinstance(op.domain, tuple) else (op.domain,)
    named = [str(d) for d in domains if d not in (Domain(), Domain(holomorphic=False))]
    together = f"one at a time: {op.loops}" if op.loops else "together"
    directions = "-" if op.verb == "constant" else together
    multiples = "/".join(f"{cost[mode]:.1f}" for mode in ("reverse", "forward") if mode in cost)
    domain = ", ".join(named)
    return (op.name, op.verb, dtypes(op), multiples, domain, op.kinks, directions, op.source)


def dtypes(op: Operation) -> str:
    """Return which floating-point numbers an operation takes, as its sample calls say."""
    from adkit.testing.sampling import samples_of

    codes = {code for sample in samples_of(op) for code in sample.dtypes}
    return ", ".join(name for name, needed in DTYPES.items() if codes & set(needed))


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as plain text in columns."""
    widths = [max(len(r[i]) for r in [HEADER, *rows]) for i in range(5)]
    lines = []
    for r in [HEADER, *rows]:
        start = "  ".join(cell.ljust(width) for cell, width in zip(r, widths, strict=False))
        lines.append(f"{start}  {'; '.join(cell for cell in r[5:] if cell)}".rstrip())
    return "\n".join(lines) + "\n"


def markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as a Markdown table."""
    lines = ["| " + " | ".join(HEADER) + " |", "|" + " --- |" * len(HEADER)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in r) + " |" for r in rows]
    return "\n".join(lines) + "\n"


COMMANDS = {"ops": operations, "explain": explained, "check": checked, "plan": planned}

if __name__ == "__main__":
    sys.exit(main())
