"""In-place behaviour that MyGrad documents, and NumPy semantics that it promises.

MyGrad 2 (Soklaski 2021) describes views, writes that pass through views to their base and
back, augmented updates, ``out=`` and ``where=``, and gradients that show the same
relations between views. Each test takes one statement of its user's guide ("Views and
In-Place Operations", "MyGrad's Tensor" and the notes on its version 2.0); the derivatives
are worked out by hand. What MyGrad stores as ``x.grad`` of an intermediate tensor is here
the derivative with respect to an argument, in both modes.
"""

import numpy as np
import pytest

import adkit as ad

X = np.array([1.0, 2.0, 3.0, 4.0])


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    """Return a transform that gives gradients, by one of the modes."""
    return ad.grad if request.param == "reverse" else ad.jacfwd


# ---------------------------------------------------------------- views


def test_a_basic_index_is_a_view_whose_base_is_the_array(gradient):
    def f(x):
        x = x * 1.0
        y = x[:2]
        assert y.base is x
        assert x.base is None
        assert np.shares_memory(x, y)
        assert np.may_share_memory(y, x[1:3])
        assert not np.shares_memory(y, x[2:])
        return y.sum()

    assert gradient(f)(X).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_view_of_a_view_has_the_same_base(gradient):
    def f(x):
        x = x * 1.0
        z = x[1:][1:]
        assert z.base is x
        z[0] = x[0] * x[1]
        return (x * x).sum()  # x2 is x0 x1: the derivatives are 2 x0 + 2 x0 x1^2, ...

    assert gradient(f)(X).tolist() == [10.0, 8.0, 0.0, 8.0]


def test_a_write_to_a_view_changes_the_base(gradient):
    def f(x):
        y = x[:2]
        y *= -1.0
        assert ad.value(x).tolist() == [-1.0, -2.0, 3.0, 4.0]
        assert ad.value(y).tolist() == [-1.0, -2.0]
        return (x**2 * np.arange(4.0)).sum()

    assert gradient(f)(X).tolist() == [0.0, 4.0, 12.0, 24.0]


def test_a_write_to_the_base_changes_its_views(gradient):
    def f(x):
        y, z = x[:2], x[::-1]
        x[1] = x[2] * x[3]
        return y.sum() + 10.0 * (z * np.arange(4.0)).sum()  # z = x3, x2, x1, x0

    assert gradient(f)(X).tolist() == [31.0, 0.0, 10.0 + 21.0 * 4.0, 21.0 * 3.0]


def test_a_write_reaches_the_views_of_views(gradient):
    def f(x):
        y = x.reshape(2, 2)
        z = y.T[0]  # x0, x2
        w = z[1:]  # x2
        y[1] *= x[0]
        assert ad.value(w).tolist() == [3.0]
        return (z * w).sum() + w[0]  # with w = x0 x2: w x0 + w^2 + w

    x0, x2 = X[0], X[2]
    expected = [2 * x0 * x2 + 2 * x0 * x2**2 + x2, 0.0, x0**2 + 2 * x0**2 * x2 + x0, 0.0]
    assert gradient(f)(X).tolist() == expected


def test_a_gradient_of_a_view_is_the_view_of_the_gradient():
    x = ad.Node(X)
    y = x[:2]
    (x**2).sum().backward()
    assert x.grad.data.tolist() == [2.0, 4.0, 6.0, 8.0]
    assert y.data.tolist() == x.data[:2].tolist()


def test_a_scalar_is_no_view(gradient):
    def f(x):
        y = x * 1.0
        s = y[1]
        s *= 10.0  # a new number
        t = y[1, ...]
        t *= 3.0  # an array without axes is a view
        return s + 100.0 * y[1]

    assert gradient(f)(X).tolist() == [0.0, 310.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "copied", [lambda x: x[[0, 1]], lambda x: x[X < 2.5], lambda x: x.copy(), lambda x: +x]
)
def test_advanced_indices_and_copies_are_no_views(gradient, copied):
    def f(x):
        y = copied(x)
        y *= 10.0
        y[0] = 7.0
        return x.sum() + y.sum()

    assert gradient(f)(X)[:2].tolist() == [1.0, 11.0]


def test_iteration_gives_views_of_rows(gradient):
    def f(x):
        y = x.reshape(2, 2)
        for row in y:
            row *= row
        return (x * np.arange(4.0)).sum()

    assert gradient(f)(X).tolist() == [0.0, 4.0, 12.0, 24.0]


# ---------------------------------------------------------------- assignment


def test_an_element_is_assigned(gradient):
    def f(x):
        y = x * x
        y[0] = x[3]
        return (y * np.arange(1.0, 5.0)).sum()

    assert gradient(f)(X).tolist() == [0.0, 8.0, 18.0, 33.0]


def test_a_slice_is_assigned_a_constant(gradient):
    def f(x):
        y = x * x
        y[1:3] = -1.0
        return y.sum()

    assert gradient(f)(X).tolist() == [2.0, 0.0, 0.0, 8.0]


def test_what_is_assigned_is_broadcast(gradient):
    def f(x):
        y = np.zeros_like(x, shape=(3, 4))
        y[...] = x
        y[1:, :2] = x[3]
        return (y * np.arange(12.0).reshape(3, 4)).sum()

    # the first row 0 1 2 3; below it x3 in columns 0 and 1, x2 and x3 in the others
    assert gradient(f)(X).tolist() == [0.0, 1.0, 18.0, 3.0 + 7.0 + 11.0 + 4 + 5 + 8 + 9]


def test_excess_leading_axes_are_dropped(gradient):
    def f(x):
        y = x * 1.0
        y[:2] = (x[2:] * x[0]).reshape(1, 1, 2)
        return y.sum()

    assert gradient(f)(X).tolist() == [7.0, 0.0, 2.0, 2.0]


def test_an_integer_index_array(gradient):
    def f(x):
        y = x * 1.0
        y[np.array([3, 0])] = x[1:3] * 2.0
        return (y * np.arange(1.0, 5.0)).sum()

    assert gradient(f)(X).tolist() == [0.0, 2.0 + 8.0, 3.0 + 2.0, 0.0]


def test_of_repeated_indices_the_last_one_counts(gradient):
    def f(x):
        y = x * 1.0
        y[[0, 0, 1]] = x[1:]
        return y[0] + 10.0 * y[1]

    assert gradient(f)(X).tolist() == [0.0, 0.0, 1.0, 10.0]


def test_repeated_indices_are_added_once(gradient):
    def f(x):
        y = x * 1.0
        y[[0, 0]] += x[2:]  # reads both, then writes both: the last one counts
        return y.sum()

    assert gradient(f)(X).tolist() == [1.0, 1.0, 1.0, 2.0]


def test_a_boolean_index(gradient):
    def f(x):
        y = x * x
        y[y > 5.0] = x[0]
        y[np.array([True, False, False, False])] *= x[1]
        return y.sum()  # x0^2 x1 + x1^2 + x0 + x0

    assert gradient(f)(X).tolist() == [6.0, 5.0, 0.0, 0.0]


def test_a_mixture_of_basic_and_advanced_indices(gradient):
    def f(x):
        y = np.outer(x, x)
        y[1:, [0, 2]] = x[:2]
        return y[1, 0] + 10.0 * y[2, 2] + 100.0 * y[3, 0] + 1000.0 * y[0, 2]

    assert gradient(f)(X).tolist() == [101.0 + 3000.0, 10.0, 1000.0, 0.0]


def test_new_axes_ellipses_and_reversed_slices(gradient):
    def f(x):
        y = x * 1.0
        y[None, ..., ::-1] = x[None] * x[0]
        return (y * np.array([1.0, 10.0, 100.0, 1000.0])).sum()

    # y is x0 times x3, x2, x1, x0
    assert gradient(f)(X).tolist() == [2004.0 + 230.0, 100.0, 10.0, 1.0]


# ---------------------------------------------------------------- augmented updates

UPDATES = {
    "+=": (lambda y, x: y.__iadd__(x[0]), [5.0, 1.0, 1.0, 1.0]),
    "-=": (lambda y, x: y.__isub__(x[0]), [-3.0, 1.0, 1.0, 1.0]),
    "*=": (lambda y, x: y.__imul__(x[0]), [11.0, 1.0, 1.0, 1.0]),
    "/=": (lambda y, x: y.__itruediv__(x[0]), [-9.0, 1.0, 1.0, 1.0]),
    "**=": (lambda y, x: y.__ipow__(2.0), [2.0, 4.0, 6.0, 8.0]),
}


@pytest.mark.parametrize(("update", "expected"), UPDATES.values(), ids=list(UPDATES))
def test_augmented_updates_change_the_array(gradient, update, expected):
    def f(x):
        y = x * 1.0
        other = y
        result = update(y, x)
        assert result is y
        return other.sum()

    assert gradient(f)(X).tolist() == expected


def test_augmented_updates_of_parts(gradient):
    def f(x):
        y = x * 1.0
        y[1:] *= x[0]
        y[[0, 3]] += x[1]
        y[y > 3.5] -= x[2]
        return y.sum()  # x0 + x1, x0 x1, x0 x2, x0 x3 + x1 - x2

    assert gradient(f)(X).tolist() == [1.0 + 2.0 + 3.0 + 4.0, 3.0, 0.0, 1.0]


def test_an_array_is_updated_by_itself(gradient):
    def f(x):
        y = x * 1.0
        y += y
        y *= y
        y -= y[::-1]
        return (y * np.arange(4.0)).sum()

    # y_i is 4 x_i^2 - 4 x_(3-i)^2
    assert gradient(f)(X).tolist() == [-24.0, -16.0, 24.0, 96.0]


# ---------------------------------------------------------------- out= and where=


def test_out_is_written_and_returned(gradient):
    def f(x):
        y = np.empty_like(x)
        assert np.multiply(x, x, out=y) is y
        np.exp(0.0 * x, out=y[1:2], where=np.array([True]))
        return y.sum()

    def g(x):
        y = np.zeros_like(x)
        v = y[2:]
        np.multiply(x[:2], x[2:], out=v)
        return (y * np.array([1.0, 1.0, 1.0, 10.0])).sum()

    assert gradient(g)(X).tolist() == [3.0, 40.0, 1.0, 20.0]
    with pytest.raises(ValueError, match="broadcast"):
        gradient(f)(X)


def test_where_leaves_what_it_does_not_select(gradient):
    def f(x):
        y = 10.0 * x
        np.square(x, out=y, where=X > 2.5)
        return y.sum()

    assert gradient(f)(X).tolist() == [10.0, 10.0, 6.0, 8.0]


def test_out_overwrites_an_operand(gradient):
    def f(x):
        y = x * x
        squares = y * 1.0
        np.multiply(y, x, out=y)
        return y.sum() + squares.sum()

    assert gradient(f)(X).tolist() == [5.0, 16.0, 33.0, 56.0]


# ---------------------------------------------------------------- the state before a write


def test_what_was_computed_before_a_write_keeps_the_old_values(gradient):
    def f(x):
        y = x * 1.0
        before = y * y
        y[...] = 0.0
        after = y * y
        return before.sum() + after.sum() + y.sum()

    assert gradient(f)(X).tolist() == [2.0, 4.0, 6.0, 8.0]


def test_writes_to_the_argument_leave_the_callers_array(gradient):
    x = X.copy()

    def f(x):
        x[0] = 100.0
        x *= 2.0
        return x.sum()

    assert gradient(f)(x).tolist() == [0.0, 2.0, 2.0, 2.0]
    assert x.tolist() == X.tolist()
    assert x.flags.writeable


def test_gradients_are_independent_of_each_other(gradient):
    first = gradient(lambda x: (x * x).sum())(X)
    kept = first.copy()
    second = gradient(lambda x: x.sum())(X)
    second[...] = -1.0
    assert first.tolist() == kept.tolist()


def test_a_gradient_by_hand_is_nulled_and_computed_again():
    x = ad.Node(X)
    y = x * 1.0
    y[0] = x[1] * x[2]
    y.sum().backward()
    assert x.grad.data.tolist() == [0.0, 4.0, 3.0, 1.0]
    x.zero_grad()
    y.sum().backward()
    assert x.grad.data.tolist() == [0.0, 4.0, 3.0, 1.0]


def test_shape_is_assigned(gradient):
    def f(x):
        y = x * 1.0
        v = y[:]
        y.shape = (2, 2)
        y[0] = y[1]
        return (v * np.array([1.0, 10.0, 100.0, 1000.0])).sum()

    assert gradient(f)(X).tolist() == [0.0, 0.0, 101.0, 1010.0]


def test_constants_into_which_a_traced_value_is_written_carry_it(gradient):
    def f(x):
        y = np.ones(3, like=x)
        v = y[1:]
        y[1] = x[0] * x[1]
        return (v * y[:2]).sum()  # y0 y1 + y1 y2, with y0 = y2 = 1

    assert gradient(f)(X).tolist() == [4.0, 2.0, 0.0, 0.0]
