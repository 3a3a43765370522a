"""README and CONTRIBUTING: what they mention exists, and their Python is run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\s]+)`")
TARGET = re.compile(r"\bmake ([a-z]+)")


def looks_like_a_path(word: str) -> bool:
    """Whether a quoted word names a file or a folder of the project."""
    top, slash, _ = word.partition("/")
    rooted = slash and top in {path.name for path in ROOT.iterdir()}
    return bool(rooted) or Path(word).suffix in {".csv", ".md", ".png", ".py", ".svg", ".toml"}


def mentioned_paths(text: str) -> set[str]:
    prose = FENCE.sub("", text)
    return set(LINK.findall(prose)) | set(filter(looks_like_a_path, QUOTED.findall(prose)))


def snippets_not_run(text: str) -> list[str]:
    return [
        code
        for language, code in FENCE.findall(text)
        if language in ("python", "py", "pycon") and not code.startswith(">>> ")
    ]


@pytest.fixture(params=DOCUMENTS)
def document(request):
    return (ROOT / request.param).read_text(encoding="utf-8")


def test_every_file_mentioned_exists(document):
    missing = sorted(path for path in mentioned_paths(document) if not (ROOT / path).exists())
    assert not missing


def test_every_python_snippet_is_a_doctest(document):
    assert not snippets_not_run(document)


def test_every_make_target_mentioned_exists(document):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(TARGET.findall(document)) <= targets


def test_contributing_takes_five_commands_at_most():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    commands = [
        line
        for language, code in FENCE.findall(text)
        if language in ("sh", "bash", "console")
        for line in code.splitlines()
    ]
    assert 1 <= len(commands) <= 5


def test_the_checks_see_what_they_look_for():
    text = "[map](doc/map.png), `adkit/nowhere.py`, `np.sin`, `x/y`\n```python\nx = 1\n```\n"
    assert mentioned_paths(text) == {"doc/map.png", "adkit/nowhere.py"}
    assert snippets_not_run(text) == ["x = 1\n"]
