"""Reports made from a record: tables for people, CSV and JSON for programs."""

import csv
import io
import sys
from dataclasses import dataclass

from benchmarks import record as records
from benchmarks.figures import interval, line, short
from benchmarks.record import MODES, PHASES

#: Up to so many cells of the grid have rows in the table; more are shown as a matrix only.
CELLS_WITH_ROWS = 4

BOUNDS = {"forward": "1 + 1.5 p", "reverse": "1.5 + 2.5 p"}


@dataclass(frozen=True)
class Table:
    """A title, a header and rows of text; `groups` are rows that belong together."""

    title: str
    header: list[str]
    groups: list[list[list[str]]]
    note: str = ""


def tables(record):
    """Return the tables that show `record`."""
    grid = records.cells(record)
    shown = records.real(record) + (grid if len(grid) <= CELLS_WITH_ROWS else [])
    makers = (choice_table, count_table, cost_table, phase_table)
    made = [maker(shown) for maker in makers] if shown else []
    if len(grid) > CELLS_WITH_ROWS:
        made.append(grid_table(grid))
    return [table for table in made if table.groups]


def choice_table(cases):
    """Return which mode each case should use: the table of the README."""
    header = ["case", "mode", "sweeps", "directions", "time/f [95 %]", "peak MB", "chosen, and why"]
    groups = []
    for case in cases:
        rows = []
        for mode in MODES:
            counts = case["counts"][mode]
            rows.append(
                [
                    f"{case['name']}: R^{case['n']} -> R^{case['m']}" if mode == "forward" else "",
                    mode,
                    str(counts["sweeps"]),
                    str(counts["directions"]),
                    interval(case["times"][mode]["ratio"]),
                    short(case["peak_bytes"][mode] / 1e6),
                    verdict(case, mode),
                ]
            )
        groups.append(rows)
    return Table("Which mode? One whole Jacobian", header, groups)


def verdict(case, mode):
    """Return what the last column says of `mode`."""
    choice = case["choice"]
    if mode == choice["chosen"]:
        return f"chosen: {choice['reason']}"
    if choice["faster"] == "tie":
        return "as fast, within the noise"
    ratio = records.time_ratio(case)
    ratio = ratio if mode == "forward" else 1.0 / ratio
    return (
        f"{short(ratio)} times as long" if ratio >= 1.0 else f"faster: {short(ratio)} of the time"
    )


def count_table(cases):
    """Return what the sweeps of each case consist of, and their times in milliseconds."""
    header = ["case", "mode", "primal", "operations", "tape kB", "ms [95 %]", "chosen / best"]
    groups = []
    for case in cases:
        rows = []
        for mode in MODES:
            counts = case["counts"][mode]
            chosen = mode == case["choice"]["chosen"]
            rows.append(
                [
                    case["name"] if mode == "forward" else "",
                    mode,
                    str(counts["primal"]),
                    str(counts["operations"]),
                    short(counts["bytes"] / 1e3),
                    interval(case["times"][mode]["seconds"], 1e3),
                    short(case["choice"]["regret"]) if chosen else "",
                ]
            )
        groups.append(rows)
    note = "primal: evaluations of f. chosen / best: the regret, time of the chosen mode over the "
    return Table("What runs, warm", header, groups, note + "better one.")


def cost_table(cases):
    """Return the fitted cost of a sweep and of the Jacobian beside the theoretical bounds."""
    header = ["case", "mode", "p directions cost", "bound", "all directions cost", "bound"]
    groups = [
        [
            [
                case["name"] if mode == "forward" else "",
                mode,
                line(case["times"][mode]["cost"]),
                BOUNDS[mode],
                short(case["times"][mode]["ratio"]["median"]),
                short(case["times"][mode]["bound"]),
            ]
            for mode in MODES
        ]
        for case in cases
    ]
    note = "Bounds: Griewank and Walther, Evaluating Derivatives (2008), chapter 4."
    return Table("What a direction costs, in evaluations of f", header, groups, note)


def phase_table(cases):
    """Return the times of the first calls in fresh processes, beside warm ones."""
    header = ["case", "import adkit"]
    header += [f"{mode}: {call}" for mode in PHASES for call in ("first", "warm")]
    rows = []
    for case in cases:
        if (phases := case["first_call"]) is not None:
            imports = sorted(phases[mode]["import_adkit"] for mode in PHASES)
            times = [phases[mode][call] for mode in PHASES for call in ("first", "warm")]
            seconds = [imports[len(imports) // 2], *times]
            rows.append([case["name"], *(short(1e3 * value) for value in seconds)])
    note = "auto: the first call chooses the mode; later ones with the same shapes keep it."
    return Table("The first call in a fresh process, in ms", header, [rows] if rows else [], note)


def grid_table(cells):
    """Return the ratio of forward to reverse time as a matrix over n and m."""
    ms = sorted({cell["m"] for cell in cells})
    by_size = {(cell["n"], cell["m"]): cell for cell in cells}
    ns = sorted({cell["n"] for cell in cells})
    rows = [[f"n = {n}", *(grid_entry(by_size[n, m]) for m in ms)] for n in ns]
    regrets = [cell["choice"]["regret"] for cell in cells]
    note = (
        "Below 1 forward mode is faster; ~ marks a tie. F or R: the mode that adkit chose. "
        f"Largest regret {short(max(regrets))}."
    )
    title = "Dense maps R^n -> R^m: time of forward mode over time of reverse mode"
    return Table(title, ["", *(f"m = {m}" for m in ms)], [rows], note)


def grid_entry(cell):
    """Return the entry of one cell of the grid."""
    tie = "~" if cell["choice"]["faster"] == "tie" else ""
    return f"{cell['choice']['chosen'][0].upper()} {tie}{short(records.time_ratio(cell))}"


def notes(record):
    """Return the lines that follow the tables: what is missing, what was measured, and how."""
    lines = [f"Left out: {name} ({why})" for name, why in record["left_out"].items()]
    lines += [
        f"{case['name']}: {case['description']} ({case['source']})" for case in records.real(record)
    ]
    where, settings = record["environment"], record["settings"]
    threads = where["blas_threads"]
    unit = "CPU time" if where["clock"] == "process_time" else "wall-clock time"
    lines.append(
        f"adkit {where['versions']['adkit']}, NumPy {where['versions']['numpy']}, "
        f"Python {where['python']}, {where['system']} {where['processor']}, BLAS threads: "
        f"{threads if threads else 'not set'}; {unit}, medians of {settings['repeat']} "
        "interleaved rounds; counts are exact."
    )
    return lines


def as_text(record):
    """Return plain text, columns aligned."""
    parts = []
    for table in tables(record):
        rows = [row for group in table.groups for row in group]
        widths = [max(map(len, column)) for column in zip(table.header, *rows, strict=True)]
        lines = [table.title, ""]
        lines += [_padded(table.header, widths), "  ".join("-" * width for width in widths)]
        for i, group in enumerate(table.groups):
            lines += [""] * (i > 0) + [_padded(row, widths) for row in group]
        lines += ["", table.note] if table.note else []
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, "\n".join(notes(record))])


def _padded(row, widths):
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def as_markdown(record):
    """Return the tables in Markdown."""
    parts = []
    for table in tables(record):
        lines = [f"**{table.title}**", "", _piped(table.header), "|---" * len(table.header) + "|"]
        lines += [_piped(row) for group in table.groups for row in group]
        lines += ["", table.note] if table.note else []
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, *notes(record)])


def _piped(row):
    cells = (cell.replace("|", "\\|").replace("~", "\\~") for cell in row)
    return "| " + " | ".join(cells) + " |"


def as_csv(record):
    """Return one line for each case and mode, with every number that is not a raw sample."""
    rows = [_csv_row(case, mode) for case in record["cases"] for mode in MODES]
    stream = io.StringIO()
    if rows:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return stream.getvalue().rstrip("\n")


def _csv_row(case, mode):
    times, choice = case["times"][mode], case["choice"]
    cost, fresh = times["cost"], case["first_call"]
    ends = ("median", "low", "high")
    return {
        "case": case["name"],
        "n": case["n"],
        "m": case["m"],
        "mode": mode,
        **case["counts"][mode],
        "peak_bytes": case["peak_bytes"][mode],
        **{f"seconds_{end}": times["seconds"][end] for end in ends},
        **{f"ratio_{end}": times["ratio"][end] for end in ends},
        "bound": times["bound"],
        "intercept": cost["intercept"]["median"] if cost else "",
        "slope": cost["slope"]["median"] if cost else "",
        "import_seconds": fresh[mode]["import_adkit"] if fresh else "",
        "first_seconds": fresh[mode]["first"] if fresh else "",
        "warm_seconds": fresh[mode]["warm"] if fresh else "",
        "chosen": choice["chosen"],
        "faster": choice["faster"],
        "regret": choice["regret"],
        "reason": choice["reason"],
    }


FORMATS = {
    "table": as_text,
    "json": records.to_json,
    "csv": as_csv,
    "md": as_markdown,
}


def show(record, form, stream=None):
    """Write `record` to `stream` in the format `form`.

    A table is drawn by rich where that is installed and `stream` is a terminal.
    """
    stream = stream if stream is not None else sys.stdout
    if form == "table" and stream.isatty():
        try:
            from benchmarks.terminal import draw
        except ImportError:
            pass
        else:
            draw(tables(record), notes(record), stream)
            return
    stream.write(FORMATS[form](record) + "\n")
