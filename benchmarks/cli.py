"""Command line of ``python -m benchmarks``."""

import argparse
import sys
from pathlib import Path

from benchmarks import PARTS, heatmap, record, report
from benchmarks.cases import GRID, REAL, build_grid, build_real
from benchmarks.measure import measure
from benchmarks.options import OneLineParser, measured, natural, positive
from benchmarks.progress import Progress

SIZES = [1, 4, 16, 64, 256, 1024]
QUICK_SIZES = [1, 16, 256]
REPEAT = 9
QUICK_REPEAT = 3

#: A larger dense Jacobian than this many entries (0.8 GB) is refused instead of filling memory.
LARGEST_JACOBIAN = 10**8

#: What --plot writes into a folder, and what it takes as the name of a file.
FOLDER_PLOTS = ("crossover.png", "crossover.svg")
FILE_SUFFIXES = (".png", ".svg", ".pdf")


def sizes(text):
    """Return a list of positive integers separated by commas, sorted, each once."""
    return sorted({positive(part) for part in text.split(",")})


def case_names(text):
    """Return a list of known case names separated by commas."""
    names = [part.strip() for part in text.split(",")]
    known = [GRID, *REAL]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(
                f"unknown case {name!r}; known cases: {', '.join(known)}"
            )
    return [name for name in known if name in names]


def make_parser():
    """Return the parser of the options."""
    parser = OneLineParser(
        prog="python -m benchmarks",
        description="Compare forward and reverse mode: counts, times, memory, and adkit's choice.",
        epilog=f"Cases: {GRID} (dense maps of all sizes n x m), {', '.join(REAL)}. "
        f"Other benchmarks: python -m benchmarks {'|'.join(PARTS)} --help, and "
        "python -m benchmarks.peers --help.",
    )
    add = parser.add_argument
    add("--n", type=sizes, metavar="LIST", help="inputs of the grid, such as 1,10,100")
    add("--m", type=sizes, metavar="LIST", help="outputs of the grid")
    add("--cases", type=case_names, metavar="NAMES", help="which cases; default: all")
    add("--repeat", type=positive, metavar="K", help=f"rounds of measurement; default {REPEAT}")
    add("--seed", type=natural, default=0, help="of generated data and resampling; default 0")
    add("--format", choices=list(report.FORMATS), default="table", help="of standard output")
    add(
        "--plot", type=Path, metavar="PATH", help="heat map: a .png, .svg or .pdf file, or a folder"
    )
    add("--out", type=Path, metavar="DIR", help="write the record as JSON, and the plots")
    add("--quick", action="store_true", help="smaller grid, fewer rounds: about 15 seconds")
    return parser


def settle(parser, options):
    """Fill in the defaults that depend on one another, and refuse what cannot be done."""
    default = QUICK_SIZES if options.quick else SIZES
    options.n = options.n or default
    options.m = options.m or default
    options.cases = options.cases or [GRID, *REAL]
    options.repeat = options.repeat or (QUICK_REPEAT if options.quick else REPEAT)
    if GRID in options.cases and options.n[-1] * options.m[-1] > LARGEST_JACOBIAN:
        parser.error(
            f"a {options.m[-1]} x {options.n[-1]} Jacobian has more than "
            f"{LARGEST_JACOBIAN} entries; choose smaller --n or --m"
        )
    if options.plot is not None:
        if GRID not in options.cases:
            parser.error(f"--plot draws the grid; add {GRID} to --cases")
        try:
            heatmap.require_matplotlib()
        except heatmap.MissingMatplotlibError as error:
            parser.error(f"--plot: {error}")
    try:
        _make_folders(options)
    except OSError as error:
        parser.error(f"cannot write to {error.filename}: {error.strerror}")


def _make_folders(options):
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    if options.plot is not None:
        folder = options.plot.parent if _is_file(options.plot) else options.plot
        folder.mkdir(parents=True, exist_ok=True)


def _is_file(path):
    return path.suffix in FILE_SUFFIXES


def plot_paths(path):
    """Return the files that ``--plot path`` writes."""
    return [path] if _is_file(path) else [path / name for name in FOLDER_PLOTS]


def run(options):
    """Measure the cases and return the record."""
    names = [name for name in options.cases if name != GRID]
    cases, left_out = build_real(names, options.seed)
    if GRID in options.cases:
        cases += build_grid(options.n, options.m, options.seed)
    progress = Progress(len(cases))
    results = []
    for case in cases:
        progress.step(case.name)
        first_calls = not options.quick or case.name in REAL
        results.append(measure(case, options.repeat, options.seed, first_calls))
    progress.close()
    keys = ("n", "m", "cases", "repeat", "seed", "quick")
    return record.make({key: getattr(options, key) for key in keys}, results, left_out)


def write(options, made):
    """Write the files that the options ask for."""
    plots = plot_paths(options.plot) if options.plot is not None else []
    if options.out is not None:
        (options.out / "benchmarks.json").write_text(record.to_json(made) + "\n")
        if record.cells(made):
            plots += plot_paths(options.out)
    if plots:
        try:
            heatmap.save(made, plots)
        except heatmap.MissingMatplotlibError as error:
            sys.stderr.write(f"no heat map: {error}\n")


def main(arguments=None):
    """Run the comparison and return the exit code."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    settle(parser, options)
    made = measured(parser.prog, lambda: run(options))
    report.show(made, options.format)
    write(options, made)
    return 0
