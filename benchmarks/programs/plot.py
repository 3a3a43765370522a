"""The plot of ratios: one line a program, one mark a contestant, on a logarithmic axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.programs.measuring import FUNCTION, HAND, Result

INK = "#222222"
REACH = "#c9952b"
STYLES = {
    "adkit": ("#0f6e7c", "o"),
    HAND: (INK, "|"),
    "autograd": ("#a63d2f", "^"),
    "MyGrad": ("#e6a78c", "v"),
    "torch": ("#d8752e", "s"),
    "JAX": ("#7a6aa8", "x"),
    "JAX jit": ("#7a6aa8", "D"),
    "CasADi": ("#5f8a3a", "P"),
    "differences": ("#999999", "."),
}


def save(results: list[Result], path: Path) -> None:
    """Draw the ratios of all results into a file, whose suffix tells the format."""
    from matplotlib.figure import Figure

    height = 1.2 + 0.3 * len(results)
    figure = Figure(figsize=(8.5, height), layout="constrained")
    axes = figure.add_subplot()
    seen: dict[str, Any] = {}
    for line, result in enumerate(results):
        for name, row in result.rows.items():
            contestant = "adkit" if name == result.judged else name
            if contestant not in STYLES or name == FUNCTION:
                continue
            colour, marker = STYLES[contestant]
            size = 9 if contestant in ("adkit", HAND) else 5
            (seen[contestant],) = axes.plot(
                row.ratio.median, line, marker, color=colour, markersize=size, linestyle="none"
            )
        figures = result.problem.figures
        if figures is not None and figures.limit is not None:
            seen["to reach"] = axes.vlines(figures.limit, line - 0.4, line + 0.4, color=REACH, lw=2)
    axes.set_xscale("log")
    axes.set_yticks(range(len(results)), [result.problem.name for result in results])
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_xlabel("time of value and derivative over time of the function")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    order = [name for name in (*STYLES, "to reach") if name in seen]
    handles = [seen[name] for name in order]
    figure.legend(handles, order, loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=150)
