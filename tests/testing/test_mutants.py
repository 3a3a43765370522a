"""The mutation gate: planted rules are noticed, and the right ones are back afterwards."""

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.testing import __main__ as command
from adkit.testing.mutants import examine, is_noticed, mutants_of, planted
from adkit.testing.mutations import MUTATIONS
from adkit.testing.sampling import operations

FEW = ["numpy.exp", "numpy.matmul", "numpy.var"]


def test_a_planted_rule_serves_both_modes_and_goes_again():
    mutant = next(m for m in mutants_of(registry.find(np.sin)) if m.mutation.name == "factor two")
    with planted(mutant):
        assert ad.jvp(np.sin, (0.0,), (1.0,))[1] == 2
        assert ad.grad(np.sin)(0.0) == 2
    assert ad.jvp(np.sin, (0.0,), (1.0,))[1] == 1
    assert ad.grad(np.sin)(0.0) == 1


def test_a_rule_goes_again_after_an_error():
    mutant = mutants_of(registry.find(np.sin))[0]
    with pytest.raises(RuntimeError), planted(mutant):
        raise RuntimeError
    assert ad.grad(np.sin)(0.0) == 1


def test_every_operation_with_a_rule_has_mutants():
    bare = [
        name
        for name, op in operations().items()
        if op.verb != "constant" and len(mutants_of(op)) < 8
    ]
    assert not bare


@pytest.mark.parametrize("name", FEW)
def test_mutants_are_noticed(name):
    outcome = examine([operations()[name]], sample=12)
    assert outcome.killed
    assert not outcome.survived, list(map(str, outcome.survived))


def test_each_mutation_is_noticed_somewhere():
    kinds = {mutation.name for mutation in MUTATIONS}
    killed = set()
    for name in ("numpy.logaddexp", "numpy.matmul", "numpy.take"):
        rest = [m for m in mutants_of(operations()[name]) if m.mutation.name in kinds - killed]
        killed |= {m.mutation.name for m in rest if is_noticed(m, 50, 0)}
    assert killed == kinds


def test_a_mutant_that_changes_no_number_is_idle():
    # the partial of exp is its result: no x is at hand where something could be wrong
    outcome = examine([operations()["numpy.exp"]], examples=10)
    assert {m.mutation.name for m in outcome.idle} >= {"wrong at one", "arguments swapped"}


def test_the_command_counts_and_tells_by_its_exit_code(capsys):
    assert command.main(["mutants", "numpy.sin", "--sample", "5", "--examples", "20"]) == 0
    out = capsys.readouterr().out
    assert "100.00 % of the mutants that change a number are noticed" in out
    with pytest.raises(SystemExit) as end:
        command.main(["mutants", "numpy.no_such_function"])
    assert end.value.code == 2
