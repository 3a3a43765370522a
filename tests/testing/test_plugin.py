"""The pytest plugin, in runs of pytest of its own."""

import json
import subprocess
import sys
import textwrap
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest

import pytest_adkit
from adkit.testing.summaries import rows_of, table

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that writes a test file and runs pytest on it, in a new process."""
    for name in ("CI", "ADKIT_PROFILE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")

    def run(source, *options):
        pytester.makepyfile(f"import numpy as np\nimport pytest\nimport adkit as ad\n{source}")
        plugins = ("-p", "pytest_adkit", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*plugins, *options)

    return run


WRONG = """
from adkit import rules

@rules.elementary
def cube(x):
    return x * x * x

rules.elementwise(cube, lambda x: -3 * x * x)
"""


# ---------------------------------------------------------------- start-up


def test_the_entry_point_is_the_plugin():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"adkit": pytest_adkit.__name__}
    built = project["tool"]["hatch"]["build"]["targets"]
    for target in ("wheel", "sdist"):
        assert f"{pytest_adkit.__name__}.py" in built[target]["only-include"]


def test_a_run_that_does_not_use_adkit_does_not_import_it(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            assert "pytest_adkit" in sys.modules
            assert not {"adkit", "numpy", "hypothesis"} & sys.modules.keys()
        """
    )
    result = pytester.runpytest_subprocess("-p", "pytest_adkit", "-W", "error")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*derivatives*")


# ---------------------------------------------------------------- counts of sweeps

COUNTED = """
@pytest.fixture
def slope():
    return ad.derivative(np.sin)(0.0)

@pytest.mark.sweeps(forward=1, tangents=3, reverse=0, directions=3)
def test_right():
    ad.jacfwd(np.sin)(np.ones(3))

@pytest.mark.sweeps(tangents=4, reverse=1, cotangents=0)
def test_wrong():
    ad.jacfwd(np.sin)(np.ones(3))

@pytest.mark.sweeps(forward=0)
def test_fixtures_do_not_count(slope):
    assert slope == 1

@pytest.mark.sweeps(forward=1)
def test_failures_stay_what_they_are():
    assert 1 + 1 == 3

@pytest.mark.sweeps(tangents=1, reverse=0)
class TestTheClosestMarkerDecides:
    @pytest.mark.sweeps(tangents=3)
    def test_tangents(self):
        ad.jacfwd(np.sin)(np.ones(3))

    def test_both(self):
        ad.derivative(np.sin)(1.0)

    @pytest.mark.sweeps(tangents=0)
    def test_reverse(self):
        ad.grad(np.sin)(1.0)

def test_ledger(ledger):
    ad.jacrev(np.sin)(np.ones(2))
    assert (ledger.cotangents, ledger.tangents) == (2, 0)
    ad.derivative(np.sin)(1.0)
    assert ledger.tangents == 1
"""


def test_sweeps_are_counted(run):
    result = run(COUNTED)
    result.assert_outcomes(passed=5, failed=3)
    result.stdout.fnmatch_lines(
        [
            "*_ test_wrong _*",
            "the test ran 3 tangents, not 4, 0 reverse, not 1",
            "  in all: primal 1, forward 1 (3 tangents), reverse 0 (0 cotangents), *",
            "*_ test_failures_stay_what_they_are _*",
            "*assert (1 + 1) == 3*",
            "*_ TestTheClosestMarkerDecides.test_reverse _*",
            "the test ran 1 reverse, not 0",
        ]
    )
    assert sum(line.startswith("the test ran") for line in result.outlines) == 2


SENSELESS = {
    "tangent=3": "*sweeps does not take tangent; it takes primal=, forward=, reverse=,*",
    "3": "*sweeps does not take 3; it takes *",
    "": "*sweeps needs a keyword; it takes *",
    "tangents=-1": "*sweeps takes whole numbers from 0, not tangents=-1",
    "tangents=3.0": "*sweeps takes whole numbers from 0, not tangents=3.0",
    "reverse=True": "*sweeps takes whole numbers from 0, not reverse=True",
}


def test_counts_that_make_no_sense(run):
    tests = [
        f"@pytest.mark.sweeps({c})\ndef test_{k}():\n    pass" for k, c in enumerate(SENSELESS)
    ]
    result = run("\n".join(tests))
    result.assert_outcomes(errors=len(SENSELESS))
    result.stdout.fnmatch_lines([*SENSELESS.values()])


# ---------------------------------------------------------------- checks

CHECKED = """
def model(x):
    return np.sum(np.tanh(x))

def test_function(check):
    assert check(model, np.ones(2)).verdict == "pass"

def test_rule(check_rule):
    check_rule(np.hypot)
    check_rule("sin")
"""


def test_checks_are_summed_up(run):
    result = run(CHECKED)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*derivatives*",
            "operation or function  checks  examples  inconclusive  worst error",
            "*numpy.hypot * 1        10 *ulp",
            "in all: 3 checks, *, 0 mismatches, 0 inconclusive",
        ]
    )
    assert sum("model" in line for line in result.outlines) == 1


def test_a_quiet_run_has_no_summary(run):
    result = run(CHECKED, "-q")
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*operation or function*")


def test_a_wrong_rule(run):
    source = f"{WRONG}\ndef test_rule(check_rule):\n    check_rule(cube)\n"
    result = run(source, "-q", "--tb=short")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*DerivativeMismatch*cube*", "*likely cause: a sign*", "*cube * ulp  MISMATCH"]
    )
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_a_wrong_rule_that_a_test_wants_to_be_found(run):
    source = """
def test_rule(check_rule):
    with pytest.raises(AssertionError):
        check_rule(cube)
"""
    result = run(WRONG + source, "-q")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*operation or function*")
    result = run(WRONG + source)
    result.stdout.fnmatch_lines(["*cube * 0 ulp  mismatch in a test that passed"])


def test_checks_that_tests_make_by_themselves_count(run):
    source = """
        def test_late():
            from adkit.testing import check_gradient

            check_gradient(lambda x: x @ x, lambda x: 2 * x, np.ones(2))
    """
    run(textwrap.dedent(source)).stdout.fnmatch_lines(["in all: 1 checks, *"])


def test_checks_of_other_processes_count(run):
    result = run(CHECKED, "-p", "xdist", "-n", "2", "--adkit-json", "found.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["operation or function *", "in all: 3 checks, *, 0 mismatches, *"])
    found = json.loads(Path("found.json").read_text(encoding="utf-8"))
    assert sorted(record["name"] for record in found["checks"]) == [
        "model",
        "numpy.hypot",
        "numpy.sin",
    ]


def test_the_file_has_all_reports(run):
    run(f"{CHECKED}{WRONG}\ndef test_wrong(check_rule):\n    check_rule(cube)", "--adkit-json=j")
    found = json.loads(Path("j").read_text(encoding="utf-8"))
    assert found["schema"] == 1
    records = {record["name"].rpartition(".")[2]: record for record in found["checks"]}
    assert records["model"]["verdict"] == "pass"
    assert records["model"]["test"].endswith("::test_function")
    assert records["cube"]["verdict"] == "mismatch"
    assert records["cube"]["report"]["cause"].startswith("a sign")
    assert "adjoint" in {finding["law"] for finding in records["hypot"]["report"]["findings"]}


def test_the_file_is_written_where_nothing_is_checked(run):
    result = run("def test_nothing():\n    pass", "--adkit-json=j", "--adkit-seed=3")
    result.assert_outcomes(passed=1)
    assert json.loads(Path("j").read_text(encoding="utf-8")) == {
        "schema": 1,
        "options": {"seed": 3, "examples": None, "profile": None},
        "checks": [],
    }


# ---------------------------------------------------------------- seed and examples

OPTIONS = """
def test_rule(check_rule, check):
    a = check_rule("sin")
    b = check(np.sin, 1.0)
    print("seeds", a.seed, b.seed, "examples", a.examples)
    c = check_rule("sin", seed=5, examples=7)
    print("own", c.seed, c.examples, check(np.sin, 1.0, seed=6).seed)
"""


def test_seeds_are_made_of_the_name_of_a_test(run):
    result = run(OPTIONS, "-s")
    seed = zlib.crc32(b"test_seeds_are_made_of_the_name_of_a_test.py::test_rule")
    result.stdout.fnmatch_lines([f"*seeds {seed} {seed} examples 10", "own 5 7 6"])


@pytest.mark.parametrize(
    ("options", "seeds", "examples"),
    [
        (["--adkit-seed=41", "--adkit-profile=ci"], "41 41", 50),
        (["--adkit-seed=0", "--adkit-profile=ci", "--adkit-examples=12"], "0 0", 12),
    ],
)
def test_seeds_and_examples_of_the_command_line(run, options, seeds, examples):
    result = run(OPTIONS, "-s", *options)
    result.stdout.fnmatch_lines([f"*seeds {seeds} examples {examples}", "own 5 7 6"])


def test_the_marker_of_a_test_decides(run):
    source = f"pytestmark = pytest.mark.derivatives(seed=3, examples=20)\n{OPTIONS}"
    result = run(source, "-s", "--adkit-seed=41")
    result.stdout.fnmatch_lines(["*seeds 3 3 examples 20", "own 5 7 6"])


def test_the_environment_names_a_profile(run, monkeypatch):
    monkeypatch.setenv("CI", "1")
    run(OPTIONS, "-s").stdout.fnmatch_lines(["*examples 50"])


def test_a_marker_that_makes_no_sense(run):
    result = run("@pytest.mark.derivatives(order=2)\ndef test_it():\n    pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*derivatives does not take order; it takes seed=, examples="])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--adkit-examples=0", "*a whole number from 1 is needed, not '0'"),
        ("--adkit-seed=-1", "*a whole number from 0 is needed, not '-1'"),
        ("--adkit-profile=nightly", "*invalid choice*nightly*"),
    ],
)
def test_options_that_make_no_sense(run, option, says):
    result = run("", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])


def test_profiles_are_those_of_hypothesis_too(run):
    source = """
        from hypothesis import settings

        def test_settings():
            print("examples", settings.default.max_examples, settings.default.derandomize)
    """
    options = ("-s", "-p", "_hypothesis_pytestplugin", "--adkit-profile=ci")
    result = run(textwrap.dedent(source), *options)
    result.stdout.fnmatch_lines(["*examples 50 True"])
    result = run(textwrap.dedent(source), *options, "--hypothesis-profile=default")
    result.stdout.fnmatch_lines(["*examples 100 False"])


# ---------------------------------------------------------------- leaks

LEAKS = {
    "list": (
        "ad.grad(lambda x: kept.append(x) or x * x)(1.0)",
        ["*a Node is still alive, held by a list: Node(*1.0*)"],
    ),
    "variable": (
        "global dual; dual = ad.Dual(np.ones(2), np.ones(2))",
        ["*a Dual is still alive, held by test_*.dual: *", "*a Level is still alive, * a Dual"],
    ),
    "tape": (
        "global pullback; pullback = ad.vjp(np.sin, 1.0)[1]",
        ["*a Tape is still alive, held by *"],
    ),
    "change": (
        "no_leaks.watch(np.ones(2), 3)[0][1] = 5.0",
        ["*an array that was array([[]1., 1.[]]) is now array([[]1., 5.[]])"],
    ),
    "flag": (
        "no_leaks.watch({'x': numbers}); numbers.flags.writeable = False",
        ["*an array of shape (2,) was made read-only"],
    ),
    "argument": (
        "x = np.ones(2); check(np.sin, x); x[0] = 3.0",
        ["*an array that was array([[]1., 1.[]]) is now array([[]3., 1.[]])"],
    ),
    "cycle": (
        "Model()",
        ["*cycles that only the garbage collector frees hold arrays *: 1 *"],
    ),
}
LEAKY = """
kept = []
numbers = np.ones(2)

class Model:
    def __init__(self):
        self.me, self.weights = self, np.ones(3)
"""


def test_leaks_are_found(run):
    tests = [f"def test_{n}(no_leaks, check):\n    {body}" for n, (body, _) in LEAKS.items()]
    result = run("\n".join([LEAKY, *tests]))
    result.assert_outcomes(failed=len(LEAKS))
    for name, (_, says) in LEAKS.items():
        result.stdout.fnmatch_lines(
            [f"*_ test_{name} _*", "the test leaves something behind:", *says]
        )


TIDY = """
def model(x):
    return np.sum(np.exp(x) * x)

def test_transforms(no_leaks):
    x = no_leaks.watch(np.ones(3))
    ad.grad(model)(x)
    ad.hessian(model)(x)
    ad.jvp(model, (x,), (x,))
    ad.vjp(model, x)[1](1.0)

def test_checks(no_leaks, check, check_rule):
    check(model, np.ones(3))
    check(model, np.ones(3), order=2)
    check_rule("logaddexp")

def test_by_hand(no_leaks):
    x = ad.Node(np.ones(3))
    model(x).backward()

def test_errors_that_are_caught(no_leaks):
    x = np.ones(3)
    with pytest.raises(ad.AdkitError) as info:
        ad.grad(lambda y: float(y[0] * x[0]))(x)
    assert info.value.code == "ADK201"

def test_cycles_without_arrays(no_leaks):
    cycle = []
    cycle.append(cycle)

def test_imports(no_leaks, tmp_path, monkeypatch):
    lines = ["import numpy as np", "class A: pass", "a = A(); a.me, a.x = a, np.ones(2); del a"]
    tmp_path.joinpath("careless.py").write_text(chr(10).join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    import careless

@pytest.fixture
def node():
    return ad.Node(1.0)

def test_of_a_fixture(no_leaks, node):
    node.backward()

def test_failure(no_leaks):
    node = ad.Node(1.0)
    assert node.data == 2.0

def test_after_a_failure(no_leaks):
    pass
"""


def test_what_is_no_leak(run):
    result = run(TIDY)
    result.assert_outcomes(passed=8, failed=1)
    result.stdout.no_fnmatch_line("*leaves something*")


# ---------------------------------------------------------------- the table


def record(name, **numbers):
    usual = {"verdict": "pass", "examples": 10, "inconclusive": 0, "ulps": 1.0, "outcome": "passed"}
    return {"name": name, **usual, **numbers}


def test_what_is_wrong_comes_first():
    rows = rows_of(
        [
            record("a"),
            record("b", ulps=3.0),
            record("c", inconclusive=2),
            record("d", verdict="mismatch", ulps="inf", outcome="failed"),
            record("a", ulps=0.5),
        ]
    )
    assert [row.name for row in rows] == ["d", "c", "b", "a"]
    assert (rows[-1].checks, rows[-1].examples, rows[-1].ulps) == (2, 20, 1.0)
    assert table(rows, limit=2) == [
        "operation or function  checks  examples  inconclusive  worst error",
        "d                           1        10             0  inf ulp  MISMATCH",
        "c                           1        10             2  1 ulp",
        "... and 2 more; -v shows all",
        "in all: 5 checks, 50 examples, 1 mismatches, 2 inconclusive",
    ]
    assert len(table(rows)) == 6


def test_a_mismatch_that_a_test_asked_for_is_no_alarm():
    rows = rows_of([record("a", verdict="mismatch", ulps=1e9), record("b"), record("a", ulps=0.5)])
    assert [row.name for row in rows] == ["b", "a"]
    assert table(rows)[2].endswith("0.5 ulp  mismatch in a test that passed")


def test_an_error_that_is_no_number_stays():
    (row,) = rows_of([record("a", ulps="nan"), record("a", ulps=2.0)])
    assert np.isnan(row.ulps)


def test_without_the_plugin_adkit_does_not_need_pytest():
    code = "import sys; sys.modules['pytest'] = None; import adkit.testing, adkit.testing.leaks"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
