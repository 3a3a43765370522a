"""The crossover heat map: which mode is faster over the number of inputs and of outputs."""

from importlib.util import find_spec

import numpy as np

from benchmarks import record as records
from benchmarks.figures import short

#: Teal for forward mode, sand for a tie, brick for reverse mode.
COLOURS = ("#0f6e7c", "#7fbcc0", "#f6f1e7", "#e6a78c", "#a63d2f")
INK = "#222222"
TIMES = "\N{MULTIPLICATION SIGN}"


class MissingMatplotlibError(Exception):
    """Plots need matplotlib."""

    def __init__(self):
        super().__init__("plots need matplotlib: pip install 'adkit-autodiff[bench]'")


def require_matplotlib():
    """Raise MissingMatplotlibError if matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingMatplotlibError


def ratios(cells):
    """Return the sizes n, the sizes m, and log10(forward time / reverse time), shape (n, m)."""
    ns = sorted({cell["n"] for cell in cells})
    ms = sorted({cell["m"] for cell in cells})
    by_size = {(cell["n"], cell["m"]): records.time_ratio(cell) for cell in cells}
    return np.array(ns), np.array(ms), np.log10([[by_size[n, m] for m in ms] for n in ns])


def edges(sizes):
    """Return the borders of the cells around `sizes`, halfway on a logarithmic axis."""
    logs = np.log(np.asarray(sizes, dtype=float))
    if logs.size == 1:
        return np.exp(logs[0] + np.array([-0.7, 0.7]))
    middles = (logs[1:] + logs[:-1]) / 2
    first, last = 2 * logs[0] - middles[0], 2 * logs[-1] - middles[-1]
    return np.exp(np.concatenate([[first], middles, [last]]))


def refined(sizes, others, logs, points=200):
    """Return `logs` interpolated linearly between the logarithms of the sizes on a finer grid."""
    fine = [np.geomspace(axis[0], axis[-1], points) for axis in (sizes, others)]
    along = np.array([np.interp(np.log(fine[1]), np.log(others), row) for row in logs])
    both = [np.interp(np.log(fine[0]), np.log(sizes), column) for column in along.T]
    return fine[0], fine[1], np.array(both).T


def bound_outputs(n):
    """Return the m at which the bounds 1 + 1.5 n and 1.5 + 2.5 m are equal."""
    return (1.5 * np.asarray(n) - 0.5) / 2.5


def draw(record):
    """Return the heat map of the grid cells of `record` as a matplotlib Figure."""
    require_matplotlib()
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.figure import Figure

    cells = records.cells(record)
    ns, ms, logs = ratios(cells)
    limit = max(1.0, float(np.abs(logs).max()))
    figure = Figure(figsize=(8.0, 6.6), layout="constrained")
    axes = figure.add_subplot()
    mesh = axes.pcolormesh(
        edges(ns),
        edges(ms),
        logs.T,
        cmap=LinearSegmentedColormap.from_list("modes", COLOURS),
        norm=Normalize(-limit, limit),
        edgecolors="white",
        linewidth=1.5,
    )
    _label_cells(axes, mesh, cells, ns, ms)
    _draw_lines(axes, ns, ms, logs)
    _label_axes(axes, ns, ms)
    _add_scale(figure, axes, mesh, limit)
    return figure


def _label_cells(axes, mesh, cells, ns, ms):
    """Write into the upper left corner of each cell, above the lines."""
    corners = {n: edges(ns)[i : i + 2] for i, n in enumerate(ns)}
    levels = {m: edges(ms)[i : i + 2] for i, m in enumerate(ms)}
    for cell in cells:
        ratio = records.time_ratio(cell)
        left, right = corners[cell["n"]]
        lower, upper = levels[cell["m"]]
        chosen, faster = cell["choice"]["chosen"], cell["choice"]["faster"]
        gain = 1.0 / ratio if chosen == "forward" else ratio
        factor = "tie" if faster == "tie" else f"{short(gain, 2)}{TIMES}"
        colour = mesh.to_rgba(np.log10(ratio))
        luminance = colour[:3] @ np.array([0.299, 0.587, 0.114])
        axes.text(
            left * (right / left) ** 0.08,
            upper * (lower / upper) ** 0.1,
            f"{chosen[0].upper()}  {factor}",
            va="top",
            zorder=5,
            fontsize=10,
            color="white" if luminance < 0.58 else INK,
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
        )


def _draw_lines(axes, ns, ms, logs):
    from matplotlib import patheffects
    from matplotlib.lines import Line2D

    halo = [patheffects.withStroke(linewidth=4.5, foreground="white", alpha=0.8)]
    sizes = np.geomspace(edges(ns)[0], edges(ns)[-1], 400)
    lower, upper = edges(ms)[0], edges(ms)[-1]
    bounds = bound_outputs(sizes)
    inside = (bounds >= lower) & (bounds <= upper)
    axes.plot(sizes, sizes, color=INK, linewidth=1.2, linestyle=(0, (1, 2)))
    axes.plot(sizes[inside], bounds[inside], color=INK, linewidth=1.4, linestyle=(0, (6, 3)))
    handles = [
        Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (1, 2)), label="n = m"),
        Line2D(
            [], [], color=INK, linewidth=1.4, linestyle=(0, (6, 3)),
            label="equal bounds: 1 + 1.5 n = 1.5 + 2.5 m",
        ),
    ]  # fmt: skip
    if ns.size > 1 and ms.size > 1 and logs.min() < 0.0 < logs.max():
        fine_ns, fine_ms, fine = refined(ns, ms, logs)
        line = axes.contour(fine_ns, fine_ms, fine.T, levels=[0.0], colors=INK, linewidths=2.4)
        line.set(path_effects=halo)
        handles.append(Line2D([], [], color=INK, linewidth=2.4, label="measured: equal times"))
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=3, frameon=False
    )


def _label_axes(axes, ns, ms):
    axes.set(xscale="log", yscale="log", xlim=edges(ns)[[0, -1]], ylim=edges(ms)[[0, -1]])
    axes.set_xticks(ns, [str(n) for n in ns])
    axes.set_yticks(ms, [str(m) for m in ms])
    axes.minorticks_off()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("inputs n = directions of forward mode")
    axes.set_ylabel("outputs m = directions of reverse mode")
    axes.set_title("Forward or reverse? One whole Jacobian of a dense map", loc="left", pad=24)
    note = "F or R: the mode that adkit chose, and the time of the other mode over its own"
    axes.text(0.0, 1.015, note, transform=axes.transAxes, fontsize=9, color="#555555")


def _add_scale(figure, axes, mesh, limit):
    steps = np.arange(-int(limit), int(limit) + 1)
    bar = figure.colorbar(mesh, ax=axes, ticks=steps, pad=0.02, aspect=30)
    bar.ax.set_yticklabels(
        ["equal" if step == 0 else f"{10 ** abs(step)}{TIMES}" for step in steps]
    )
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)
    bar.ax.text(0.5, 1.025, "reverse\nfaster", transform=bar.ax.transAxes, ha="center", va="bottom")
    bar.ax.text(0.5, -0.025, "forward\nfaster", transform=bar.ax.transAxes, ha="center", va="top")


def save(record, paths):
    """Draw the heat map and write it to `paths`; their suffixes give the formats."""
    figure = draw(record)
    import matplotlib

    # A fixed salt and no date: the same record gives the same SVG.
    with matplotlib.rc_context({"svg.hashsalt": "adkit"}):
        for path in paths:
            metadata = {"Date": None} if path.suffix == ".svg" else None
            figure.savefig(path, dpi=160, metadata=metadata)
