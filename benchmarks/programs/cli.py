"""The command line of ``python -m benchmarks programs``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from adkit.timing import Estimate
from benchmarks import heatmap
from benchmarks.options import OneLineParser, fitting, measured, positive
from benchmarks.programs import catalogue, first, plot
from benchmarks.programs.adbench import UnreadableError
from benchmarks.programs.measuring import Settings, measure, settle_memory
from benchmarks.programs.peers import installed
from benchmarks.programs.report import FORMATS, Report
from benchmarks.progress import Progress

QUICK = Settings(rounds=3, patience=0.2)
FIRST_ROUNDS, QUICK_FIRST_ROUNDS = 5, 2


def make_parser() -> OneLineParser:
    """Return the parser of the options."""
    parser = OneLineParser(
        prog="python -m benchmarks programs",
        description="Derivatives of whole programs over the time of the programs.",
        epilog=f"Programs: {', '.join(catalogue.builders())}.",
    )
    add = parser.add_argument
    add("names", nargs="*", help="names or their first parts, such as gmm; default: all")
    add(
        "--quick",
        action="store_true",
        help="few rounds, shorter loops, and without the large programs",
    )
    add("--rounds", type=positive, metavar="K", help=f"of measurement; default {Settings().rounds}")
    add("--data", type=folder, metavar="FOLDER", help="with the files of the ADBench suite")
    add("--format", choices=sorted(FORMATS), default="table", help="of standard output")
    add("--plot", type=Path, metavar="FILE", help="draw the ratios: .png, .svg or .pdf")
    add("--alone", action="store_true", help="leave the other libraries out")
    return parser


def folder(text: str) -> Path:
    """Return the path of a folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return path


def settle(parser: OneLineParser, options: argparse.Namespace) -> None:
    """Fill in names and settings, and refuse what cannot be done."""
    try:
        options.names = fitting(
            options.names, catalogue.builders(), catalogue.LARGE if options.quick else ()
        )
        if options.plot is not None:
            heatmap.require_matplotlib()
    except (ValueError, heatmap.MissingMatplotlibError) as error:
        parser.error(str(error))
    if options.plot is not None and options.plot.suffix not in (".png", ".svg", ".pdf"):
        parser.error(f"--plot: {options.plot} is no .png, .svg or .pdf file")
    if options.plot is not None and not options.plot.absolute().parent.is_dir():
        parser.error(f"--plot: the folder of {options.plot} does not exist")


def run(options: argparse.Namespace) -> Report:
    """Measure the programs that are asked for, and first calls where the mixture is."""
    settings = QUICK if options.quick else Settings()
    if options.rounds is not None:
        settings = settings._replace(rounds=options.rounds)
    peers, skipped = installed(options.alone)
    settle_memory()
    builders = catalogue.builders()
    progress = Progress(len(options.names) + 1)
    results = []
    for name in options.names:
        progress.step(name)
        try:
            problem = builders[name](options.data, options.quick)
        except ImportError as error:
            skipped[name] = f"needs {error.name}, which is not installed"
            continue
        results.append(measure(problem, peers, settings))
    first_calls = {}
    if first.NAME in options.names:
        progress.step("first calls in fresh processes")
        taking = [peer.name for peer in peers if _takes(results, peer.name)]
        taken = first.measure(taking, QUICK_FIRST_ROUNDS if options.quick else FIRST_ROUNDS)
        first_calls = {name: Estimate.of(seconds) for name, seconds in taken.items()}
    progress.close()
    asked = {"rounds": settings.rounds, "quick": options.quick, "data": options.data is not None}
    return Report(results, first_calls, skipped, asked)


def _takes(results: list[object], peer: str) -> bool:
    return any(r.problem.name == first.NAME and peer in r.rows for r in results)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the report, and return the exit code."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    settle(parser, options)
    try:
        report = measured(parser.prog, lambda: run(options))
    except UnreadableError as error:
        sys.stderr.write(f"\n{parser.prog}: {error}\n")
        return 1
    sys.stdout.write(FORMATS[options.format](report))
    if options.plot is not None:
        plot.save(report.results, options.plot)
    return 0
