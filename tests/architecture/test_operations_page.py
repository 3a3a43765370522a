"""docs/operations.md is what ``python -m adkit ops`` prints, with costs that were measured.

It is written by::

    python -m benchmarks catalogue --format json > costs.json
    python -m adkit ops --format md --costs costs.json > docs/operations.md
"""

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from adkit import __main__ as command

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
COST = command.HEADER.index("cost")


def rows(text):
    """Return the cells of each function but its cost, by name."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        known = cells[0].startswith(("numpy.", "scipy.", "adkit."))  # tests declare rules too
        if (
            line.startswith("| ")
            and known
            and len(cells) == len(command.HEADER)
            and "---" not in line
        ):
            found[cells[0]] = cells[:COST] + cells[COST + 1 :]
    return found


@pytest.fixture(scope="module")
def current():
    stream = io.StringIO()
    with redirect_stdout(stream):
        command.main(["ops", "--format", "md"])
    return stream.getvalue()


def test_the_page_has_what_the_catalogue_has(current):
    page, now = rows(PAGE.read_text(encoding="utf-8")), rows(current)
    missing = sorted(now.keys() - page.keys())
    assert not missing, f"write docs/operations.md anew: it lacks {missing}"
    different = sorted(name for name in now if now[name] != page[name])
    assert not different, f"write docs/operations.md anew: {different} changed"


def test_what_is_refused_stands_on_the_page(current):
    refused = current[current.index("Refused, ") :]
    assert refused in PAGE.read_text(encoding="utf-8")


def test_costs_were_measured():
    costs = {
        line.split(" | ")[0].strip("| "): line.split(" | ")[COST].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.count(" | ") == len(command.HEADER) - 1
    }
    assert costs["numpy.exp"]
    assert all(
        cost.replace("/", "").replace(".", "").isdigit()
        for cost in costs.values()
        if cost and cost != "cost" and "---" not in cost
    )
