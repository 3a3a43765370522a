"""The public names: exactly the promised ones, documented with examples, light to import."""

import doctest
import inspect
import subprocess
import sys

import pytest

import adkit
from adkit import rules

PROMISED = [
    *("jvp", "vjp", "linearize", "linear_transpose"),
    *("grad", "value_and_grad", "derivative"),
    *("jacfwd", "jacrev", "jacobian", "value_and_jacobian", "hessian", "hessian_diag", "hvp"),
    *("plan", "count_sweeps", "compare_modes"),
    *("strict", "traced_buffers", "trap_nonfinite", "verify_trace"),
    *("Dual", "Node", "rules", "stop_gradient", "value"),
    *("AdkitError", "Ledger", "Plan", "register_container"),
    *("checkpoint", "checkpointed_loop"),
    *("taylor", "nth_derivative"),
    *("PatternWarning", "SparseMatrix", "SparsePlan"),
    *("linear_operator", "lift", "SparsePlusLowRank"),
]
VERBS = ["constant", "elementwise", "linear", "bilinear", "composite", "general"]
DOCUMENTED = {
    **{f"adkit.{name}": getattr(adkit, name) for name in PROMISED if name != "rules"},
    **{f"adkit.rules.{name}": getattr(rules, name) for name in VERBS},
}


def test_the_public_names_are_the_promised_ones():
    assert sorted(adkit.__all__) == sorted(PROMISED)


def test_rules_publishes_the_six_verbs():
    assert set(VERBS) <= set(rules.__all__)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_public_name_is_documented_with_an_example(name):
    text = inspect.getdoc(DOCUMENTED[name]) or ""
    summary, _, rest = text.partition("\n")
    assert summary.endswith("."), f"{name}: the first line is one sentence, not {summary!r}"
    _, heading, examples = rest.partition("\nExamples\n--------\n")
    assert heading, f"{name} has no Examples section"
    assert doctest.DocTestParser().get_examples(examples), f"{name} has no example that runs"


def test_importing_adkit_imports_no_optional_dependency():
    script = """
import sys
import numpy
before = set(sys.modules)
import adkit
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "adkit" in loaded
    assert loaded - sys.stdlib_module_names <= {"adkit", "numpy"}
