"""`checkpoint` refuses what would give another derivative than the function has."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import adkit as ad
from adkit.common.errors import InPlaceError, LeakedTraceError, NonFiniteError, ReplayError

X = np.array([0.7, 1.3, 0.9, 1.1])


def cleared(x):
    x[0] = 0.0
    return x * 2


def test_a_write_into_an_argument_is_refused_in_reverse_mode():
    for f in (ad.checkpoint(cleared), lambda x: ad.checkpoint(cleared)(np.zeros_like(x) + x)):
        with pytest.raises(InPlaceError, match="ADK305"):
            ad.vjp(f, X)


def test_a_write_into_an_argument_of_a_level_below_is_refused():
    def f(x):
        return ad.grad(lambda y: np.sum(ad.checkpoint(lambda a, b: cleared(a) * b)(x * 1.0, y)))(X)

    with pytest.raises(InPlaceError, match="ADK305"):
        ad.jacrev(f)(X)


def test_a_write_into_a_buffer_that_was_passed_is_refused():
    def fill(h, out):
        out[0] = h[0]
        return h.sum()

    def f(x):
        out = np.zeros(4)
        return ad.checkpoint(fill)(x, out) + out.sum()

    with pytest.raises(InPlaceError):
        ad.grad(ad.traced_buffers(f))(X)


def test_another_error_of_the_function_stays_what_it_is():
    def f(x):
        raise ValueError("no convergence")

    with pytest.raises(ValueError, match="no convergence"):
        ad.grad(ad.checkpoint(f))(X)


def test_random_numbers_are_refused():
    rng = np.random.default_rng(0)
    f = ad.checkpoint(lambda x: np.sum(x * rng.random(4)))
    with pytest.raises(ReplayError, match="ADK613"):
        ad.grad(f)(X)


def test_a_function_that_changes_what_it_reads_is_refused():
    weights = np.ones(4)

    def f(x):
        weights[...] *= 2
        return np.sum(x * weights)

    with pytest.raises(ReplayError, match="ADK613"):
        ad.grad(ad.checkpoint(f))(X)


def test_a_scratch_array_that_is_written_before_it_is_read_is_no_obstacle():
    scratch = np.empty(4)

    def f(x):
        scratch[...] = 3.0
        return np.sum(x * scratch)

    np.testing.assert_array_equal(ad.grad(ad.checkpoint(f))(X), np.full(4, 3.0))


def test_another_structure_the_second_time_is_refused():
    results = iter([1, 2])
    with pytest.raises(ReplayError, match="ADK613"):
        ad.grad(lambda x: ad.checkpoint(lambda h: [h * 2.0] * next(results))(x)[0].sum())(X)


def test_a_value_that_leaves_by_a_side_door_is_refused():
    seen = []

    def f(x):
        def part(h):
            seen.append(h * 2)
            return h * 3

        return (ad.checkpoint(part)(x) * seen[0]).sum()

    with pytest.raises(LeakedTraceError):
        ad.grad(f)(X)


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_captured_product_that_is_kept_outside_loses_nothing_silently(by_hand):
    cache = {}

    def f(x):
        def part(h):
            cache.setdefault("square", x * x)
            return h * cache["square"]

        return (ad.checkpoint(part)(x) * cache["square"]).sum()

    with pytest.raises(ad.AdkitError):
        f(ad.Node(X)).backward() if by_hand else ad.grad(f)(X)


def test_a_captured_product_that_is_only_used_outside_is_refused():
    cache = {}

    def f(x):
        def part(h):
            cache["square"] = x * x
            return h * 2.0

        return np.sum(ad.checkpoint(part)(3 * x)) * cache["square"].sum()

    with pytest.raises(LeakedTraceError):
        ad.grad(f)(X)


# ---------------------------------------------------------------- scopes and threads


def test_a_trap_names_the_operation_inside():
    with ad.trap_nonfinite(), np.errstate(divide="ignore"), pytest.raises(NonFiniteError) as error:
        ad.grad(lambda x: ad.checkpoint(np.sqrt)(x * np.array([0.0, 1, 1, 1])).sum())(X)
    assert (error.value.operation, error.value.index) == ("numpy.sqrt", (0,))


def test_strictness_sees_through_a_checkpoint():
    with ad.strict():
        np.testing.assert_allclose(ad.grad(lambda x: ad.checkpoint(np.sin)(x).sum())(X), np.cos(X))
        with pytest.raises(ad.AdkitError, match="ADK51"):
            ad.grad(lambda x: ad.checkpoint(lambda h: np.ones(3))(x).sum())(X)


def test_warnings_of_the_function_come_once():
    f = ad.checkpoint(lambda x: np.sum(np.where(x > 0, x, np.log(np.zeros(4))) * x))
    with pytest.warns(RuntimeWarning, match="divide by zero") as caught:
        ad.grad(f)(X)
    assert len(caught) == 1


def program(x):
    h = x
    for _ in range(10):
        h = ad.checkpoint(lambda h: np.tanh(h * x))(h)
    return h.sum()


def test_threads_share_a_pullback():
    _, pullback = ad.vjp(program, X)
    expected = pullback(1.0)[0]
    with ThreadPoolExecutor(8) as pool:
        for (ct,) in pool.map(pullback, [1.0] * 64):
            np.testing.assert_array_equal(ct, expected)
        for gradient in pool.map(ad.grad(program), [X] * 32):
            np.testing.assert_array_equal(gradient, expected)


def apart(x):
    def element(i):
        return ad.checkpoint(lambda h: np.sin(h[i] * x[i]) * x)(x)

    with ThreadPoolExecutor(4) as pool:
        return np.stack(list(pool.map(element, range(4)))).sum()


def inside(x):
    def part(h):
        with ThreadPoolExecutor(4) as pool:
            return np.stack(list(pool.map(lambda i: np.sin(h[i] * x[i]) * x, range(4)))).sum()

    return ad.checkpoint(part)(x)


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("f", [apart, inside])
def test_threads_inside_the_program_lose_nothing(f, by_hand):
    expected = ad.grad(lambda x: np.sum(np.sin(x * x)[:, None] * x))(X)
    if by_hand:
        node = ad.Node(X)
        f(node).backward()
        found = node.grad.data
    else:
        found = ad.grad(f)(X)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
