"""``python -m benchmarks sparse``: directions against answers, matrices by hand, the command."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_array

import adkit as ad
from benchmarks.peers.measures import Disagreement
from benchmarks.sparse import (
    borders,
    bundles,
    cli,
    counting,
    lines,
    measuring,
    peers,
    problem,
    report,
)
from tests.benchmarks.sparse_problems import SMALL, made


@pytest.fixture(params=SMALL)
def small(request):
    """Every kind of problem, with few unknowns."""
    return made(request.param)


@pytest.fixture(scope="module")
def measured():
    settings = measuring.Settings(rounds=1, first_rounds=1)
    return measuring.measure(made("bratu"), [peers.Differences()], settings)


# ---------------------------------------------------------------- counts


def test_directions_are_those_of_the_answer(small):
    assert counting.counted(small).wrong == []


def test_an_answer_that_is_not_the_known_one_says_why():
    for name in SMALL:
        answer = made(name).answer
        assert (sum(answer.cold) == answer.known) == (answer.better == ""), name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cold", (4, 0)),
        ("cold", (6, 0)),
        ("cold", (0, 5)),
        ("later", (0, 0)),
        ("later", (2, 0)),
        ("later", None),
        ("bound", 4),
        ("bound", 6),
        ("optimal", False),
        ("later_optimal", False),
    ],
)
def test_a_count_that_differs_is_reported_in_both_directions(field, value):
    right = made("bratu")
    wrong = right._replace(answer=right.answer._replace(**{field: value}))
    found = counting.counted(wrong).wrong
    assert any(line.startswith(f"bratu: {field}: ") for line in found)


def test_what_runs_is_compared_as_well():
    right = made("bratu")
    plan = ad.plan(right.f, right.x, sparse=True, measure=False)
    few = right._replace(answer=right.answer._replace(cold=(4, 0), later=(0, 0)))
    first, second = counting.ran(few, plan)
    assert "the first result took (6, 0), expected (4, 0) and 1 to check" in first
    assert "the second result took (2, 0), expected (0, 0) and 1 to check" in second


def test_structure_is_claimed_where_there_is_some_and_nowhere_else():
    (line,) = counting.counted(made("soft-max")._replace(structured=True)).wrong
    assert "no structure was found" in line
    (line,) = counting.counted(made("arrow")._replace(structured=False)).wrong
    assert "1 row peeled" in line


def test_the_memory_of_a_band_is_proportional_to_its_entries():
    few, many = (measuring.peak_bytes(lines.problem("band-1e4", n)) for n in (10_000, 40_000))
    assert many < 4.4 * few


# ---------------------------------------------------------------- matrices


def test_hand_written_matrices_agree_with_adkit(small):
    expected = getattr(ad, small.op)(small.f, sparse=True)(small.x)
    measuring.check_product(small, expected)
    if small.hand is not None:
        jacobian = small.hand()
        for _ in range(2):
            measuring.compare(small.name, jacobian(small.x), expected, 1e-12)


def test_functions_agree_with_central_differences(small):
    direction, h = np.random.default_rng(3).standard_normal(small.x.size), 1e-6
    ends = [np.asarray(small.f(small.x + s * h * direction)) for s in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * h)
    found = ad.jvp(small.f, (small.x,), (direction,))[1]
    np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-7 * np.max(np.abs(slope)))


def test_the_sizes_that_are_asked_for():
    found = bundles.problem("bundle")
    assert found.x.size == 55_710
    assert borders.problem("frame").f(np.ones(200)).shape == (100,)
    assert borders.problem("free-end-1000").x.size == 6_005
    assert lines.problem("band-1e6").x.size == 10**6


def test_a_disagreement_is_found():
    right = made("bratu")
    expected = ad.jacobian(right.f, sparse=True)(right.x)
    wrong = expected.copy()
    wrong.data[3] += 1e-6
    with pytest.raises(Disagreement, match="bratu: an entry differs by"):
        measuring.compare("bratu", wrong, expected, 1e-10)
    with pytest.raises(Disagreement, match="bratu: shape"):
        measuring.compare("bratu", wrong[:3], expected, 1e-10)
    with pytest.raises(Disagreement, match="bratu: a product differs"):
        measuring.check_product(right, wrong)


# ---------------------------------------------------------------- measuring


def test_rows_of_all_contestants(measured):
    names = ["function", "by hand", "adkit", "adkit, plan", "adkit, given", "SciPy differences"]
    assert list(measured.rows) == names
    for name, row in measured.rows.items():
        assert row.warm.median > 0
        assert (row.first is None) == (name == "function")
        assert row.given == (name in ("by hand", "adkit, given", "SciPy differences"))
    assert measured.rows["adkit"].directions.endswith(" in all")
    assert measured.rows["adkit, given"].directions == "6 fwd in all"
    assert measured.rows["adkit, plan"].phases.keys() == {"plan"}
    assert measured.rows["adkit"].bytes_per_entry > 8
    assert {"all entries", "forward", "reverse", "mixed", "dense"} <= measured.ways.keys()
    assert measured.regret >= 1
    assert measured.notes == []


def test_a_library_that_cannot_is_noted():
    class Unable(peers.Peer):
        name, module = "unable", "numpy"

        def prepare(self, problem, pattern):
            raise ValueError("no such function\nat all")

    settings = measuring.Settings(rounds=1, first_rounds=1)
    found = measuring.measure(made("soft-max"), [Unable()], settings)
    assert found.notes == ["unable cannot: ValueError: no such function"]
    assert "unable" not in found.rows


def test_a_library_that_errs_ends_the_run():
    class Wrong(peers.Peer):
        name, module = "wrong", "numpy"

        def prepare(self, problem, pattern):
            return peers.Ready(lambda x: 2 * pattern, "", {})

    settings = measuring.Settings(rounds=1, first_rounds=1)
    with pytest.raises(Disagreement, match="soft-max, wrong: an entry differs"):
        measuring.measure(made("soft-max"), [Wrong()], settings)


@pytest.mark.parametrize(
    ("own", "other", "calls"),
    [
        ((10.0, 1.0), (4.0, 4.0), 3),  # 10 + 1 + 1 = 4 + 4 + 4
        ((10.0, 1.0), (4.0, 1.0), None),
        ((1.0, 1.0), (4.0, 4.0), 1),
        ((1.0, 5.0), (4.0, 4.0), None),
    ],
)
def test_from_how_many_calls_on_a_preparation_pays(own, other, calls):
    first, warm = (ad_estimate(seconds) for seconds in own)
    row = measuring.Row("row", first=first, warm=warm)
    assert measuring._calls(row, *other) == calls


def ad_estimate(seconds):
    return measuring.Estimate.of([seconds])


def test_own_blocks_of_a_matrix_by_hand():
    matrix = problem.ByHand((2, 3), [(np.array([1, 0]), np.array([0, 2])), ([0], [1])], {1: 7.0})
    for values in ([3.0, 4.0], [5.0, 6.0]):
        found = matrix.filled({0: np.array(values)})
        assert isinstance(found, csr_array)
        assert found.toarray().tolist() == [[0, 7, values[1]], [values[0], 0, 0]]


def test_directions_in_words():
    plan = ad.plan(borders.arrow, np.ones(20), sparse=True, measure=False)
    assert measuring._words(plan) == "2 fwd + 1 rev"
    assert report._words((0, 0)) == "0"
    assert report._words(None) == "-"


# ---------------------------------------------------------------- the command


def test_bad_options_get_one_line_and_exit_code_2(capsys):
    for options, said in ((["poisson"], "nothing is called"), (["--rounds=0"], "--rounds")):
        with pytest.raises(SystemExit) as stopped:
            cli.main(options)
        assert stopped.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert said in err


def test_times_need_scipy(capsys, monkeypatch):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        cli.main(["frame"])
    assert "times need SciPy: pip install 'adkit-autodiff[scipy]'" in capsys.readouterr().err
    assert cli.main(["frame", "--counts"]) == 0


def test_counting_alone_needs_no_clock(capsys):
    assert cli.main(["frame", "--counts"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (line,) = [line for line in out.splitlines() if line.startswith("frame ")]
    assert "4 fwd + 4 rev  4 fwd + 4 rev" in line
    assert "contestant" not in out


def test_the_command_prints_both_tables(capsys):
    assert cli.main(["stencil-1d", "--quick", "--rounds=1", "--alone"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "adkit, plan" in out
    assert "regret" in out
    assert "stencil-1d: diffusion of a square in 1 dimensions" in out


def test_json(capsys, measured):
    made_report = report.Report([measured], {"asdex": "not installed"}, {"rounds": 1})
    document = json.loads(report.as_json(made_report))
    assert document["schema"] == {"name": "adkit-sparse", "version": 1}
    (found,) = document["problems"]
    assert found["answer"]["cold"] == [5, 0]
    assert found["counts"]["found"]["later"] == [1, 0]
    assert [row["name"] for row in found["rows"]] == list(measured.rows)
    assert document["skipped"] == {"asdex": "not installed"}
    assert document["wrong"] == []
    assert cli.main(["frame", "--counts", "--format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"][0]["rows"] == []


def test_a_library_that_is_not_installed_gets_one_line(measured):
    lines_of_report = report.as_table(
        report.Report([measured], {"asdex": "not installed: pip install x"}, {})
    ).splitlines()
    assert lines_of_report.count("skipped asdex: not installed: pip install x") == 1


def test_a_wrong_count_ends_the_command_with_code_1(capsys, monkeypatch):
    right = made("bratu")
    wrong = right._replace(answer=right.answer._replace(cold=(4, 0)))
    monkeypatch.setattr(cli.catalogue, "builders", lambda: {"bratu": lambda: wrong})
    assert cli.main(["bratu", "--counts"]) == 1
    out, err = capsys.readouterr()
    assert "WRONG bratu: cold: (5, 0), expected (4, 0)" in out
    assert "bratu: cold: (5, 0), expected (4, 0)" in err


def test_a_disagreement_ends_the_command_with_code_1(capsys, monkeypatch):
    def disagree(*_):
        raise Disagreement("bratu, CasADi: an entry differs")

    monkeypatch.setattr(cli, "measure", disagree)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["bratu", "--alone"])
    assert stopped.value.code == 1
    assert "an entry differs" in capsys.readouterr().err
