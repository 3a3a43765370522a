"""Jacobians through lifted arrays: marked ones, and those that the program shows."""

import warnings
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adkit as ad
from adkit.common.errors import ArgumentError, OutputError, TraceMismatchError
from adkit.drivers.guard import PatternWarning
from tests.drivers.narrow_programs import (
    NARROW,
    WIDE,
    assert_is_jacobian,
    autoencoder,
    brusselator,
    burgers,
    direction,
    feedback,
    layer_norm,
    point,
    quadratic,
    reduced,
    shortcut,
    softmax,
    standardised,
    trigonometric,
    unmarked_feedback,
    written,
)


def directions(f, x):
    made = ad.plan(f, x, sparse="lifted", measure=False)
    return (made.tangents, made.cotangents), made.warm, made.rank


class Problem(NamedTuple):
    """A function, its directions (forward, reverse), those of later results, and the rank."""

    f: object
    cold: tuple[int, int]
    warm: tuple[int, int] | None
    rank: int


PROBLEMS = [
    Problem(feedback, (4, 1), (4, 0), 1),
    Problem(unmarked_feedback, (4, 1), (4, 0), 1),
    Problem(softmax, (2, 1), None, 1),
    Problem(layer_norm, (3, 2), (3, 1), 2),
    Problem(standardised, (3, 2), (3, 1), 2),
    Problem(direction, (2, 1), None, 1),
    Problem(shortcut, (7, 6), (7, 0), 6),
    Problem(autoencoder, (6, 6), None, 6),
    Problem(reduced, (6, 6), (6, 0), 6),
    Problem(trigonometric, (2, 1), (0, 2), 1),
    Problem(quadratic, (2, 1), None, 1),
    Problem(written, (2, 1), None, 1),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.f.__name__)
def test_directions_are_few_and_the_result_is_right(problem):
    x = point()
    cold, warm, rank = directions(problem.f, x)
    assert cold == problem.cold
    assert rank == problem.rank
    if problem.warm is not None:
        assert warm == problem.warm
    J = ad.jacobian(problem.f, sparse="lifted")
    for at in (x, x[::-1] * 1.1):
        assert_is_jacobian(J(at), problem.f, at)


def test_what_runs_is_what_is_planned():
    x = point()
    J = ad.jacobian(feedback, sparse="lifted")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        J(x)
        with ad.count_sweeps() as ran:
            J(x + 1)
    # Three for the stencil, one for the mean, one for the check; the mean's own row is kept.
    assert (ran.tangents, ran.cotangents, ran.primal) == (5, 0, 2)
    with ad.count_sweeps() as ran:
        ad.jacfwd(unmarked_feedback)(x)
    assert ran.directions == x.size


def test_a_brusselator_with_a_mean():
    x = point(72)
    cold, warm, rank = directions(brusselator, x)
    assert cold[1] == 1
    assert cold[0] <= 13
    assert warm == (3, 0)
    assert rank == 1
    assert_is_jacobian(ad.jacobian(brusselator, sparse="lifted")(x), brusselator, x)


# ---------------------------------------------------------------- nothing to lift


def kernel(x):
    nodes = (np.arange(x.size) + 0.5) / x.size
    return x - 1 / (1 - 0.45 / x.size * (nodes[:, None] / (nodes[:, None] + nodes) @ x))


def arrow(x):
    return np.append(np.sum(x**3), x[1:] * x[0])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (kernel, (40, 0)),
        (burgers, (3, 0)),
        (arrow, (2, 1)),
        (np.cumsum, (40, 0)),
        (np.sort, (1, 0)),
        (lambda x: np.sum(x) * x[:1], (0, 1)),
        (lambda x: x[0] * np.ones(40) * np.sum(x[:2]), (2, 0)),
    ],
)
def test_nothing_is_lifted_in_vain(f, expected):
    x = point(40)
    cold, _, rank = directions(f, x)
    assert (cold, rank) == (expected, 0)
    assert_is_jacobian(ad.jacobian(f, sparse="lifted")(x), f, x)


# ---------------------------------------------------------------- marks


def test_a_mark_changes_no_value_and_no_other_derivative():
    x = point()
    assert np.array_equal(feedback(x), unmarked_feedback(x))
    tree = {"a": x, "n": None, "k": 3}
    assert ad.lift(tree) is tree
    for transform in (ad.jacfwd, ad.jacrev):
        assert np.array_equal(transform(feedback)(x), transform(unmarked_feedback)(x))
    assert_is_jacobian(ad.jacobian(feedback, sparse=True)(x), unmarked_feedback, x)


def test_containers_are_lifted_leaf_by_leaf():
    def f(x):
        moments = ad.lift({"mean": np.mean(x), "square": np.mean(x**2), "count": 3, "half": 0.5})
        return x * moments["mean"] + moments["square"] * moments["count"] + moments["half"]

    x = point()
    J = ad.jacobian(f, sparse="lifted")(x)
    assert J.rank == 3  # the constant is lifted too
    assert_is_jacobian(J, f, x)


def test_lifted_arrays_may_depend_on_each_other():
    def f(x):
        first = ad.lift(NARROW @ x)
        second = ad.lift(np.sin(first) * first[::-1])
        third = ad.lift(second.sum() * first[0])
        return x**2 + WIDE @ second * third

    x = point()
    J = ad.jacobian(f, sparse="lifted")(x)
    assert J.rank == 13
    assert_is_jacobian(J, f, x)


def test_marks_inside_another_derivative_do_nothing():
    def energy(x):
        return np.sum(x**4) + ad.lift(np.sum(x)) ** 2

    x = point(20)
    J = ad.jacobian(lambda x: ad.grad(energy)(x), sparse="lifted")(x)
    dense = ad.hessian(energy)(x)
    assert np.linalg.norm(J.toarray() - dense) <= 1e-12 * np.linalg.norm(dense)


def test_marked_arrays_may_be_written_into():
    def f(x):
        y = ad.lift(NARROW @ x)
        y[0] = 3.0
        y += 1.0
        return x + WIDE @ y**2

    x = point()
    assert_is_jacobian(ad.jacobian(f, sparse="lifted")(x), f, x)


def test_a_branch_lifts_other_arrays():
    def f(x):
        if np.sum(x) > 0:
            return x * ad.lift(np.mean(x))
        return x * ad.lift(NARROW[:2] @ x).sum() + ad.lift(np.max(x))

    J = ad.jacobian(f, sparse="lifted")
    for x in (point(), -point(), 2 * point()):
        matrix = J(x)
        assert matrix.rank == (1 if x[0] > 0 else 3)
        assert_is_jacobian(matrix, f, x)


def test_a_function_that_lifts_other_arrays_when_traced_is_refused():
    def f(x):
        return x * (ad.lift(np.sum(x)) if isinstance(x, np.ndarray) else np.sum(x))

    with pytest.raises(TraceMismatchError, match="lifts other arrays"):
        ad.jacobian(f, sparse="lifted")(point())


# ---------------------------------------------------------------- arguments and options


def scaled(p, scale):
    return {"y": scale * p["a"] * np.mean(p["a"]) + p["b"], "z": p["a"][:3] ** 2}


def test_containers_other_arguments_and_auxiliary_data():
    p = {"a": point(), "b": 2.0}

    def with_aux(p, scale):
        return scaled(p, scale), {"mean": np.mean(p["a"]), "name": "aux"}

    value, matrix = ad.value_and_jacobian(scaled, sparse="lifted")(p, 3.0)
    assert np.array_equal(value["y"], scaled(p, 3.0)["y"])
    assert matrix.shape == (83, 81)
    assert matrix.rank == 1
    blocks = ad.jacobian(scaled)(p, 3.0)
    dense = np.block([[blocks[k]["a"], blocks[k]["b"][:, None]] for k in ("y", "z")])
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * np.linalg.norm(dense)
    again, aux = ad.jacobian(with_aux, has_aux=True, sparse="lifted")(p, 3.0)
    assert np.array_equal(again.toarray(), matrix.toarray())
    assert aux == {"mean": np.mean(p["a"]), "name": "aux"}
    by_scale = ad.jacobian(scaled, 1, sparse="lifted")(p, 3.0)
    assert by_scale.shape == (83, 1)


def test_other_arguments_may_change():
    J = ad.jacobian(lambda x, w: x * np.mean(w * x), sparse="lifted")
    x = point()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for w in (np.ones(80), np.arange(80.0), np.ones(80)):
            assert_is_jacobian(J(x, w), lambda x, w: x * np.mean(w * x), x, w)


def test_arguments_are_left_as_they_are():
    def f(x):
        x *= 2.0
        return x * np.sum(x)

    x = point()
    before = x.copy()
    J = ad.jacobian(f, sparse="lifted")(x)
    assert np.array_equal(x, before)
    assert_is_jacobian(J, f, x)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_small_and_empty_arguments(n):
    def f(x):
        return x * ad.lift(np.sum(x))

    x = point(n)
    assert_is_jacobian(ad.jacobian(f, sparse="lifted")(x), f, x)
    no_results = ad.jacobian(lambda x: f(x)[:0], sparse="lifted")(x)
    assert no_results.toarray().shape == (0, n)
    assert_is_jacobian(ad.jacobian(softmax, sparse="lifted")(x), softmax, x)


def test_dtypes():
    x = point().astype(np.float32)
    J = ad.jacobian(softmax, sparse="lifted")(x)
    assert J.dtype == np.float32
    assert J.rank == 1
    dense = ad.jacobian(softmax)(x)
    assert np.linalg.norm(J.toarray() - dense) <= 1e-6 * np.linalg.norm(dense)


def test_complex_functions():
    z = point() + 0.5j
    J = ad.jacobian(softmax, holomorphic=True, sparse="lifted")(z)
    assert J.rank == 1
    assert_is_jacobian(J, softmax, z, holomorphic=True)
    with pytest.raises(OutputError, match="holomorphic"):
        ad.jacobian(softmax, sparse="lifted")(z)


def test_where_derivatives_are_not_finite_nothing_is_lifted():
    def f(x):
        return x * np.sum(np.sqrt(x))

    J = ad.jacobian(f, sparse="lifted")
    x = point()
    assert J(x).rank == 1
    x[3] = 0.0
    with np.errstate(all="ignore"):
        matrix, dense = J(x), ad.jacobian(f)(x)
    assert matrix.rank == 0
    assert np.array_equal(np.isfinite(matrix.toarray()), np.isfinite(dense))
    assert_is_jacobian(J(point()), f, point())


def test_it_is_refused_inside_another_derivative():
    with pytest.raises(ArgumentError, match="inside another derivative"):
        ad.grad(lambda x: ad.jacobian(softmax, sparse="lifted")(x).left.sum())(point())


# ---------------------------------------------------------------- random programs


def assert_is_close(matrix, dense):
    """Compare by the sizes of both parts, which may cancel."""
    size = np.linalg.norm(dense) + np.linalg.norm(matrix.values)
    size += np.linalg.norm(np.abs(matrix.left) @ np.abs(matrix.right.T))
    assert np.linalg.norm(matrix.toarray() - dense) <= 1e-12 * size


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 3), st.booleans())
def test_random_programs(seed, n, k, marks):
    """Marked or not, the result is the dense Jacobian, at one point after another."""
    rng = np.random.default_rng(seed)
    down, up, weights = rng.normal(size=(k, n)), rng.normal(size=(n, k)), rng.normal(size=n)
    kinds = rng.integers(0, 5, 3)

    def f(x):
        for kind in kinds:
            steps = (
                lambda x: x + up @ np.sin(mark(down @ x)),
                lambda x: x - mark(np.mean(x)),
                lambda x: x / (1 + mark(x @ x)),
                lambda x: x + 0.1 * np.roll(x, 1) * x,
                lambda x: weights * x + mark(np.sum(np.tanh(x)) * np.sum(x)),
            )
            x = steps[kind](x)
        return x

    def mark(z):
        return ad.lift(z) if marks else z

    J = ad.jacobian(f, sparse="lifted")
    for x in (rng.normal(size=n), rng.normal(size=n)):
        assert_is_close(J(x), ad.jacobian(f)(x))


# ---------------------------------------------------------------- complex numbers and writes


def test_complex_sums_of_a_real_function_are_not_lifted_by_themselves():
    x = np.linspace(1, 2, 40)

    def spectrum(x):
        return x**2 * np.abs(np.sum(np.exp(1j * x)))

    J = ad.jacobian(spectrum, sparse="lifted")(x)
    np.testing.assert_allclose(J.toarray(), ad.jacobian(spectrum)(x), rtol=1e-12, atol=1e-12)
    H = ad.hessian(lambda x: np.sum(spectrum(x)), sparse="lifted")(x)
    dense = ad.hessian(lambda x: np.sum(spectrum(x)))(x)
    np.testing.assert_allclose(H.toarray(), dense, rtol=1e-12, atol=1e-11)


def test_marks_on_complex_numbers_are_for_holomorphic_functions():
    x = np.linspace(1, 2, 20)

    def turned(z):
        return z**2 * ad.lift(np.sum(np.exp(1j * z)))

    z = x + 0.1j
    J = ad.jacobian(turned, sparse="lifted", holomorphic=True)(z)
    dense = ad.jacobian(turned, holomorphic=True)(z)
    assert J.rank == 1
    np.testing.assert_allclose(J.toarray(), dense, rtol=1e-12)
    for transform, f in (
        (ad.jacobian, lambda x: turned(x).real),
        (ad.hessian, lambda x: np.sum(turned(x).real)),
    ):
        with pytest.raises(OutputError, match=r"lift\(z.real\)"):
            transform(f, sparse="lifted")(x)


def test_writes_into_what_a_lifted_view_shows_are_refused():
    def overwritten(x):
        y = x * 1.0
        first = ad.lift(y[:2])
        y[0] = 7.0  # so is first[0], but in other memory it is not
        return x**2 * first[0] + first[1]

    x = np.linspace(1, 2, 9)
    with pytest.raises(TraceMismatchError, match="lift a copy"):
        ad.jacobian(overwritten, sparse="lifted")(x)
    with pytest.raises(TraceMismatchError, match="lift a copy"):
        ad.hessian(lambda x: np.sum(overwritten(x)), sparse="lifted")(x)


def test_views_are_not_lifted_by_themselves():
    rng = np.random.default_rng(0)
    into, out = rng.normal(size=(12, 12, 60)), rng.normal(size=(60, 12))

    def diagonal(x):
        y = np.cos(np.tensordot(into, x, 1))
        own = np.diagonal(y)  # narrow, and dense
        y[0, 0] = 7.0  # which is seen in the view
        return x**2 + out @ own

    x = np.linspace(1, 2, 60)
    J = ad.jacobian(diagonal, sparse="lifted")(x)
    np.testing.assert_allclose(J.toarray(), ad.jacobian(diagonal)(x), rtol=1e-12, atol=1e-12)


def test_functions_that_do_not_repeat_themselves_are_refused():
    draws = iter(np.linspace(1, 2, 1000))
    with pytest.raises(TraceMismatchError, match="must repeat itself"):
        ad.jacobian(lambda x: x * next(draws) * ad.lift(np.mean(x)), sparse="lifted")(np.ones(9))


@pytest.mark.parametrize("transform", [ad.jacobian, ad.hessian])
def test_a_function_without_auxiliary_data_is_refused_as_elsewhere(transform):
    with pytest.raises(OutputError, match="must return"):
        transform(lambda x: np.sum(x) ** 2, has_aux=True, sparse="lifted")(np.ones(40))


@pytest.mark.parametrize("transform", [ad.jacobian, ad.hessian])
def test_another_branch_lifts_what_is_narrow_there(transform):
    def branching(x):
        y = np.sin(x) + 1.0 if np.sum(x) > 70 else x  # numbers of later operations differ
        y = y**3 * np.sum(y**2)
        return y if transform is ad.jacobian else np.sum(y) * np.sum(x)

    derivative = transform(branching, sparse="lifted")
    for x in (np.linspace(1, 2, 40), np.linspace(2, 3, 40), np.linspace(1, 2, 40)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PatternWarning)  # the branch has another pattern
            found = derivative(x)
        np.testing.assert_allclose(
            found.toarray(),
            transform(branching)(x),
            rtol=1e-10,
            atol=1e-12 * np.max(np.abs(found.values)),
        )
        assert found.rank < 10
