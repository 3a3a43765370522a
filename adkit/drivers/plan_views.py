"""Plans to look at: as HTML, as a table of rich, as a plot of the pattern in colours."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adkit.common.optional import optional
from adkit.sparse.compression import Compression, Partition

__all__ = ["directions_of_entries", "html_table", "rich_table", "spy"]

#: Entries beyond which a plot shows an even selection of them.
_MOST = 200_000

#: Columns of the table that hold numbers.
_NUMBERS = (2, 3, 4, 5)


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


def rich_table(title: str, rows: Sequence[Sequence[str]], notes: Sequence[str], chosen: int) -> Any:
    """Return a table for terminals by the package rich, as a group with its notes.

    Parameters
    ----------
    title, rows, notes
        As of `html_table`.
    chosen : int
        The line that stands out, the head not counted.
    """
    table = optional("rich.table", "bench").Table(title=_plain(title), title_justify="left")
    head, *body = rows
    for k, cell in enumerate(head):
        table.add_column(_plain(cell), justify="right" if k in _NUMBERS else "left")
    for k, row in enumerate(body):
        table.add_row(*map(_plain, row), style="bold" if k == chosen else None)
    return optional("rich.console", "bench").Group(table, *map(_plain, notes))


def _plain(text: str) -> Any:
    """Return text in which brackets are no markup."""
    return optional("rich.text", "bench").Text(text)


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
