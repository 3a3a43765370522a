"""The command line of ``python -m benchmarks sparse``."""

from __future__ import annotations

import argparse
import importlib.util
import sys

from benchmarks.options import OneLineParser, fitting, measured, positive
from benchmarks.programs.measuring import settle_memory
from benchmarks.progress import Progress
from benchmarks.sparse import catalogue
from benchmarks.sparse.counting import counted
from benchmarks.sparse.measuring import Result, Settings, measure
from benchmarks.sparse.peers import installed
from benchmarks.sparse.report import FORMATS, Report

QUICK = Settings(rounds=3, patience=0.2, first_rounds=1)


def make_parser() -> OneLineParser:
    """Return the parser of the options."""
    parser = OneLineParser(
        prog="python -m benchmarks sparse",
        description="Sparse derivatives: directions against known answers, and times.",
        epilog=f"Problems: {', '.join(catalogue.builders())}.",
    )
    add = parser.add_argument
    add("names", nargs="*", help="names or their first parts, such as brusselator; default: all")
    add("--quick", action="store_true", help="few rounds, and without the large problems")
    add("--counts", action="store_true", help="count only, without a clock")
    add("--rounds", type=positive, metavar="K", help=f"of measurement; default {Settings().rounds}")
    add("--format", choices=sorted(FORMATS), default="table", help="of standard output")
    add("--alone", action="store_true", help="leave the other libraries out")
    return parser


def run(options: argparse.Namespace) -> Report:
    """Count and measure the problems that are asked for."""
    settings = QUICK if options.quick else Settings()
    if options.rounds is not None:
        settings = settings._replace(rounds=options.rounds)
    peers, skipped = installed(options.alone or options.counts)
    settle_memory()
    builders = catalogue.builders()
    progress = Progress(len(options.names))
    results = []
    for name in options.names:
        progress.step(name)
        problem = builders[name]()
        if options.counts:
            results.append(Result(problem, counted(problem)))
        else:
            results.append(measure(problem, peers, settings))
    progress.close()
    asked = {"rounds": settings.rounds, "quick": options.quick, "counts": options.counts}
    return Report(results, skipped, asked)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the report, and return the exit code: 1 where a count is not the answer."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        options.names = fitting(
            options.names, catalogue.builders(), catalogue.LARGE if options.quick else ()
        )
    except ValueError as error:
        parser.error(str(error))
    if not options.counts and importlib.util.find_spec("scipy") is None:
        parser.error("times need SciPy: pip install 'adkit-autodiff[scipy]'; --counts does not")
    report = measured(parser.prog, lambda: run(options))
    sys.stdout.write(FORMATS[options.format](report))
    for line in report.wrong:
        sys.stderr.write(f"{parser.prog}: {line}\n")
    return 1 if report.wrong else 0
