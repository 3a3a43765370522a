"""Tables, Markdown, CSV and JSON made from a record whose times are made up."""

import csv
import io
import json
import sys

import pytest

from benchmarks import report
from tests.benchmarks import made_up

ARM = made_up.case("arm", 7, 210, 6e-5, 3e-4)
TIED = made_up.case("even", 3, 3, 2e-5, 2.05e-5, chosen="reverse", faster="tie")
WRONG = made_up.case("hard", 40, 1, 9e-5, 3e-5, chosen="forward")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("form", report.FORMATS)
def test_every_format_names_every_case(form):
    text = report.FORMATS[form](made_up.record([ARM, TIED]))
    assert "arm" in text
    assert "even" in text


def test_readme_columns():
    table = report.tables(made_up.record([ARM]))[0]
    readme = ["mode", "sweeps", "directions", "time/f [95 %]", "peak MB", "chosen, and why"]
    assert table.header[1:] == readme
    forward, reverse = table.groups[0]
    assert forward[:6] == ["arm: R^7 -> R^210", "forward", "1", "7", "6 [5.88, 6.12]", "1.5"]
    assert reverse[1:6] == ["reverse", "1", "210", "30 [29.4, 30.6]", "0.25"]
    assert forward[6] == "chosen: fewer directions | less time"
    assert reverse[6] == "5 times as long"


def test_verdicts_on_the_mode_that_was_not_chosen():
    assert report.verdict(TIED, "forward") == "as fast, within the noise"
    assert report.verdict(WRONG, "reverse") == "faster: 0.333 of the time"


def columns(table, group=0):
    """Return the rows of a group as dictionaries."""
    return [dict(zip(table.header, row, strict=True)) for row in table.groups[group]]


def test_counts_and_regret():
    forward, reverse = columns(report.tables(made_up.record([WRONG]))[1])
    assert (forward["primal"], forward["operations"]) == ("1", "12")
    assert (forward["tape kB"], reverse["tape kB"]) == ("0", "4.1")
    assert forward["ms [95 %]"] == "0.09 [0.0882, 0.0918]"
    assert (forward["chosen / best"], reverse["chosen / best"]) == ("3", "")


def test_costs_stand_beside_their_bounds():
    table = report.tables(made_up.record([WRONG]))[2]
    assert table.groups[0] == [
        ["hard", "forward", "2 + 0.25 p", "1 + 1.5 p", "9", "61"],
        ["", "reverse", "2 + 0.25 p", "1.5 + 2.5 p", "3", "4"],
    ]


def test_phases_of_a_fresh_process():
    table = report.tables(made_up.record([ARM]))[3]
    assert table.header[:4] == ["case", "import adkit", "forward: first", "forward: warm"]
    assert table.groups == [[["arm", "30", "2", "1", "2", "1", "2", "1"]]]


def test_first_calls_that_were_not_measured_have_no_table():
    cell = made_up.case("grid-2x2", 2, 2, 1e-5, 2e-5, first_call=False)
    assert len(report.tables(made_up.record([cell]))) == 3
    assert len(report.tables(made_up.record([cell, ARM]))[3].groups[0]) == 1


def test_large_grid_is_a_matrix():
    tables = report.tables(made_up.record(made_up.grid()))
    assert [table.title for table in tables] == [
        "Dense maps R^n -> R^m: time of forward mode over time of reverse mode"
    ]
    assert tables[0].header == ["", "m = 1", "m = 8", "m = 64"]
    assert tables[0].groups[0] == [
        ["n = 1", "F ~1", "F 0.3", "F 0.0455"],
        ["n = 8", "R 3.33", "F ~1", "F 0.152"],
        ["n = 64", "R 22", "R 6.6", "F ~1"],
    ]
    assert "Largest regret 1." in tables[0].note


def test_small_grid_has_rows():
    tables = report.tables(made_up.record(made_up.grid((2, 5))))
    assert len(tables[0].groups) == 4


def test_left_out_cases_are_named_with_the_reason():
    text = report.as_text(made_up.record([ARM], {"logistic": "needs a data set"}))
    assert "Left out: logistic (needs a data set)" in text


def test_nothing_measured_still_reports():
    text = report.as_text(made_up.record([], {"logistic": "needs a data set"}))
    assert text.startswith("Left out: logistic")
    assert report.as_csv(made_up.record([])) == ""


def test_text_columns_are_aligned():
    lines = report.as_text(made_up.record([ARM, WRONG])).splitlines()
    head = next(line for line in lines if line.startswith("case"))
    rows = [line for line in lines[: lines.index("What runs, warm")] if " reverse " in line]
    assert len(rows) == 2
    assert all(row.index("reverse") == head.index("mode") for row in rows)


def test_markdown_is_a_table_and_escapes_its_separators():
    lines = report.as_markdown(made_up.record([TIED])).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert rows[1] == "|---" * 7 + "|"
    assert rows[2].startswith("| even: R^3 -> R^3 | forward |")
    assert "fewer directions \\| less time" in rows[3]


def test_csv_has_a_line_for_each_case_and_mode():
    rows = list(csv.DictReader(io.StringIO(report.as_csv(made_up.record([ARM, *made_up.grid()])))))
    assert len(rows) == 2 * 10
    assert [rows[1][key] for key in ("case", "n", "m", "mode")] == ["arm", "7", "210", "reverse"]
    assert float(rows[0]["seconds_median"]) == 6e-5
    assert float(rows[0]["slope"]) == 0.25
    assert rows[0]["first_seconds"] == "0.002"
    assert rows[2]["first_seconds"] == ""


def test_json_round_trips():
    record = made_up.record([ARM])
    assert json.loads(report.FORMATS["json"](record)) == record


def test_terminal_gets_a_drawn_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    report.show(made_up.record([ARM]), "table", stream)
    assert "─" in stream.getvalue()
    assert "arm: R^7 -> R^210" in stream.getvalue()
    assert "counts are exact" in stream.getvalue()


def test_terminal_without_rich_gets_plain_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.delitem(sys.modules, "benchmarks.terminal", raising=False)
    stream = Terminal()
    report.show(made_up.record([ARM]), "table", stream)
    assert stream.getvalue() == report.as_text(made_up.record([ARM])) + "\n"


def test_pipe_gets_plain_text():
    stream = io.StringIO()
    report.show(made_up.record([ARM]), "table", stream)
    assert stream.getvalue() == report.as_text(made_up.record([ARM])) + "\n"
