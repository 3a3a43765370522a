"""The mutation gate: planted rules are noticed, and the right ones are back afterwards."""

from collections import Counter

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.testing import __main__ as command
from adkit.testing.mutants import Outcome, examine, is_noticed, mutants_of, planted
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
        if op.verb != "constant" and len(mutants_of(op)) < 5
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


def test_only_mistakes_that_fit_a_rule_are_planted():
    names = {m.mutation.name for m in mutants_of(operations()["numpy.exp"])}
    # the partial of exp is its result, and knows no x
    assert not names & {"wrong at one", "zero at zero", "arguments swapped"}
    assert names >= {"sign", "conjugated", "detached"}
    # that of add is a number, that of maximum takes real numbers only
    assert "single precision" not in {m.mutation.name for m in mutants_of(registry.find(np.add))}
    assert "conjugated" not in {m.mutation.name for m in mutants_of(registry.find(np.maximum))}


def planted_by(name, mutation):
    return examine([operations()[name]], examples=20, only=[mutation])


def test_a_mistake_that_could_be_made_in_no_example_is_none():
    # no domain of its own: all numbers are drawn from intervals without 0
    outcome = planted_by("scipy.special.rel_entr", "zero at zero")
    assert outcome.total == 0
    assert len(outcome.absent) == 2


def test_a_rule_that_stays_right_is_equivalent():
    outcome = planted_by("numpy.heaviside", "wrong far out")  # a value at 0 only counts there
    assert outcome.share == 1
    (mutant,) = outcome.equivalent
    assert mutant.harmless == "it is 0 there"
    assert f"equivalent: {mutant}: it is 0 there" in command.table(outcome)


def test_a_rule_that_no_example_runs_is_missed():
    mutant = mutants_of(operations()["numpy.exp"])[0]
    outcome = Outcome()
    outcome.add(mutant, False)
    assert outcome.survived == [mutant]
    assert outcome.share == 0
    assert "no example runs this rule" in command.table(outcome)


@pytest.mark.parametrize(
    ("noticed", "missed", "equivalent", "enough"),
    [(396, 0, 4, True), (395, 0, 5, False), (4, 0, 3, True), (4, 1, 0, False), (98, 2, 0, True)],
)
def test_the_exit_code_tells_missed_and_equivalent_mutants(noticed, missed, equivalent, enough):
    mutants = mutants_of(operations()["numpy.exp"])
    outcome = Outcome(Counter(sign=noticed), mutants[:missed], mutants[:equivalent])
    assert command.is_enough(outcome) == enough


def test_a_rule_that_writes_into_its_seed_is_noticed_though_its_results_are_zero():
    name = "adkit.common.ops.singular._regular"
    outcome = planted_by(name, "seed overwritten")
    assert outcome.killed["seed overwritten"] == 2


def test_the_command_counts_and_tells_by_its_exit_code(capsys):
    assert command.main(["mutants", "numpy.sin", "--sample", "5", "--examples", "20"]) == 0
    out = capsys.readouterr().out
    assert "100.00 % of the mutants that change a number are noticed" in out
    with pytest.raises(SystemExit) as end:
        command.main(["mutants", "numpy.no_such_function"])
    assert end.value.code == 2
