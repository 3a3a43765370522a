"""The comparison with other libraries, restricted to adkit: counts, goals and options."""

import gc
import json
from fractions import Fraction

import numpy as np
import pytest

from adkit.timing import Estimate
from benchmarks.peers import chains, collector, measures, report, rows, tools
from benchmarks.peers.cli import run


def quick(capsys, *options):
    """Run the quick form without peers and return the JSON document that it prints."""
    assert run(["--quick", "--rounds=1", "--peers=none", "--format=json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def counts_by_row(document):
    """Return the counts of every row of a document."""
    return {row["name"]: row["counts"] for row in document["rows"]}


def complaint(capsys, *options):
    """Run with bad options; return the one line on stderr after checking the exit code."""
    with pytest.raises(SystemExit) as stopped:
        run(list(options))
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_reverse_rows_count_one_sweep_of_one_cotangent_and_every_operation(capsys):
    counts = counts_by_row(quick(capsys, "--only=reverse"))
    assert len(counts) == 6
    for found in counts.values():
        assert found["operations"] == measures.LENGTH
        assert (found["reverse"], found["cotangents"]) == (1, 1)
        assert (found["forward"], found["tangents"]) == (0, 0)


def test_forward_rows_count_one_sweep_of_one_tangent_and_every_operation(capsys):
    counts = counts_by_row(quick(capsys, "--only=forward"))
    assert len(counts) == 6
    for found in counts.values():
        assert found["operations"] == measures.LENGTH
        assert (found["forward"], found["tangents"]) == (1, 1)
        assert (found["reverse"], found["cotangents"]) == (0, 0)


@pytest.mark.parametrize(("mode", "kind"), [("forward", "tangents"), ("reverse", "cotangents")])
def test_sixteen_directions_take_one_sweep_or_sixteen(capsys, mode, kind):
    document = quick(capsys, f"--only=directions/{mode}")
    counts = document["rows"][0]["counts"]
    assert counts[f"adkit: {mode}"] == 1
    assert counts[f"16 sweeps: {mode}"] == 16
    assert counts[f"adkit: {kind}"] == counts[f"16 sweeps: {kind}"] == 16


def test_the_remaining_rows_are_measured_and_leave_the_collector_alone(capsys):
    before = gc.isenabled(), gc.get_threshold()
    document = quick(capsys, "--only=second,memory,import")
    assert [row["name"] for row in document["rows"]] == [
        "second/float/mixed",
        "memory/float/mixed",
        "import",
    ]
    assert (gc.isenabled(), gc.get_threshold()) == before


def test_a_recorded_scalar_operation_keeps_at_most_250_bytes(capsys):
    (row,) = quick(capsys, "--only=memory")["rows"]
    assert 0 < row["measured"]["adkit"]["median"] <= 250
    assert row["goals"][0]["reached"] is True


def test_a_gradient_leaves_the_collector_as_it_was_and_no_cyclic_garbage():
    thunk = tools.Adkit().reverse(chains.MIXED, measures.LENGTH, 0.7, 1.0)
    assert [check for check in collector.collector_checks(thunk) if not check.holds] == []


def test_collector_checks_notice_a_changed_threshold_and_a_cycle():
    def careless():
        gc.set_threshold(5, 5, 5)
        cycle = []
        cycle.append(cycle)

    checks = collector.collector_checks(careless)
    assert [check.holds for check in checks] == [False, False, False, False]
    assert gc.get_threshold() != (5, 5, 5)


@pytest.mark.parametrize("chain", [chains.MIXED, chains.OPERATORS], ids=lambda chain: chain.name)
def test_chains_do_what_their_names_say(chain):
    counted = tools.Adkit().count(lambda: tools.Adkit().record(chain, 40, 0.7)())
    assert counted["operations"] == 40
    value = chain.build(np, 40)(0.7)
    assert chain.by_hand(0.7, 40).value == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("chain", [chains.MIXED, chains.OPERATORS], ids=lambda chain: chain.name)
def test_derivatives_by_hand_agree_with_central_differences(chain):
    x0, step = chains.point(10), 1e-5
    below, at, above = (chain.by_hand(x0 + h, 8) for h in (-step, 0.0, step))
    np.testing.assert_allclose((above.value - below.value) / (2 * step), at.first, rtol=1e-8)
    np.testing.assert_allclose((above.first - below.first) / (2 * step), at.second, rtol=1e-8)


@pytest.mark.parametrize("chain", [chains.MIXED, chains.OPERATORS], ids=lambda chain: chain.name)
@pytest.mark.parametrize("size", [None, 10])
def test_both_modes_written_out_agree_with_the_recurrence(chain, size):
    x, weights = chains.point(size), chains.seed(size)
    by_hand = chain.by_hand(x, 40)
    for value, derivative in (chain.push(x, weights, 40), chain.pull(x, weights, 40)):
        np.testing.assert_allclose(value, by_hand.value, rtol=1e-13)
        np.testing.assert_allclose(derivative, by_hand.first * weights, rtol=1e-13)


@pytest.mark.parametrize("length", [0, 3, 1_001])
def test_a_chain_of_half_a_cycle_is_refused(length):
    with pytest.raises(ValueError, match="positive multiple of 4"):
        chains.MIXED.build(np, length)


def test_a_wrong_derivative_stops_the_run():
    with pytest.raises(measures.Disagreement, match=r"slope: got .* by hand"):
        measures.same("slope", np.array(1.0), np.array(1.0 + 1e-6))
    with pytest.raises(measures.Disagreement):
        measures.same("shape", np.ones(1), np.array(1.0))


def test_goals_are_judged_by_medians_and_say_when_noise_could_turn_them():
    own, peer = Estimate.of([0.9, 1.0, 1.1]), Estimate.of([8.0, 8.0, 8.0])
    measurement = measures.Measurement({"adkit": own, "autograd": peer})
    found = {
        limit: rows.judge(rows.Goal(Fraction(limit), "autograd"), measurement).text()
        for limit in ("1/5", "1/8", "1/10")
    }
    assert found == {"1/5": "yes", "1/8": "yes, within noise", "1/10": "NO"}
    absent = rows.judge(rows.Goal(Fraction(1), "torch", strict=True), measurement)
    assert (absent.text(), absent.reached) == ("not compared", None)


def test_a_missed_figure_that_numpy_by_hand_misses_too_is_named():
    estimates = {"adkit": 5.0, "autograd": 10.0, "hand": 4.0}
    measurement = measures.Measurement(
        {name: Estimate.of([value]) for name, value in estimates.items()}
    )
    found = []
    for limit in ("1/3", "9/20"):
        row = rows.Row(
            "forward/float/mixed", "us/op", None, (rows.Goal(Fraction(limit), "autograd"),)
        )
        result = report.Result(row, measurement, [rows.judge(row.goals[0], measurement)])
        whole = report.Report(measures.QUICK, {"adkit": "0"}, {}, [result])
        found.append("NumPy by hand takes 0.400 of autograd" in report.as_table(whole))
    assert found == [True, False]


def test_goals_read_as_the_figures_to_reach():
    texts = {
        row.name: [goal.text() for goal in row.goals] for row in rows.rows(measures.Settings())
    }
    assert texts["reverse/float/mixed"] == ["at most 1/8 of autograd", "ahead of torch"]
    assert texts["reverse/n=10/mixed"] == ["at most 1/5 of autograd", "ahead of torch"]
    assert texts["reverse/n=1000/operators"] == ["at most 1/3 of autograd", "ahead of torch"]
    assert texts["forward/n=10/mixed"] == ["at most 1/3 of autograd"]
    assert texts["directions/reverse"] == ["at most 1/5 of 16 sweeps"]
    assert texts["second/float/mixed"] == ["at most 1/10 of autograd"]
    assert texts["memory/float/mixed"] == ["at most 250"]
    assert texts["length/float/mixed"] == ["at most 1,200 times 1,000 operations"]
    assert texts["import"] == ["at most 60"]


def test_a_peer_that_is_not_installed_is_skipped_with_a_note(capsys, monkeypatch):
    class Absent(tools.Tool):
        name, module = "Absent", "adkit_absent_peer"

    monkeypatch.setitem(tools.PEERS, "Absent", Absent)
    assert run(["--quick", "--rounds=1", "--peers=absent", "--only=reverse/float/mixed"]) == 0
    out, err = capsys.readouterr()
    note = "skipped Absent: not installed (extra bench-peers)"
    assert note in out
    assert note in err
    assert "not compared" in out


@pytest.mark.parametrize("form", sorted(report.FORMATS))
def test_out_holds_what_would_have_been_printed(capsys, tmp_path, form):
    path = tmp_path / "peers.txt"
    options = ["--quick", "--rounds=1", "--peers=none", "--only=memory", f"--format={form}"]
    assert run([*options, f"--out={path}"]) == 0
    assert capsys.readouterr().out == ""
    written = path.read_text(encoding="utf-8")
    assert "memory/float/mixed" in written
    assert "at most 250" in written


def test_bad_options_get_one_line_and_exit_code_2(capsys, tmp_path):
    assert "--rounds" in complaint(capsys, "--rounds=0")
    assert "--rounds" in complaint(capsys, "--rounds=many")
    assert "--format" in complaint(capsys, "--format=xml")
    assert "no row is called 'backward'" in complaint(capsys, "--only=backward")
    assert "no peer is called 'jax'" in complaint(capsys, "--peers=jax")
    assert "--only" in complaint(capsys, "--only=,")
    assert "--out" in complaint(capsys, f"--out={tmp_path / 'absent' / 'file'}")
    assert "--out" in complaint(capsys, f"--out={tmp_path}")
    assert "--speed" in complaint(capsys, "--speed")
