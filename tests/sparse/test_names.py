"""The names that the room publishes: documented, with examples, and light to import."""

import doctest
import inspect
import subprocess
import sys

import pytest

from adkit import sparse

DOCUMENTED = [name for name in sparse.__all__ if callable(getattr(sparse, name))]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_name_is_documented_with_an_example(name):
    text = inspect.getdoc(getattr(sparse, name)) or ""
    summary, _, rest = text.partition("\n")
    assert summary.endswith(".")
    _, heading, examples = rest.partition("\nExamples\n--------\n")
    assert heading
    assert doctest.DocTestParser().get_examples(examples)


def test_everything_that_is_not_a_function_or_class_is_known():
    others = sorted(set(sparse.__all__) - set(DOCUMENTED))
    assert others == ["LINEAR", "ORDERS", "PARTITIONS", "definitions"]


def test_nothing_but_numpy_is_needed():
    script = """
import sys
sys.modules["scipy"] = None
from adkit.sparse import Pattern, best_columns, by_columns
pattern = Pattern.from_dense([[1, 0], [0, 1]])
print(by_columns(pattern, best_columns(pattern)).directions)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"
