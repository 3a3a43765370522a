"""docs/testing.md shows what really happens: its files are written, its commands are run.

``ADKIT_SNAPSHOTS=write`` puts what they print into the page.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
STEP = re.compile(
    r"<!-- (?P<what>file|replace|run): (?P<how>.*?) -->(?:\n```\w+\n(?P<text>.*?)```)?", re.DOTALL
)


def settled(text):
    """Return output without what differs from run to run and from place to place."""
    text = re.sub(r"in \d+\.\d+s", "in 1.00s", text)
    text = re.sub(r"={3,}( .+? )={3,}", r"=====\1=====", text)  # as wide as the time leaves room
    text = re.sub(r"[\d.e-]+ ulp", "0.3 ulp", text)  # rounding is the machine's
    text = re.sub(r"error below [\d.e-]+", "error below 1e-12", text)
    text = re.sub(r'replay\("[^"]+"\)', 'replay("eNq...")', text)
    text = re.sub(r"\S*/(adkit|model|test_model)(\.py|/)", r"\1\2", text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return text.strip() + "\n"


def run(command, folder):
    """Return what a command prints."""
    program, *arguments = shlex.split(command)
    assert program == "python"
    environment = {**os.environ, "PYTHONPATH": str(PAGE.parents[1]), "COLUMNS": "100"}
    foreign = ("PYTEST_", "CI", "ADKIT_", "BUILD_NUMBER")  # pytest prints more where CI is set
    environment = {k: v for k, v in environment.items() if not k.startswith(foreign)}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    return settled(ran.stdout + ran.stderr)


def played(page, folder):
    """Return the page with what its commands print."""

    def step(match):
        what, how = match["what"], match["how"]
        if what == "file":
            folder.joinpath(how).write_text(match["text"])
        elif what == "replace":
            name, change = how.split(": ")
            old, new = change.split(" -> ")
            text = folder.joinpath(name).read_text()
            assert old in text
            folder.joinpath(name).write_text(text.replace(old, new))
        else:
            return f"<!-- run: {how} -->\n```text\n$ {how}\n{run(how, folder)}```"
        return match[0]

    return STEP.sub(step, page)


def test_the_page_shows_what_happens(tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    found = played(page, tmp_path)
    if os.environ.get("ADKIT_SNAPSHOTS") == "write":
        PAGE.write_text(found, encoding="utf-8")
    else:
        assert found == page
    assert "3 passed" in page
    assert "likely cause" in page
