"""Tables drawn by rich; importing this module fails where rich is not installed."""

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

STYLES = {"forward": "cyan", "reverse": "magenta"}


def draw(tables, notes, stream):
    """Draw `tables` and the lines of `notes` on `stream`."""
    console = Console(file=stream)
    for table in tables:
        drawn = RichTable(
            title=table.title,
            caption=table.note or None,
            box=box.SIMPLE_HEAD,
            title_justify="left",
            caption_justify="left",
        )
        rows = [row for group in table.groups for row in group]
        for i, name in enumerate(table.header):
            # Intervals stay on one line; the reasons in the last column may be folded.
            phrases = any(" " in row[i] for row in rows)
            drawn.add_column(
                name, overflow="fold", no_wrap=phrases and name is not table.header[-1]
            )
        for group in table.groups:
            for i, row in enumerate(group):
                cells = [Text(cell, style=STYLES.get(cell, "")) for cell in row]
                drawn.add_row(*cells, end_section=i == len(group) - 1)
        console.print(drawn)
    for note in notes:
        console.print(Text(note, style="dim"))
