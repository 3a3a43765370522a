"""Plans to look at: as HTML, and as a plot of the pattern in the colours of its directions."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.optional import optional
from adkit.sparse.compression import Compression, Partition

__all__ = ["directions_of_entries", "html_table", "spy"]

#: Entries beyond which a plot shows an even selection of them.
_MOST = 200_000


def html_table(title: str, rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """Return a table in HTML, its first row the head.

    Parameters
    ----------
    title : str
        Above the table.
    rows : sequence of sequences of str
    notes : sequence of str
        Lines below it.
    """
    head, *body = [[html.escape(cell) for cell in row] for row in rows]
    lines = [f"<p>{html.escape(title)}</p>", "<table>"]
    lines.append(f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>")
    lines += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body]
    lines += ["</table>", *(f"<p>{html.escape(note)}</p>" for note in notes)]
    return "\n".join(lines)


def directions_of_entries(compression: Compression) -> NDArray[np.intp]:
    """Return the direction that each entry is read from, tangents first; of solves, its colour."""
    pattern = compression.pattern
    if isinstance(compression, Partition):
        columns, rows = compression.columns[pattern.columns], compression.rows[pattern.rows]
        if compression.symmetric:  # an entry that its own column does not give is its mirror's
            rows = compression.columns[pattern.rows]
            return np.where(columns >= 0, columns, rows)
        return np.where(rows >= 0, compression.forward + rows, columns)
    mixed: Any = compression
    colours: NDArray[np.intp] = mixed.colours[pattern.rows if mixed.turned else pattern.columns]
    return colours


def spy(compression: Compression, title: str, axes: Any = None) -> Any:
    """Plot the entries of a pattern, coloured by direction, and return the axes.

    Parameters
    ----------
    compression : Compression
    title : str
    axes : matplotlib.axes.Axes, optional
        By default those of a new figure.
    """
    if axes is None:
        axes = optional("matplotlib.figure", "bench").Figure().subplots()
    pattern = compression.pattern
    shown = np.unique(np.linspace(0, max(pattern.nnz - 1, 0), _MOST).astype(np.intp))
    shown = shown[: pattern.nnz]
    m, n = pattern.shape
    size = max(0.2, 200 / max(m, n, 1)) ** 2
    axes.scatter(
        pattern.columns[shown],
        pattern.rows[shown],
        c=directions_of_entries(compression)[shown],
        s=size,
        marker="s",
        cmap="turbo",
        linewidths=0,
    )
    axes.set(xlim=(-0.5, max(n, 1) - 0.5), ylim=(max(m, 1) - 0.5, -0.5), title=title)
    axes.set(xlabel="argument", ylabel="result", aspect="equal")
    return axes
