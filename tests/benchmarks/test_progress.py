"""Progress: silent for two seconds, then brief."""

import io

from benchmarks.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, moments):
    clock = iter(moments)
    progress = Progress(len(moments) - 1, stream, now=lambda: next(clock))
    for i in range(len(moments) - 1):
        progress.step(f"case {i}")
    progress.close()
    return stream.getvalue()


def test_short_run_is_silent():
    assert run(io.StringIO(), [0.0, 0.0, 0.9, 1.9]) == ""
    assert run(Terminal(), [0.0, 0.0, 0.9, 1.9]) == ""


def test_log_gets_a_line_every_ten_seconds():
    lines = run(io.StringIO(), [0.0, 0.0, 3.0, 5.0, 12.9, 13.1]).splitlines()
    assert lines == ["[1/5] case 1, 3 s so far", "[4/5] case 4, 13 s so far"]


def test_terminal_rewrites_one_line_and_wipes_it():
    text = run(Terminal(), [0.0, 0.0, 3.0, 4.0])
    assert "\n" not in text
    assert text.count("\r") == 4
    assert text.endswith("\r" + " " * len("[1/3] case 1, 3 s so far") + "\r")
