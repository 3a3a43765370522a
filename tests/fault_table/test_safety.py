"""Rows 109 to 112: safety."""

import ast
import linecache
from pathlib import Path

import numpy as np

import adkit as ad

ROOT = Path(__file__).parents[2]


def syntax_trees():
    for path in sorted((ROOT / "adkit").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_row_109_files_hold_no_code():
    loaders = {"pickle", "marshal", "shelve"}
    for path, tree in syntax_trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
                assert not names & loaders, f"{path}:{node.lineno}"
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in loaders, f"{path}:{node.lineno}"
            elif isinstance(node, ast.keyword):
                allowed = node.arg != "allow_pickle" or ast.unparse(node.value) == "False"
                assert allowed, f"{path}:{node.lineno}"


def test_row_110_generated_code_holds_no_text_of_the_user():
    def hostile(x):
        return np.sin(x)

    hostile.__name__ = hostile.__qualname__ = '"); import os; os.abort() #'
    hostile = ad.rules.elementary(hostile)
    ad.rules.elementwise(hostile, np.cos)
    assert ad.grad(hostile)(0.0) == 1.0
    assert ad.derivative(ad.grad(hostile))(0.0) == 0.0
    sources = [entry[2] for name, entry in linecache.cache.items() if name.startswith("<adkit")]
    assert sources
    assert not any("import" in line for lines in sources for line in lines)


#: Both run text that adkit has written itself: specialised rules, and random programs.
RUN_TEXT = {"adkit/common/specialise.py", "adkit/testing/programs.py"}


def test_row_112_no_text_is_run_as_code():
    for path, tree in syntax_trees():
        called = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        allowed = {"exec", "compile"} if path in RUN_TEXT else set()
        assert not called & {"eval", "exec", "compile", "__import__"} - allowed, path
