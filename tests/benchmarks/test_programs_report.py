"""``python -m benchmarks programs``: what is measured, judged, printed and drawn."""

import importlib.util
import json

import numpy as np
import pytest

from adkit.timing import Estimate
from benchmarks.heatmap import MissingMatplotlibError
from benchmarks.peers.measures import Disagreement
from benchmarks.programs import catalogue, cli, first, measuring, peers, plot, report
from benchmarks.programs.problem import Figures, Problem

QUICK = measuring.Settings(rounds=1)


def cube(x):
    return np.sum(x**3)


def cube_by_hand(x):
    return np.sum(x**3), 3.0 * x**2


def made(**changes):
    x = np.array([1.0, 2.0, -3.0])
    about = Problem("cube", "a sum of cubes", cube, (x,), cube_by_hand)
    return about._replace(**changes)


class Doubtful(peers.Peer):
    """A peer whose derivative is off by a factor."""

    name, module = "doubtful", "numpy"
    factor = 1.0

    def gradient(self, f, problem):
        assert f is cube
        return lambda: (f(*problem.args), self.factor * cube_by_hand(*problem.args)[1])


def doubtful(factor, **changes):
    peer = Doubtful()
    peer.factor = factor
    return measuring.measure(made(texts={"doubtful": lambda _: cube}, **changes), [peer], QUICK)


def test_a_gradient_is_measured_in_both_modes_beside_hand_and_peers():
    result = doubtful(1.0)
    assert list(result.rows) == ["function", "hand", "adkit reverse", "adkit forward", "doubtful"]
    assert result.judged == "adkit reverse"
    assert result.rows["adkit reverse"].directions == "1 in 1 reverse"
    assert result.rows["adkit forward"].directions == "3 in 1 forward"
    assert result.rows["function"].ratio.median == 1.0
    assert all(row.seconds.median > 0 for row in result.rows.values())
    assert all(result.rows[name].first_seconds > 0 for name in list(result.rows)[2:])
    assert result.rows["doubtful"].peak_bytes is None
    assert result.rows["hand"].peak_bytes > 0


def test_a_wrong_derivative_stops_the_run():
    with pytest.raises(Disagreement, match="cube, doubtful: part 0 differs by"):
        doubtful(1.0 + 1e-6)
    with pytest.raises(Disagreement, match=r"cube, adkit reverse: part 0 differs"):
        doubtful(1.0, hand=lambda x: (np.sum(x**3), 3.0 * x**2 + 1e-6))
    with pytest.raises(Disagreement, match=r"has shape \(2,\), by hand \(3,\)"):
        measuring.compare("sizes", [np.ones(2)], [np.ones(3)], 1e-10)
    with pytest.raises(Disagreement):
        measuring.compare("nan", [np.array([np.nan])], [np.ones(1)], 1e-10)


def test_a_peer_that_cannot_is_noted_and_one_without_a_text_left_out():
    def fails(_):
        raise TypeError("no\nsuch thing")

    result = measuring.measure(made(texts={"doubtful": fails}), [Doubtful()], QUICK)
    assert result.notes == ["doubtful cannot: TypeError: no"]
    assert "doubtful" not in result.rows
    assert measuring.measure(made(), [Doubtful()], QUICK).notes == []


def test_a_jacobian_is_measured_in_the_mode_that_is_chosen_and_the_other():
    def f(s, x):
        return np.sin(x + s[0]) * s[1]

    def by_hand(s, x):
        slopes = [np.cos(x + s[0]) * s[1], np.sin(x + s[0])]
        return np.sin(x + s[0]) * s[1], np.stack(slopes, axis=-1)

    args = (np.array([0.5, 2.0]), np.linspace(0.0, 1.0, 7))
    columns = made(f=f, args=args, hand=by_hand, kind="columns", texts={"differences": lambda _: f})
    result = measuring.measure(columns, [peers.Differences()], QUICK)
    modes = {"adkit forward", "adkit reverse"}
    chosen, other = list(result.rows)[2:4]  # the choice is by time
    assert result.judged == chosen
    assert {chosen, other} == modes
    assert [*result.rows] == ["function", "hand", chosen, other, "adkit choosing", "differences"]
    assert result.rows["adkit forward"].directions == "2 in 1 forward"
    assert result.rows["adkit reverse"].directions == "7 in 1 reverse"
    many = columns._replace(args=(args[0], np.linspace(0.0, 1.0, 600)))
    assert "adkit reverse" not in measuring.measure(many, [], QUICK).rows


def test_a_hessian_vector_product_is_measured():
    v = np.array([1.0, 0.0, 2.0])
    second = made(kind="hvp", direction=v, hand=lambda x, v: (cube(x), 6.0 * x * v))
    result = measuring.measure(second, [], QUICK)
    assert result.rows["adkit"].directions == "1 in 1 forward, 1 in 1 reverse"


def test_slow_contestants_are_run_once():
    calls = []
    thunks = {name: lambda name=name: calls.append(name) for name in ("function", "hand", "slow")}
    impatient = measuring.Settings(rounds=2, patience=-1.0)
    times = measuring.timed(thunks, impatient, 0)
    assert list(times) == ["function", "hand", "slow"]
    assert calls.count("slow") == 1
    assert [len(taken.samples) for taken in times.values()] == [2, 2, 1]
    ratio = measuring.over(Estimate.of([6.0]), Estimate.of([1.0, 2.0, 3.0]))
    assert ratio.samples == (3.0,)


def test_the_peak_is_that_above_the_start():
    kept = np.ones(100_000)
    assert 8e5 < measuring.peak_bytes(lambda: (kept + 1.0).sum()) < 9e5


@pytest.mark.parametrize(
    "peer",
    [peer() for peer in peers.PEERS[:2] if importlib.util.find_spec(peer.module)]
    + [peers.Differences()],
    ids=lambda peer: peer.name,
)
def test_peers_that_are_installed_agree(peer):
    for name in ("rosenbrock-10", "kepler", "mlp-small"):
        chosen = catalogue.builders()[name](None, True)
        if peer.name in chosen.texts:
            found = peer.plain(peer.thunk(chosen)()[1])
            expected = measuring.arrays(chosen.by_hand()[1])
            measuring.compare(name, found, expected, peer.tolerance)


def test_a_peer_says_which_derivatives_it_has_not():
    for kind in ("gradient", "columns", "hvp"):
        with pytest.raises(NotImplementedError, match="here"):
            getattr(peers.Peer, kind)(Doubtful(), cube, made())


def test_peers_that_are_not_installed_are_left_out(monkeypatch):
    monkeypatch.setattr(peers.Autograd, "module", "adkit_absent_peer")
    there, skipped = peers.installed(alone=False)
    assert skipped["autograd"] == "not installed"
    assert "differences" in [peer.name for peer in there]
    assert peers.installed(alone=True) == ([], {})


def result_with(ratio, **figures):
    units = {"function": 1.0, "hand": 1.5, "adkit reverse": ratio, "torch": 20.0, "JAX": 9.0}
    rows = {
        name: measuring.Row(name, Estimate.of([x]), Estimate.of([x]), peak_bytes=3_000_000)
        for name, x in units.items()
    }
    problem = made(figures=Figures(**figures) if figures else None)
    return measuring.Result(problem, rows, "adkit reverse", ["JAX cannot: much"])


@pytest.mark.parametrize(
    ("ratio", "figures", "text", "reached"),
    [
        (2.0, {"limit": 2.2}, "yes", True),
        (3.0, {"limit": 2.2}, "NO", False),
        (2.2, {"limit": 2.2}, "yes, within noise", True),
        (9.0, {"limit": None, "megabytes": 3.0}, "yes", True),
        (9.0, {"limit": None, "megabytes": 2.9}, "NO", False),
    ],
)
def test_figures_are_judged(ratio, figures, text, reached):
    result = result_with(ratio, **figures)
    assert (report.reached(result), result.reached) == (text, reached)
    assert result_with(ratio).reached is None


def test_the_table_holds_what_was_measured():
    calls = {name: Estimate.of([x]) for name, x in (("function", 0.1), ("hand", 0.2))}
    calls["adkit"] = Estimate.of([0.31])
    results = [result_with(3.0, limit=2.2, hand="1.4", peer="36")]
    text = report.as_table(report.Report(results, calls, {"torch": "not installed"}, {}))
    lines = text.split("\n")
    assert lines[0].split()[:4] == ["program", "contestant", "ms", "ratio"]
    (judged,) = [line for line in lines if "adkit reverse" in line]
    assert judged.split()[-5:] == ["2.2", "NO", "peer", "36", "3"]
    (fresh,) = [line for line in lines if "hand + 100 ms" in line]
    assert "NO" in fresh
    assert "cube: a sum of cubes" in lines
    assert "cube: JAX cannot: much" in lines
    assert "skipped torch: not installed" in lines


def test_json_holds_what_was_measured():
    results = [result_with(3.0, limit=2.2), result_with(3.0)]
    document = json.loads(report.as_json(report.Report(results, {}, {}, {"rounds": 1})))
    assert [found["reached"] for found in document["programs"]] == [False, None]
    assert document["programs"][0]["to_reach"]["limit"] == 2.2
    assert document["programs"][1]["to_reach"] is None
    assert document["settings"] == {"rounds": 1}


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_plot_is_drawn(tmp_path, suffix):
    path = tmp_path / f"ratios{suffix}"
    plot.save([result_with(3.0, limit=2.2), result_with(3.0)], path)
    assert path.stat().st_size > 1_000


def complaint(capsys, *options):
    with pytest.raises(SystemExit) as stopped:
        cli.main(list(options))
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_bad_options_get_one_line_and_exit_code_2(capsys, tmp_path, monkeypatch):
    assert "nothing is called 'newton'" in complaint(capsys, "newton")
    assert "is not a folder" in complaint(capsys, f"--data={tmp_path / 'absent'}")
    assert "no .png, .svg or .pdf" in complaint(capsys, "--plot=ratios.txt")
    assert "does not exist" in complaint(capsys, f"--plot={tmp_path / 'absent' / 'a.png'}")
    assert "--rounds" in complaint(capsys, "--rounds=0")

    def missing():
        raise MissingMatplotlibError

    monkeypatch.setattr(cli.heatmap, "require_matplotlib", missing)
    assert "plots need matplotlib" in complaint(capsys, "--plot=ratios.png")


def test_the_command_prints_a_table_and_draws(capsys, tmp_path):
    path = tmp_path / "ratios.png"
    options = ["rosenbrock-10", "--quick", "--alone", "--rounds=1", f"--plot={path}"]
    assert cli.main(options) == 0
    out, err = capsys.readouterr()
    assert out.count("rosenbrock-10") == 2
    assert err == ""
    assert path.exists()


def test_a_disagreement_ends_the_command_with_code_1(capsys, monkeypatch):
    def disagree(*_):
        raise Disagreement("rosenbrock-10, adkit: part 0 differs")

    monkeypatch.setattr(cli, "measure", disagree)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["rosenbrock-10", "--alone"])
    assert stopped.value.code == 1
    assert "part 0 differs" in capsys.readouterr().err


def test_programs_that_need_what_is_not_there_are_skipped(capsys, monkeypatch):
    def build(data, quick):
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy")

    monkeypatch.setattr(cli.catalogue, "builders", lambda: {"mix": build})
    assert cli.main(["mix", "--alone"]) == 0
    assert "skipped mix: needs scipy, which is not installed" in capsys.readouterr().out


def test_the_first_gradient_is_taken_in_fresh_processes():
    taken = first.measure([], 1)
    assert taken.keys() == {"function", "hand", "adkit"}
    assert all(seconds > 0 for (seconds,) in taken.values())


def test_bytecode_is_there_when_first_gradients_count(monkeypatch, tmp_path):
    monkeypatch.setattr(first.sys, "dont_write_bytecode", True)
    first._in_child("adkit", str(tmp_path))
    assert list(tmp_path.rglob("gradient.*.pyc"))
    rounds = []
    monkeypatch.setattr(first, "_in_child", lambda name, folder: rounds.append(name) or 1.0)
    assert first.measure([], 2) == {"function": [1.0] * 2, "hand": [1.0] * 2, "adkit": [1.0] * 2}
    assert len(rounds) == 9  # the first round does not count


def test_a_file_that_is_not_the_suites_ends_the_run_with_a_line(tmp_path, capsys):
    path = tmp_path / "gmm" / "1k" / "gmm_d10_K25.txt"
    path.parent.mkdir(parents=True)
    for text, why in (("10 25 1000 0.5", "the file ends"), ("10 25 many", "could not convert")):
        path.write_text(text)
        options = ["gmm-1k-d10-K25", "--alone", "--quick", "--data", str(tmp_path)]
        assert cli.main(options) == 1
        printed = capsys.readouterr()
        line = printed.err.strip().split("\n")[-1]
        assert line.startswith(f"python -m benchmarks programs: {path} is no such file")
        assert why in line
        assert printed.out == ""
