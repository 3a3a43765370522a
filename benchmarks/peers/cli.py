"""The command line of ``python -m benchmarks.peers``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.options import OneLineParser, measured, positive
from benchmarks.peers.measures import QUICK, Contest, Settings
from benchmarks.peers.report import FORMATS, Report, Result
from benchmarks.peers.rows import Row, judge, rows, select
from benchmarks.peers.tools import PEERS, Adkit, load
from benchmarks.progress import Progress


def parser() -> OneLineParser:
    """Return the parser of all options."""
    options = OneLineParser(
        prog="python -m benchmarks.peers",
        description="Compare adkit's speed and memory with autograd, MyGrad and torch.",
        allow_abbrev=False,
    )
    options.add_argument("--quick", action="store_true", help="few rounds and shorter chains")
    options.add_argument("--rounds", type=positive, metavar="N", help="rounds in every row")
    options.add_argument("--format", choices=sorted(FORMATS), default="table")
    options.add_argument("--out", type=Path, metavar="FILE", help="write there, not to stdout")
    options.add_argument("--only", type=names, metavar="ROWS", help="such as reverse/float,import")
    options.add_argument(
        "--peers", type=names, metavar="NAMES", help="such as autograd,torch, or none"
    )
    return options


def names(text: str) -> list[str]:
    """Return the names in a comma-separated list."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected names separated by commas")
    return found


def run(arguments: list[str]) -> int:
    """Measure what the options ask for, print or write the report, return the exit code."""
    options = parser()
    chosen = options.parse_args(arguments)
    settings = QUICK if chosen.quick else Settings()
    if chosen.rounds is not None:
        settings = settings._replace(rounds=chosen.rounds)
    try:
        selected = select(rows(settings), chosen.only) if chosen.only else rows(settings)
        wanted = known_peers(chosen.peers) if chosen.peers else list(PEERS)
    except ValueError as error:
        options.error(str(error))
    if chosen.out is not None and not (chosen.out.parent.is_dir() and not chosen.out.is_dir()):
        options.error(f"argument --out: cannot write a file {str(chosen.out)!r}")
    peers, skipped = load(wanted)
    for name, why in skipped.items():
        print(f"skipped {name}: {why}", file=sys.stderr)
    contest = Contest(Adkit(), peers, settings)
    report = measured(options.prog, lambda: compare(selected, contest, skipped))
    text = FORMATS[chosen.format](report)
    if chosen.out is None:
        sys.stdout.write(text)
    else:
        chosen.out.write_text(text, encoding="utf-8")
    return 0


def known_peers(wanted: list[str]) -> list[str]:
    """Return the canonical names of the peers asked for, whatever their case.

    Raises
    ------
    ValueError
        If a name is not that of a peer.
    """
    if wanted == ["none"]:
        return []
    canonical = {name.lower(): name for name in PEERS}
    for name in wanted:
        if name.lower() not in canonical:
            known = ", ".join(PEERS)
            raise ValueError(f"argument --peers: no peer is called {name!r}; there are {known}")
    return list(dict.fromkeys(canonical[name.lower()] for name in wanted))


def compare(selected: list[Row], contest: Contest, skipped: dict[str, str]) -> Report:
    """Measure the rows one after the other, and say on stderr which one is running."""
    results = []
    progress = Progress(len(selected))
    for row in selected:
        progress.step(row.name)
        measurement = row.measure(contest)
        results.append(Result(row, measurement, [judge(goal, measurement) for goal in row.goals]))
    progress.close()
    versions = {tool.name: tool.version() for tool in (contest.adkit, *contest.peers)}
    return Report(contest.settings, versions, skipped, results)
