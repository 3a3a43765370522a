"""What autograd's documentation says cannot be done with assignment, done.

Its tutorial ("Don't use") and its notes on Node types name: assignment to arrays, in-place
operators, implicit casts of lists, ``A.dot(B)``, and checks for `ndarray` by isinstance.
The first ones, the oldest wish in its tracker, are carried; a cast of a list is carried by
`adkit.traced_buffers`, refused elsewhere; a branch on a type is found by
`adkit.verify_trace`. The derivatives are worked out by hand.
"""

import numpy as np
import pytest

import adkit as ad
from adkit.common import errors

X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(params=["reverse", "forward"])
def gradient(request):
    """Return a transform that gives gradients, by one of the modes."""
    return ad.grad if request.param == "reverse" else ad.jacfwd


def test_assignment_to_an_element(gradient):
    def f(x):
        A = np.outer(x, x)
        A[0, 0] = x[1] * x[2]
        return A.sum()

    # the sum of x_i x_j but x0^2, and x1 x2
    assert gradient(f)(X).tolist() == [2 * 6.0 - 2 * 1.0, 2 * 6.0 + 3.0, 2 * 6.0 + 2.0]


def test_assignment_to_a_block_of_zeros(gradient):
    def f(A):
        B = np.zeros((4, 4), like=A)
        B[:2, :2] = A
        return B.sum()

    assert gradient(f)(np.ones((2, 2))).tolist() == [[1.0, 1.0], [1.0, 1.0]]

    @ad.traced_buffers
    def unchanged(A):
        B = np.zeros((4, 4))
        B[:2, :2] = A
        return B.sum()

    assert gradient(unchanged)(np.ones((2, 2))).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_assignment_to_rows_in_a_loop(gradient):
    def f(x):
        u = np.zeros((4, 3), like=x)
        u[0] = x
        for k in range(1, 4):
            u[k] = u[k - 1] * x
        return u[-1].sum()

    assert gradient(f)(X).tolist() == [4.0, 32.0, 108.0]


def test_in_place_addition(gradient):
    def f(x):
        a, b = x * x, x * 1.0
        a += b
        b *= a
        return b.sum()  # x^3 + x^2

    assert gradient(f)(X).tolist() == [5.0, 16.0, 33.0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda a, b: a.__iadd__(b), [3.0, 5.0, 7.0]),
        (lambda a, b: a.__isub__(b), [1.0, 3.0, 5.0]),
        (lambda a, b: a.__imul__(b), [3.0, 12.0, 27.0]),
        (lambda a, b: a.__itruediv__(b), [1.0, 1.0, 1.0]),
    ],
    ids=["+=", "-=", "*=", "/="],
)
def test_in_place_operators(gradient, change, expected):
    assert gradient(lambda x: change(x * x, x).sum())(X) == pytest.approx(np.array(expected))


def test_assignment_to_the_argument(gradient):
    x = X.copy()

    def f(x):
        x[1] = x[0] * x[2]
        return (x * x).sum()  # x0^2 + x0^2 x2^2 + x2^2

    assert gradient(f)(x).tolist() == [2.0 + 18.0, 0.0, 6.0 + 6.0]
    assert x.tolist() == X.tolist()


def test_assignment_after_which_a_value_is_used_again(gradient):
    def f(x):
        y = x * x
        s = y.sum()
        y[0] = s
        return s * y[0]  # s^2

    assert gradient(f)(X).tolist() == [56.0, 112.0, 168.0]


def test_assignment_at_second_order():
    def f(x):
        y = x * 1.0
        y[0] = y[1] ** 3
        y[1:] *= y[0]
        return y.sum()  # x1^3 + x1^4 + x1^3 x2

    expected = [[0, 0, 0], [0, 12.0 + 48.0 + 36.0, 12.0], [0, 12.0, 0]]
    for outer in (ad.jacfwd, ad.jacrev):
        for inner in (ad.jacfwd, ad.jacrev):
            assert outer(inner(f))(X).tolist() == expected


def test_dot_as_a_method(gradient):
    def f(x):
        A = np.outer(x, x)
        return A.dot(x)[0]  # x0 (x0^2 + x1^2 + x2^2)

    assert gradient(f)(X).tolist() == [16.0, 4.0, 6.0]
    assert gradient(lambda x: x.dot(x))(X).tolist() == [2.0, 4.0, 6.0]


def test_a_cast_of_a_list(gradient):
    def f(x):
        return np.sum(np.array([x[0] * x[1], x[2]]))

    assert gradient(ad.traced_buffers(f))(X).tolist() == [2.0, 1.0, 1.0]
    assert gradient(lambda x: np.sum(np.stack([x[0] * x[1], x[2]])))(X).tolist() == [2.0, 1.0, 1.0]
    with pytest.raises(errors.DetachError, match=r"np\.stack"):
        gradient(lambda x: np.sum([x[0] * x[1], x[2]]))(X)


def test_a_list_is_assigned(gradient):
    def f(x):
        y = x * 1.0
        y[:2] = [x[1], x[0] * x[2]]
        y += [0.0, x[0], 1.0]
        return y.sum()  # x1 + x0 x2 + x0 + x2

    assert gradient(f)(X).tolist() == [4.0, 1.0, 2.0]


def test_a_branch_on_the_type():
    def f(x):
        return x * 2.0 if isinstance(x, np.ndarray) else x * 3.0

    with pytest.raises(errors.TraceMismatchError):
        ad.verify_trace(f, X)


def test_an_argument_that_is_a_list_of_arrays(gradient):
    def f(parameters):
        w, b = parameters
        w[0] = b * w[1]
        return (w * w).sum()

    w, b = gradient(f)([np.array([5.0, 2.0]), 3.0])
    assert w.tolist() == [0.0, 2 * 9.0 * 2.0 + 4.0]  # b^2 w1^2 + w1^2
    assert b == 2 * 3.0 * 4.0
