"""The texts of errors, as snapshots in ``messages.txt``.

``ADKIT_SNAPSHOTS=write pytest tests/errors`` writes them anew; read the difference.
"""

import ast
import os
import re
import sys
from pathlib import Path

import pytest

import adkit as ad
from adkit.common import errors
from tests.errors.cases import CASES

ROOT = Path(ad.__file__).parent
SNAPSHOTS = Path(__file__).with_name("messages.txt")
LINE = re.compile(r"\((?:[\w.]+\.py|<string>):\d+\)")
MEMORY = re.compile(r"this machine has [\d.]+")


def message(name):
    """Return the class and the text of the error that a case raises."""
    with pytest.raises(ad.AdkitError) as caught:
        CASES[name]()
    text = MEMORY.sub("this machine has 8.0", LINE.sub("(model.py:12)", str(caught.value)))
    return f"{type(caught.value).__name__}: {text}"


def read():
    """Return the snapshots by the name of their case."""
    blocks = SNAPSHOTS.read_text(encoding="utf-8").strip().split("\n\n")
    return dict(block.removeprefix("## ").split("\n", 1) for block in blocks)


@pytest.fixture(scope="module")
def snapshots():
    if os.environ.get("ADKIT_SNAPSHOTS") == "write":
        blocks = [f"## {name}\n{message(name)}\n" for name in CASES]
        SNAPSHOTS.write_text("\n".join(blocks), encoding="utf-8")
    return read()


@pytest.mark.parametrize("name", CASES)
def test_a_message_is_the_one_on_record(name, snapshots):
    assert message(name) == snapshots[name]


def test_every_message_on_record_has_a_case(snapshots):
    assert list(snapshots) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_message_says_what_where_and_what_instead(name, snapshots):
    first, *rest = snapshots[name].split("\n")
    what, place, code = re.fullmatch(r"\w+: (.*?)( \(model\.py:12\))? \[(\w+)\]", first).groups()
    assert place
    assert code in errors.declared()
    assert len(what) <= 100
    assert len(rest) == 1
    assert rest[0].startswith("  ")


# ---------------------------------------------------------------- every place has a case


def places():
    """Return where adkit makes errors of its own: file, lines and code."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                kind = getattr(errors, node.func.id, None)
                if node.func.id in errors.__all__ and kind is not None:
                    found[str(path), node.lineno, node.end_lineno] = (kind, node.args[0])
    return found


def test_every_place_names_a_code_of_its_class():
    wrong = [
        f"{path}:{line}"
        for (path, line, _), (kind, code) in places().items()
        if not isinstance(code, ast.Constant) or code.value not in vars(kind)["codes"]
    ]
    assert not wrong


def test_every_code_is_used():
    used = {code.value for _, code in places().values()}
    assert used == set(errors.declared())


def test_every_place_has_a_case(monkeypatch):
    reached = set()
    make = errors.AdkitError.__init__

    def noted(self, *args, **kwargs):
        frame = sys._getframe(1)
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        make(self, *args, **kwargs)

    monkeypatch.setattr(errors.AdkitError, "__init__", noted)
    for name in CASES:
        message(name)
    missing = [
        f"{path}:{first}"
        for path, first, last in places()
        if not any(file == path and first <= line <= last for file, line in reached)
    ]
    # The error of a fork is made in another process.
    assert [place for place in missing if "levels.py" not in place] == []
