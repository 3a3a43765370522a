"""Plans of sparse derivatives: what they say is what runs, and what is proved."""

import io
import pickle

import numpy as np
import pytest
from rich.console import Console

import adkit as ad
from adkit.common.errors import ArgumentError, PatternError
from tests.drivers.structured import HESSIANS, JACOBIANS, arrow, broyden_tridiagonal, brusselator

#: Problems whose first plan is proved to be optimal.
PROVED = {
    *("sine", "affine", "Broyden tridiagonal", "Broyden banded", "boundary value", "Burgers"),
    *("Lorenz-96", "Kuramoto-Sivashinsky", "variably dimensioned", "penalty I", "Bratu"),
    *("Brusselator 6", "Brusselator 32", "convolution", "cumulative sum", "star in 3 dimensions"),
    *("arrow", "arrow and band", "anti-diagonal", "every other", "product"),
    *("multiple shooting", "steps with controls", "extended Rosenbrock", "extended Powell"),
    *("Brown almost linear", "trigonometric", "Robertson", "Fermi-Pasta-Ulam"),
    *("upwind and logistic", "diffusion", "periodic diffusion 10", "periodic diffusion 6"),
    *("biharmonic", "frame", "arrow of width 2", "arrow of width 3", "cycle of three"),
    *("permutation",),
}


def point(problem, seed=0):
    return np.random.default_rng(seed).uniform(1, 2, problem.n)


def assert_close(found, dense):
    """Compare with a dense matrix, in units of its largest entry."""
    scale = np.max(np.abs(dense), initial=0.0)
    np.testing.assert_allclose(found.toarray(), dense, rtol=0, atol=1e-13 * scale)


def planned(problem, **options):
    return ad.plan(problem.f, point(problem), sparse=True, measure=False, **options)


@pytest.mark.parametrize("problem", JACOBIANS, ids=[problem.name for problem in JACOBIANS])
def test_a_plan_says_what_then_runs(problem):
    plan = planned(problem)
    assert (plan.tangents, plan.cotangents) == problem.cold
    assert plan.warm == problem.warm
    assert plan.guard == 1
    for seed, directions in ((0, problem.cold), (1, problem.warm or problem.cold)):
        with ad.count_sweeps() as ran:
            found = plan.jacobian(point(problem, seed))
        assert ran.directions == sum(directions) + plan.guard
        if not seed:
            assert (ran.forward, ran.reverse) == (plan.forward, plan.reverse)
        dense = np.reshape(ad.jacobian(problem.f)(point(problem, seed)), found.shape)
        np.testing.assert_allclose(
            found.toarray(), dense, rtol=1e-12, atol=1e-12 * abs(dense).max()
        )


@pytest.mark.parametrize("problem", JACOBIANS, ids=[problem.name for problem in JACOBIANS])
def test_what_is_called_optimal_is_proved(problem):
    plan = planned(problem)
    assert plan.bound <= plan.directions
    assert plan.optimal == (problem.name in PROVED)
    assert plan.certificate.startswith("optimal, ") == plan.optimal
    for candidate in plan.candidates:
        if candidate.least is not None:
            assert candidate.directions >= candidate.least.value


@pytest.mark.parametrize("problem", HESSIANS, ids=[problem.name for problem in HESSIANS])
def test_plans_of_hessians(problem):
    plan = ad.plan(problem.f, point(problem), op="hessian", measure=False)
    assert (plan.tangents, plan.cotangents) == problem.cold
    assert plan.warm == problem.warm
    with ad.count_sweeps() as ran:
        found = plan.hessian(point(problem))
    assert ran.tangents == plan.tangents + 1
    dense = ad.hessian(problem.f)(point(problem))
    assert_close(found, dense)


def test_by_counts_alone_a_plan_is_the_same_each_time():
    plans = [planned(problem) for problem in JACOBIANS[:12] for _ in range(2)]
    for first, second in zip(plans[::2], plans[1::2], strict=True):
        assert first == second
        assert str(first) == str(second)
        assert all(candidate.seconds is None for candidate in first.candidates)


def test_measured_plans_tell_times():
    x = np.random.default_rng(0).uniform(1, 2, 512)
    plan = ad.plan(brusselator, x, sparse=True)
    assert all(candidate.seconds > 0 for candidate in plan.candidates)
    assert " ms" in plan.reason
    dense = ad.jacobian(brusselator)(x)
    for _ in range(2):
        np.testing.assert_allclose(plan.jacobian(x).toarray(), dense, rtol=1e-12, atol=1e-12)


def test_the_table():
    x = np.random.default_rng(0).uniform(1, 2, 2048)
    lines = str(ad.plan(brusselator, x, sparse=True, measure=False)).splitlines()
    assert lines[0] == (
        "brusselator: R^2048 -> R^2048, operations: 38; J: 12288 nonzeros, 8192 of them constant"
    )
    (chosen,) = [line for line in lines if line.startswith("  >")]
    assert "forward, lattice (1, 2, 3) mod 8, small solves" in chosen
    assert "6 fwd" in chosen
    assert "optimal: row 0 has 6 nonzeros" in chosen
    (later,) = [line for line in lines if line.startswith("  *")]
    assert "constants kept" in later
    assert "optimal for what moves; first result: 6 fwd" in later
    for name in ("forward, dense", "reverse, dense", "coloured, natural", "rows of entries"):
        assert any(name in line for line in lines)
    assert "later results (*): 2 fwd; 8192 of 12288 entries are constant" in lines
    assert lines[-1].startswith("what would change the choice: reverse mode")


def test_the_table_in_html():
    plan = ad.plan(arrow, np.ones(50), sparse=True, measure=False)
    text = plan._repr_html_()
    assert text.count("<tr>") == 1 + len(plan.candidates)
    assert "<td>&gt;</td><td>mixed, 1 row peeled</td><td>2 fwd + 1 rev</td>" in text
    assert "<p>proof: optimal, at least 3" in text


def test_the_table_of_rich():
    console = Console(width=160, file=io.StringIO(), force_terminal=True, color_system="standard")
    plan = ad.plan(arrow, np.ones(50), sparse=True, measure=False)
    console.print(plan)
    lines = console.file.getvalue().splitlines()
    assert plan.title in lines[0]
    for candidate in plan.candidates:
        assert any(candidate.name in line for line in lines)
    (chosen,) = [line for line in lines if "peeled" in line and "mixed" in line]
    assert "\x1b[1m>\x1b[0m" in chosen  # bold
    assert any(line.startswith("what would change the choice") for line in lines)


def test_a_plot_has_a_colour_for_each_direction(tmp_path):
    for f, size, colours in ((arrow, 50, 3), (brusselator, 72, 6), (np.sin, 0, 0)):
        plan = ad.plan(f, np.ones(size), sparse=True, measure=False)
        axes = plan.spy()
        (drawn,) = axes.collections
        assert len(drawn.get_offsets()) == plan.nnz
        assert len(np.unique(drawn.get_array())) == colours
        assert plan.spy(axes) is axes
        axes.figure.savefig(tmp_path / "plan.png")
    H = ad.plan(HESSIANS[0].f, np.ones(20), op="hessian", measure=False)
    assert H.spy().collections[0].get_array().min() == 0


def test_the_proof_of_a_plan_of_both_modes():
    plan = ad.plan(arrow, np.ones(1000), sparse=True, measure=False)
    assert (plan.mode, plan.tangents, plan.cotangents, plan.bound) == ("mixed", 2, 1, 3)
    assert "(1000, 0), (2, 1), (1, 2), (0, 1000)" in plan.certificate
    assert plan.reason == "1 row peeled: 2 fwd + 1 rev, instead of 1000 directions"


def test_what_is_proved_for_one_mode_only():
    (problem,) = [problem for problem in JACOBIANS if problem.name == "box"]
    plan = planned(problem)
    assert (plan.directions, plan.bound) == (9, 8)
    own = "optimal of its class, at least 9 (forward directions only, any linear recovery)"
    assert plan.certificate.startswith(f"{own}: row 9 has 9 nonzeros; of all, at least 8 (")


def test_no_structure_is_claimed_where_there_is_none():
    rng = np.random.default_rng(0)
    kernel = rng.uniform(1, 2, (20, 20))

    def h_equation(x):
        return x - 1 / (1 - 0.1 * kernel @ x)

    plan = ad.plan(h_equation, np.ones(20), sparse=True, measure=False)
    assert plan.directions == plan.bound == 20
    assert "no structure was found, dense is as good" in plan.reason


def test_operations_that_are_taken_to_depend_on_everything_are_named():
    plan = ad.plan(lambda x: np.linalg.solve(np.diag(x), x), np.ones(4), sparse=True, measure=False)
    assert any("solve" in name for name in plan.fallbacks)
    assert "taken to depend on more than they may" in str(plan)


def test_a_plan_pickles_and_computes():
    plan = ad.plan(broyden_tridiagonal, np.ones(20), sparse=True, measure=False)
    x = np.linspace(1, 2, 20)
    plan.jacobian(x)
    twin = pickle.loads(pickle.dumps(plan))
    assert twin == plan
    with ad.count_sweeps() as ran:
        found = twin.jacobian(x)
    assert (ran.tangents, ran.cotangents) == (2, 0)
    np.testing.assert_array_equal(found.toarray(), ad.jacobian(broyden_tridiagonal)(x))


@pytest.mark.parametrize("problem", JACOBIANS, ids=[problem.name for problem in JACOBIANS])
def test_plans_in_files(problem, tmp_path):
    plan = planned(problem)
    plan.save(tmp_path / "plan.npz")
    read = ad.SparsePlan.load(tmp_path / "plan.npz", problem.f)
    assert read == plan
    assert str(read) == str(plan)
    for seed in (0, 1):
        with ad.count_sweeps() as ran:
            found = read.jacobian(point(problem, seed))
        directions = (plan.warm if seed else None) or (plan.tangents, plan.cotangents)
        assert ran.directions == sum(directions) + plan.guard
        assert_close(found, np.reshape(ad.jacobian(problem.f)(point(problem, seed)), found.shape))


@pytest.mark.parametrize("problem", HESSIANS, ids=[problem.name for problem in HESSIANS])
def test_plans_of_hessians_in_files(problem, tmp_path):
    plan = ad.plan(problem.f, point(problem), op="hessian", measure=False)
    plan.save(tmp_path / "plan.npz")
    read = ad.SparsePlan.load(tmp_path / "plan.npz", problem.f)
    assert read == plan
    with ad.count_sweeps() as ran:
        found = read.hessian(point(problem))
    assert ran.tangents == plan.tangents + plan.guard
    assert_close(found, ad.hessian(problem.f)(point(problem)))


def test_a_file_of_another_function_is_found_out(tmp_path):
    x = np.linspace(1, 2, 20)
    ad.plan(np.sin, x, sparse=True, measure=False).save(tmp_path / "plan.npz")
    read = ad.SparsePlan.load(tmp_path / "plan.npz", broyden_tridiagonal)
    with pytest.warns(ad.PatternWarning):
        found = read.jacobian(x)
    assert_close(found, ad.jacobian(broyden_tridiagonal)(x))
    read = ad.SparsePlan.load(tmp_path / "plan.npz", lambda x: x[1:] * x[:-1])
    with pytest.warns(ad.PatternWarning, match="of 20 results"):
        found = read.jacobian(x)
    assert_close(found, ad.jacobian(lambda x: x[1:] * x[:-1])(x))


def test_files_that_hold_no_plan(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.ones(2))
    np.savez(tmp_path / "pickled.npz", adkit_plan=np.array([{}], dtype=object))
    np.save(tmp_path / "array.npy", np.ones(2))
    (tmp_path / "text.npz").write_text("no arrays")
    (tmp_path / "empty.npz").touch()
    (tmp_path / "torn.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:40])
    for path in tmp_path.iterdir():
        with pytest.raises(PatternError, match="holds no plan"):
            ad.SparsePlan.load(path, np.sin)
    with pytest.raises(FileNotFoundError):
        ad.SparsePlan.load(tmp_path / "missing.npz", np.sin)


def test_a_plan_takes_other_shapes_as_they_come():
    plan = ad.plan(broyden_tridiagonal, np.ones(20), sparse=True, measure=False)
    assert plan.jacobian(np.ones(7)).shape == (7, 7)


def test_a_given_pattern():
    x = np.linspace(1, 2, 20)
    full = ad.jacobian(broyden_tridiagonal)(x) != 0
    plan = ad.plan(broyden_tridiagonal, x, sparse=full, measure=False)
    assert (plan.tangents, plan.nnz, plan.warm) == (3, 58, None)
    with pytest.warns(ad.PatternWarning):
        wrong = ad.plan(broyden_tridiagonal, x, sparse=np.eye(20), measure=False).jacobian(x)
    np.testing.assert_array_equal(wrong.toarray(), ad.jacobian(broyden_tridiagonal)(x))


@pytest.mark.parametrize("measure", [True, False])
def test_nothing_to_compute(measure):
    for f, x in ((np.sin, np.ones(0)), (lambda x: x[:0], np.ones(3)), (lambda x: (), 1.0)):
        plan = ad.plan(f, x, sparse=True, measure=measure)
        assert plan.directions == plan.bound == 0
        assert plan.optimal
        assert plan.certificate == "there is nothing to compute"
        assert str(plan)


def test_dense_plans_may_do_without_a_clock():
    square = np.random.default_rng(0).normal(size=(6, 6))
    plan = ad.plan(lambda x: np.tanh(square @ x), np.ones(6), measure=False)
    assert all(candidate.seconds is None for candidate in plan.candidates)
    assert plan.reason == "6 tangents instead of 6 cotangents"


def test_refusals():
    with pytest.raises(ArgumentError, match='op must be "jacobian" or "hessian"'):
        ad.plan(np.sin, np.ones(2), op="gradient")
    with pytest.raises(ArgumentError, match="sparse must be"):
        ad.plan(np.sin, np.ones(2), sparse=3)
