"""adkit.scipy.optimize: SciPy's solvers, their solutions, and how often functions are evaluated."""

import inspect

import numpy as np
import pytest
import scipy.optimize
from scipy.sparse import issparse

import adkit as ad
from adkit.common.errors import ArgumentError, OutputError
from adkit.scipy import optimize

GRADIENTS = ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"]
PRODUCTS = ["Newton-CG", "trust-ncg", "trust-krylov"]
HESSIANS = ["dogleg", "trust-exact", "trust-constr"]


class Counted:
    """A function that remembers where it was evaluated."""

    def __init__(self, f):
        self.f, self.points = f, []

    def __call__(self, x, *args):
        self.points.append(np.asarray(ad.value(x)).tobytes())
        return self.f(x, *args)

    @property
    def distinct(self):
        return len(set(self.points))


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def convex(x):
    return np.sum(np.exp(x) - x) + np.sum((x[1:] - x[:-1]) ** 2)


def broyden(x):
    """Return the tridiagonal system of Broyden (1965)."""
    padded = np.pad(x, 1)
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


def broyden_jacobian(x):
    return np.diag(3 - 4 * x) - np.eye(len(x), k=-1) - 2 * np.eye(len(x), k=1)


def exponential(p, t, y):
    return p[0] * np.exp(p[1] * t) + p[2] - y


#: At first sweeps are timed, to choose the mode of a dense Jacobian.
TIMED = 6

#: At first the pattern of a sparse one is found, and ways to it are timed.
FOUND = 6

T = np.linspace(0, 2, 30)
DATA = 2.0 * np.exp(-1.5 * T) + 0.5


# ---------------------------------------------------------------- minimize


@pytest.mark.parametrize("method", [None, *GRADIENTS])
def test_gradients_and_values_come_from_one_evaluation(method):
    f, x0 = Counted(rosenbrock), np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    found = optimize.minimize(f, x0, method=method)
    by_hand = scipy.optimize.minimize(rosenbrock, x0, method=method, jac=scipy.optimize.rosen_der)
    np.testing.assert_allclose(found.x, np.ones(5), atol=1e-3)
    np.testing.assert_allclose(found.fun, by_hand.fun, atol=1e-8)
    assert len(f.points) == f.distinct
    assert f.distinct <= found.nfev


@pytest.mark.parametrize("method", PRODUCTS)
def test_products_with_the_hessian_come_from_the_same_evaluation(method):
    f, x0 = Counted(rosenbrock), np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    with ad.count_sweeps() as ran:
        found = optimize.minimize(f, x0, method=method)
    np.testing.assert_allclose(found.x, np.ones(5), atol=1e-3)
    assert len(f.points) == f.distinct
    assert f.distinct <= found.nfev
    assert found.nhev > 0
    assert ran.forward >= found.nit  # products: several sweeps over one evaluation


@pytest.mark.parametrize("method", HESSIANS)
def test_a_hessian_takes_one_evaluation_more(method):
    f = Counted(convex)
    found = optimize.minimize(f, np.linspace(-1, 2, 5), method=method)
    np.testing.assert_allclose(found.x, np.zeros(5), atol=1e-6)
    assert f.distinct <= found.nfev
    assert f.distinct < len(f.points) <= 2 * f.distinct


def test_the_hessian_of_many_unknowns_is_sparse():
    seen = []

    def watch(x, state):
        seen.append(issparse(state.jac) or issparse(state.grad))

    f, x0 = Counted(rosenbrock), np.linspace(0.9, 1.1, 300)
    with ad.count_sweeps() as ran:
        found = optimize.minimize(f, x0, method="trust-constr", callback=watch)
    np.testing.assert_allclose(found.x, np.ones(300), atol=1e-3)
    assert len(f.points) <= f.distinct + found.nhev + FOUND
    assert ran.tangents < 10 * found.nhev  # 300 for each dense Hessian


def test_further_arguments_and_derivatives_of_your_own():
    def f(x, scale):
        return scale * np.sum((x - 1) ** 4)

    def gradient(x, scale):
        return 4 * scale * (x - 1) ** 3

    found = optimize.minimize(f, np.zeros(3), 2.0, "trust-exact")
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-1)
    used = []

    def own(x, scale):
        used.append(scale)
        return gradient(x, scale)

    optimize.minimize(f, np.zeros(3), (2.0,), "BFGS", own)
    assert set(used) == {2.0}
    assert len(used) > 1


def test_an_objective_of_one_element():
    found = optimize.minimize(lambda x: (x[:1] - 3) ** 2 + x[1:] ** 2, [0.0, 1.0])
    np.testing.assert_allclose(found.x, [3, 0], atol=1e-6)


@pytest.mark.parametrize("method", ["Nelder-Mead", "powell", "COBYLA", "COBYQA"])
def test_methods_without_derivatives_are_refused(method):
    with pytest.raises(ArgumentError, match="takes no derivatives"):
        optimize.minimize(rosenbrock, np.zeros(2), method=method)


def test_a_function_that_returns_its_gradient_is_refused():
    with pytest.raises(ArgumentError, match="leave jac out"):
        optimize.minimize(rosenbrock, np.zeros(2), jac=True)


def test_complex_steps_see_the_function_itself():
    by_steps = optimize.minimize(rosenbrock, [0.5, 2.0], jac="cs")
    theirs = scipy.optimize.minimize(rosenbrock, [0.5, 2.0], jac="cs")
    assert by_steps.x.tolist() == theirs.x.tolist()
    assert by_steps.nfev == theirs.nfev


@pytest.mark.parametrize("jac", ["2-point", scipy.optimize.rosen_der])
def test_nothing_is_recorded_for_derivatives_of_your_own(jac):
    f = Counted(rosenbrock)
    with ad.count_sweeps() as ran:
        found = optimize.minimize(f, [0.5, 2.0], jac=jac)
    np.testing.assert_allclose(found.x, 1, atol=1e-3)
    assert len(f.points) == found.nfev
    assert ran.reverse == ran.primal == 0


def test_what_scipy_takes_for_left_out_is_left_out():
    f = Counted(rosenbrock)
    found = optimize.minimize(f, [0.5, 2.0], jac=False)
    assert len(f.points) <= found.nfev == found.njev
    system = Counted(broyden)
    found = optimize.root(system, -np.ones(3), jac=False)
    assert found.njev > 0


def test_options_by_position():
    steps = []
    found = optimize.minimize(
        *(rosenbrock, [0.5, 2.0], (), "BFGS", None, None, None, None, ()),
        *(1e-3, steps.append, {"maxiter": 3}),
    )
    assert found.nit == len(steps) == 3
    assert optimize.root(broyden, -np.ones(3), (), "hybr", None, 1e-3).success


def test_both_forms_of_callbacks():
    values = []

    def stop(intermediate_result):
        values.append(intermediate_result.fun)
        if len(values) == 4:
            raise StopIteration

    found = optimize.minimize(rosenbrock, [0.5, 2.0], callback=stop)
    assert found.nit == 4
    assert found.fun == values[-1]


@pytest.mark.parametrize("method", ["BFGS", "trust-krylov", "trust-exact"])
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x**2, "shape \\(2,\\)"),
        (lambda x: (np.sum(x**2), 2 * x), "tuple of 2; a solver minimises one number"),
        (lambda x: 1j * np.sum(x**2), "complex"),
        (lambda x: None, "is a return statement missing"),
        (lambda x: "much", "returned str"),
    ],
)
def test_objectives_that_are_no_number_are_refused(method, f, message):
    with pytest.raises(OutputError, match=message):
        optimize.minimize(f, [1.0, 2.0], method=method)


def test_a_list_of_one_number_and_a_constant():
    found = optimize.minimize(lambda x: [np.sum((x - 1) ** 2)], [3.0, 4.0])
    np.testing.assert_allclose(found.x, 1)
    assert optimize.minimize(lambda x: 3, [3.0, 4.0]).x.tolist() == [3, 4]


def test_complex_points_are_refused():
    z = np.array([1.0, 1j])
    with pytest.raises(ArgumentError, match="x0 is complex"):
        optimize.minimize(rosenbrock, z)
    with pytest.raises(ArgumentError, match="x0 is complex"):
        optimize.least_squares(broyden, z)
    with pytest.raises(ArgumentError, match="x0 is complex"):
        optimize.root(broyden, list(z))


# ---------------------------------------------------------------- constraints


def disk(x):
    return [x[0] ** 2 + x[1], x[0] ** 2 - x[1]]


@pytest.mark.parametrize("method", ["trust-constr", "SLSQP", None])
def test_the_example_of_scipys_documentation(method):
    below = scipy.optimize.LinearConstraint([1, 2], -np.inf, 1)
    equal = scipy.optimize.LinearConstraint([2, 1], 1, 1)
    nonlinear = optimize.NonlinearConstraint(disk, -np.inf, 1)
    bounds = scipy.optimize.Bounds([0, -0.5], [1.0, 2.0])
    constraints = [below, equal, nonlinear]
    found = optimize.minimize(
        rosenbrock, [0.5, 0.0], method=method, constraints=constraints, bounds=bounds
    )
    np.testing.assert_allclose(found.x, [0.41494531, 0.17010937], atol=1e-4)


def test_constraints_that_are_dicts_get_a_jacobian():
    asked = []

    def margin(x):
        asked.append(x)
        return 1 - x[0] - 2 * x[1]

    dicts = ({"type": "ineq", "fun": margin}, {"type": "ineq", "fun": lambda x: 1 - x @ x})
    found = optimize.minimize(rosenbrock, [0.5, 0.0], method="SLSQP", constraints=dicts)
    assert found.success
    assert margin(found.x) == pytest.approx(0, abs=1e-6)
    assert any(not isinstance(x, np.ndarray) for x in asked)
    (alone,) = (optimize.minimize(rosenbrock, [0.5, 0.0], constraints=dicts[0]),)
    assert alone.success


def test_a_constraint_has_sparse_matrices_where_it_is_large():
    n = 200
    constraint = optimize.NonlinearConstraint(lambda x: x[1:] ** 2 - x[:-1], -np.inf, 1.0)
    x, weights = np.linspace(0, 1, n), np.linspace(1, 2, n - 1)
    J, H = constraint.jac(x), constraint.hess(x, weights)
    assert issparse(J)
    assert issparse(H)
    np.testing.assert_allclose(J.diagonal(1), 2 * x[1:])
    np.testing.assert_allclose(H.diagonal(), [0, *(2 * weights)])
    found = optimize.minimize(
        lambda x: np.sum((x - 2) ** 2), np.zeros(n), method="trust-constr", constraints=constraint
    )
    assert np.max(constraint.fun(found.x)) <= 1 + 1e-6
    assert not issparse(optimize.NonlinearConstraint(disk, 0, 1).jac(np.ones(2)))


def test_values_and_jacobians_of_a_constraint_come_from_one_evaluation():
    f = Counted(disk)
    constraint = optimize.NonlinearConstraint(f, -np.inf, 1)
    for x in (np.ones(2), np.zeros(2)):
        constraint.fun(x)
        constraint.jac(x)
        constraint.fun(x)
    assert f.distinct == 2
    assert len(f.points) <= 2 + TIMED
    assert f.points.count(f.points[-1]) == 1


def test_dense_and_sparse_constraints_in_one_problem():
    n = 120
    large = optimize.NonlinearConstraint(lambda x: x[1:] - x[:-1] ** 2, -np.inf, 1.0)
    small = optimize.NonlinearConstraint(lambda x: x @ x, -np.inf, 50.0)
    linear = scipy.optimize.LinearConstraint(np.ones((1, n)), -np.inf, 80.0)
    found = optimize.minimize(
        lambda x: np.sum((x - 2) ** 2),
        np.zeros(n),
        method="trust-constr",
        constraints=[large, small, linear],
    )
    assert found.success
    assert all(issparse(matrix) for matrix in found.jac)
    x = found.x
    assert max(np.max(large.fun(x) - 1), x @ x - 50, np.sum(x) - 80) < 1e-6


def test_weights_that_are_zero_at_first_do_not_hide_entries():
    n = 120
    constraint = optimize.NonlinearConstraint(lambda x: x[1:] ** 2 - x[:-1], -np.inf, 1.0)
    x = np.linspace(0, 1, n)
    for weights in (np.zeros(n - 1), np.ones(n - 1), np.linspace(1, 2, n - 1)):
        H = constraint.hess(x, weights)  # a pattern that does not hold would be warned of
        np.testing.assert_allclose(H.diagonal(), [0, *(2 * weights)])
        assert issparse(H)


def test_a_dict_whose_jacobian_is_none_gets_one():
    asked = []

    def margin(x, most):
        asked.append(x)
        return most[0] - x[0]

    bound = {"type": "ineq", "fun": margin, "jac": None, "args": ([0.5],)}
    found = optimize.minimize(rosenbrock, [0.0, 0.0], constraints=bound)
    assert found.x[0] == pytest.approx(0.5)
    assert any(not isinstance(x, np.ndarray) for x in asked)
    with pytest.raises(ValueError, match="no function defined"):  # SciPy's own
        optimize.minimize(rosenbrock, [0.0, 0.0], constraints={"type": "ineq"})


# ---------------------------------------------------------------- least squares


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_residuals_and_jacobians_come_from_one_evaluation(method):
    f = Counted(exponential)
    found = optimize.least_squares(f, [1.0, -1.0, 0.0], method=method, args=(T, DATA))
    np.testing.assert_allclose(found.x, [2, -1.5, 0.5], rtol=1e-6)
    first = f.points.count(f.points[0])
    assert f.distinct <= found.nfev
    assert len(f.points) == f.distinct + first - 1
    assert first <= 1 + TIMED


@pytest.mark.parametrize("loss", ["linear", "soft_l1", "cauchy"])
def test_losses_that_scale_what_they_get(loss):
    rng = np.random.default_rng(0)
    noisy = DATA + np.where(rng.uniform(size=30) < 0.1, 1.0, 0.0)
    found = optimize.least_squares(exponential, [1.0, -1.0, 0.0], args=(T, noisy), loss=loss)
    by_differences = scipy.optimize.least_squares(
        exponential, [1.0, -1.0, 0.0], "3-point", args=(T, noisy), loss=loss
    )
    np.testing.assert_allclose(found.x, by_differences.x, rtol=1e-4)
    assert found.nfev == by_differences.nfev


def test_the_jacobian_of_many_unknowns_is_sparse():
    f = Counted(broyden)
    with ad.count_sweeps() as ran:
        found = optimize.least_squares(f, -np.ones(500))
    assert issparse(found.jac)
    np.testing.assert_allclose(broyden(found.x), 0, atol=1e-6)
    assert f.distinct == found.nfev
    assert len(f.points) <= found.nfev + FOUND
    assert ran.tangents < 500  # of one dense Jacobian
    for options in ({"method": "lm"}, {"tr_solver": "exact"}):
        assert not issparse(optimize.least_squares(broyden, -np.ones(120), **options).jac)


def test_differences_get_the_pattern():
    f = Counted(broyden)
    found = optimize.least_squares(f, -np.ones(300), "2-point")
    assert issparse(found.jac)
    assert found.jac.nnz <= 3 * 300
    assert len(f.points) < 10 * found.nfev  # without the pattern 300 for each Jacobian
    np.testing.assert_allclose(broyden(found.x), 0, atol=1e-6)


def test_a_jacobian_of_your_own_takes_all_arguments():
    def own(p, t, y, *, factor):
        e = np.exp(p[1] * t)
        return factor * np.stack([e, p[0] * t * e, np.ones_like(t)], axis=1)

    found = optimize.least_squares(
        lambda p, t, y, factor: factor * exponential(p, t, y),
        [1.0, -1.0, 0.0],
        own,
        args=(T, DATA),
        kwargs={"factor": 2.0},
    )
    np.testing.assert_allclose(found.x, [2, -1.5, 0.5], rtol=1e-6)


def test_arguments_in_a_list_and_columns_of_residuals():
    def scaled(p, t, y):
        return [[p[0] * t - y[0]], [p[1] - y[1]]]

    found = optimize.least_squares(scaled, [1, 1], args=[2.0, [3.0, 4.0]])
    np.testing.assert_allclose(found.x, [1.5, 4.0])
    assert optimize.least_squares(lambda x, a: x - a, 1, args=5.0).x == pytest.approx(5)


# ---------------------------------------------------------------- root


@pytest.mark.parametrize("method", ["hybr", "lm"])
@pytest.mark.parametrize("n", [5, 40])
def test_a_system_of_equations(method, n):
    f = Counted(broyden)
    found = optimize.root(f, -np.ones(n), method=method)
    by_hand = scipy.optimize.root(broyden, -np.ones(n), method=method, jac=broyden_jacobian)
    np.testing.assert_allclose(found.x, by_hand.x, rtol=1e-9)
    assert found.nfev == by_hand.nfev
    repeated = len(f.points) - f.distinct
    assert repeated <= (found.njev if method == "hybr" else 0) + TIMED


def test_systems_may_be_lists_and_one_equation():
    found = optimize.root(lambda x: [x[0] + x[1] - 3, x[0] * x[1] - 2, x[2] - 1], [0.5, 3.0, 0.0])
    np.testing.assert_allclose(found.x, [1, 2, 1], rtol=1e-9)
    assert optimize.root(lambda x: x**2 - 2, 1.0).x == pytest.approx(np.sqrt(2))
    assert optimize.root(lambda x, a: x - a, 1.0, 5.0).x == pytest.approx(5)


def test_a_jacobian_of_your_own_for_a_system():
    used = []

    def own(x, a):
        used.append(a)
        return np.diag(2 * x)

    found = optimize.root(lambda x, a: x**2 - a, np.ones(3), (4.0,), jac=own)
    np.testing.assert_allclose(found.x, 2 * np.ones(3), rtol=1e-9)
    assert used


def test_names_of_methods_in_capitals_and_jacobians_in_columns():
    def twisted(x):
        return np.stack([x[0] + 3 * x[1] ** 2 - 4, x[1] - x[0] ** 3])

    rows = optimize.root(twisted, [1.4, 0.2], method="HYBR")
    for method in ("hybr", "lm"):
        columns = optimize.root(twisted, [1.4, 0.2], method=method, options={"col_deriv": 1})
        by_rows = optimize.root(twisted, [1.4, 0.2], method=method)
        assert columns.nfev == by_rows.nfev
        np.testing.assert_allclose(columns.x, rows.x, rtol=1e-8)


def test_a_system_that_returns_its_jacobian_is_refused():
    with pytest.raises(ArgumentError, match="leave jac out"):
        optimize.root(lambda x: (x**2, np.diag(2 * x)), np.ones(2), jac=True)


@pytest.mark.parametrize("method", ["krylov", "broyden1", "df-sane"])
def test_methods_without_a_jacobian_are_refused(method):
    with pytest.raises(ArgumentError, match="takes no Jacobian"):
        optimize.root(broyden, np.zeros(3), method=method)


@pytest.mark.parametrize("name", ["minimize", "least_squares", "root"])
def test_signatures_are_those_of_scipy(name):
    ours = inspect.signature(getattr(optimize, name)).parameters
    theirs = inspect.signature(getattr(scipy.optimize, name)).parameters
    named = [p.name for p in ours.values() if p.kind is not p.VAR_KEYWORD]
    positional = [p.name for p in ours.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs)[: len(positional)]
    assert set(named) <= set(theirs)
