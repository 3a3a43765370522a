"""check_rule: choices, shrinking, replays, and what it needs to know."""

import subprocess
import sys

import numpy as np
import pytest

import adkit as ad
from adkit.common import registry
from adkit.rules import elementary, elementwise, linear
from adkit.testing import DerivativeMismatch, check_rule, replay
from adkit.testing.choices import Choices, decoded, encoded, smaller
from adkit.testing.laws.first_order import steppable
from adkit.testing.mutants import mutants_of, planted
from adkit.testing.oracle import SMALLEST
from adkit.testing.sampling import draw_call, operations
from adkit.testing.subjects import FunctionCall


def test_a_registered_rule_is_found_by_name_function_or_operation():
    for op in ("numpy.hypot", "hypot", np.hypot, registry.find(np.hypot)):
        assert check_rule(op, examples=5).name == "numpy.hypot"


def test_runs_are_alike_unless_the_seed_is_another():
    one, same, other = (check_rule("exp", examples=10, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.findings != other.findings


def test_a_failing_call_is_made_small_and_seen_again_from_the_text():
    (mutant,) = [
        m for m in mutants_of(registry.find(np.logaddexp)) if str(m).endswith("sign in partial 1")
    ]
    with planted(mutant):
        with pytest.raises(DerivativeMismatch) as caught:
            check_rule("logaddexp")
        report = caught.value.report
        again = replay(report.replay)
    assert len(report.inputs) < 200
    assert again.findings[0].message == report.failed()[0].message
    assert again.cause == report.cause
    assert replay(report.replay).verdict == "pass"  # the right rule is back


def test_a_replay_needs_no_hypothesis():
    (mutant,) = [m for m in mutants_of(registry.find(np.sin)) if m.mutation.name == "sign"]
    with planted(mutant):
        text = check_rule("sin", raise_=False).replay
    script = f"""
import sys
sys.modules["hypothesis"] = sys.modules["pytest"] = None
from adkit.testing import check_derivatives, check_gradient, check_rule, replay
print(replay({text!r}).verdict, check_rule("cos", examples=5).verdict)
try:
    import adkit.testing.strategies
except ImportError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = ran.stdout.splitlines()
    assert first == "pass pass"
    assert "adkit-autodiff[testing]" in second


def test_a_hundred_examples_take_about_a_thousand_calls_of_the_function():
    calls = []

    @elementary
    def cube(x):
        calls.append(1)
        return x * x * x

    elementwise(cube, lambda x: 3 * x * x)
    assert check_rule(cube).verdict == "pass"
    assert len(calls) < 20_000


def test_what_is_not_known_is_refused_with_a_remedy():
    @elementary
    def second(x):
        return x[1]

    def push(t, x):
        return t[..., 1]

    linear(second, lambda ct, x: ct[..., None] * np.eye(x.size, dtype=x.dtype)[1], push)
    with pytest.raises(ad.AdkitError, match="ADK721"):
        check_rule(second)
    with pytest.raises(ad.AdkitError, match="ADK722"):
        check_rule("numpy.no_such_function")
    with pytest.raises(ad.AdkitError, match="ADK106"):
        check_rule("sin", only=["gravity"])
    assert check_rule(second, calls=lambda d: d.call(d.array((3,)))).verdict == "pass"


# ---------------------------------------------------------------- choices


def test_choices_are_replayed_and_moved_between_the_bounds():
    made = Choices(np.random.default_rng(0))
    drawn = [made(0, 9) for _ in range(5)]
    again = Choices(given=made.made)
    assert [again(0, 9) for _ in range(5)] == drawn
    assert Choices(given=[7])(0, 3) == 3
    assert Choices()(2, 5) == 2


def test_choices_shrink_to_the_least_that_fails():
    def fails(choices):
        return choices(0, 1000) + choices(0, 1000) >= 10 and choices(0, 5) >= 2

    assert sum(smaller([700, 400, 5], fails)) == 12


def test_text_holds_what_was_put_in():
    data = {"rule": "numpy.sin", "choices": [1, 2, -3]}
    assert decoded(encoded(data)) == data


# ---------------------------------------------------------------- no false alarm

#: Right rules that were suspected once, and with which seed of two examples of each law.
SUSPECTED = [
    ("adkit.common.ops.histograms._histogramdd", 9),
    ("adkit.common.ops.ufunc_methods._reduce", 18),
    ("numpy.arctan2", 17),
    ("scipy.special.boxcox1p", 18),
    ("scipy.special.hyp2f1", 17),
    ("scipy.special.hyperu", 20),
    ("scipy.special.poch", 18),
]


@pytest.mark.parametrize(("name", "seed"), SUSPECTED)
def test_a_right_rule_is_suspected_no_more(name, seed):
    assert check_rule(name, examples=2, seed=seed).verdict == "pass"


def test_a_step_beside_an_end_moves_the_point_by_what_it_says():
    x = np.array([-1 + 1e-5, 1 / 3, 0.0, 1e8])
    t = np.array([7e-6, 0.3, 0.7, 1e-9])  # the last is lost whole in its point, and stays
    call = FunctionCall(np.log1p, [x])
    (found,) = steppable(call, (t,))
    np.testing.assert_allclose(found, t, rtol=1e-4)
    h = SMALLEST * 2.0 ** np.arange(10)[:, None]
    np.testing.assert_array_equal(((x + h * found) - x)[:, :3], (h * found)[:, :3])
    assert found[3] == t[3]


def test_differences_are_taken_of_operands_in_the_widest_dtype():
    rng = np.random.default_rng(0)
    operation = operations()["adkit.common.ops.histograms._histogram"]
    calls = [draw_call(Choices(rng), operation) for _ in range(30)]
    single = [call for call in calls if any(x.dtype == np.float32 for x in call.passive())]
    assert single
    for call in single:
        wide = call.precise()
        assert all(x.dtype.char in "dD" for x in wide.passive())
        assert all(x is y for x, y in zip(wide.primals, call.primals, strict=True))
