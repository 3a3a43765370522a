"""Every code has a page; pytest runs the pages' examples as it runs every Markdown file."""

import doctest
import re
from pathlib import Path

import pytest

from adkit import __main__ as command
from adkit.common import errors, explanations

PAGES = Path(explanations.__file__).parent
CODES = list(errors.declared())


def run(capsys, *arguments):
    """Return the exit code of the command line and what it printed."""
    try:
        code = command.main(arguments)
    except SystemExit as end:
        code = end.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_every_code_has_a_page_and_every_page_a_code():
    assert sorted(path.stem for path in PAGES.glob("*.md")) == CODES


def test_codes_are_declared_once_and_look_alike():
    classes = [getattr(errors, name) for name in errors.__all__]
    declared = [code for kind in classes for code in vars(kind)["codes"]]
    assert sorted(declared) == CODES
    assert all(re.fullmatch(r"ADK[1-7]\d\d", code) for code in CODES)
    titles = [kind.codes[code] for code, kind in errors.declared().items()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_why_and_has_an_example_that_fails_and_one_that_works(code):
    text = PAGES.joinpath(f"{code}.md").read_text(encoding="utf-8")
    why, fails, works = re.split(r"^## (?:Fails|Works)\n", text, flags=re.MULTILINE)
    assert len(why.split()) > 12
    parser = doctest.DocTestParser()
    assert f"[{code}]" in parser.get_examples(fails)[-1].want
    mended = parser.get_examples(works)
    assert mended
    assert not any("[ADK" in example.want or example.exc_msg for example in mended)
    assert max(len(line) for line in why.splitlines()) <= 100


@pytest.mark.parametrize("spelling", ["ADK107", "adk107", "107", "[ADK107]"])
def test_explain_prints_a_page(capsys, spelling):
    code, out, _ = run(capsys, "explain", spelling)
    assert code == 0
    assert out.startswith("# ADK107 ArgumentError (TypeError): primals or tangents that are no")
    assert ">>> ad.jvp(np.sin, 0.0, 1.0)" in out
    assert out == explanations.page("ADK107")


def test_explain_lists_the_codes(capsys):
    code, out, _ = run(capsys, "explain")
    assert code == 0
    assert out.splitlines() == [explanations.title(code) for code in CODES]
    assert "ADK201 DetachError (TypeError): a float asked of a traced value" in out


@pytest.mark.parametrize("unknown", ["ADK999", "sin", ""])
def test_explain_refuses_what_is_no_code(capsys, unknown):
    code, out, err = run(capsys, "explain", unknown)
    assert code == 2
    assert out == ""
    assert err.splitlines()[-1].endswith("without one, all are listed")


def test_the_list_of_operations(capsys):
    code, out, _ = run(capsys, "ops", "--verb", "bilinear")
    assert code == 0
    assert "numpy.matmul" in out
    assert run(capsys, "ops", "--verb", "none")[0] == 2
