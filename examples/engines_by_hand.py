"""A guided tour of the two engines, ``Dual`` and ``Node``, worked by hand.

What you will learn here: a derivative can travel with the computation or against it.

* A ``Dual`` is a value and its tangent. Every operation moves both, so the derivative has
  arrived when the value has. One push answers: how do *all outputs* change along *one
  direction* of the inputs?
* A ``Node`` remembers the operation that made it. Afterwards ``backward()`` pulls a cotangent
  through these memories. One pull answers: how does *one output* depend on *all inputs*?

Both give the same numbers; they differ in how many sweeps a task takes. And since both carry
out ordinary NumPy operations, one may hold the other.

Take the tour from the root of the repository::

    python -m examples.engines_by_hand
"""

import numpy as np

import adkit as ad
from adkit import Dual, Node


def show(label, value):
    """Print one line of the tour."""
    text = np.array2string(np.asarray(value), precision=4, floatmode="fixed")
    print(f"    {label:<38} {text}".replace("\n", "\n" + " " * 43))


def push():
    """1. A Dual pushes a derivative forward, along with the value.

    The tangent 1.0 says that x moves at unit speed. Multiplication and sine each know how fast
    their result moves then; nothing is recorded.
    """
    x = Dual(2.0, 1.0)
    y = x * np.sin(x)
    show("y = x sin x at x = 2", y.value)
    show("its tangent", y.tangent)
    show("the product rule: sin x + x cos x", np.sin(2.0) + 2.0 * np.cos(2.0))
    return y


def push_along_a_direction():
    """2. A push follows one direction, and all outputs tell how they change along it.

    A point on a circle of radius r at angle a. Seeding (r, a) with (1, 0) moves the radius,
    (0, 1) the angle, (1, 2) both at once: the third answer is the first plus twice the second,
    since a tangent depends linearly on its seed. A full Jacobian takes one push per input.
    """

    def point(r, a):
        return np.stack([r * np.cos(a), r * np.sin(a)])

    tangents = []
    for along in [(1.0, 0.0), (0.0, 1.0), (1.0, 2.0)]:
        tangents.append(point(Dual(2.0, along[0]), Dual(0.5, along[1])).tangent)
        show(f"tangent of the point along {along}", tangents[-1])
    return tangents


def pull():
    """3. A Node pulls the derivative of one output back to all inputs.

    The three inputs are used in one formula, and a single backward() fills in three slopes. A
    constant takes part in the computation but gets no gradient.
    """
    a, b, c = Node(1.0), Node(2.0), Node(3.0)
    scale = Node(10.0, requires_grad=False)
    y = scale * a * b + np.exp(c - a)
    y.backward()
    show("y = 10 a b + exp(c - a) at (1, 2, 3)", y.data)
    for name, node in {"a": a, "b": b, "c": c}.items():
        show(f"its slope in {name}", node.grad.data)
    show("the constant's grad", scale.grad)
    return a, b, c, scale


def accumulate():
    """4. Gradients add up, until they are cleared.

    x is used twice below, and each use sends back its share: that is the chain rule. A second
    backward() adds to what is there, so that a loss may be pulled in parts; zero_grad() starts
    afresh.
    """
    x = Node(3.0)
    y = x * x
    y.backward()
    first = x.grad.data
    show("x * x at 3: shares 3 and 3 add up to", first)
    y.backward()
    second = x.grad.data
    show("after another backward()", second)
    x.zero_grad()
    show("after zero_grad()", x.grad)
    return first, second, x.grad


def arrays():
    """5. Arrays work alike, and a gradient has the shape of its node.

    The bias is broadcast over the rows, so every row contributes to its slope. The matrix meets
    itself in A @ A, where the two factors have different slopes.
    """
    weights = Node(np.arange(6.0).reshape(2, 3))
    bias = Node(np.zeros(3))
    np.sum((np.ones((4, 2)) @ weights + bias) ** 2).backward()
    show("grad of a bias of shape (3,)", bias.grad.data)
    show("grad of weights of shape (2, 3)", weights.grad.data)
    square = Node(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.sum(square @ square).backward()
    show("grad of sum(A @ A)", square.grad.data)
    return weights, bias, square


def pull_a_vector():
    """6. An output with many entries has many gradients: say which one you want.

    backward(w) pulls w @ J, the gradient of the weighted sum. The seed (0, 1, 0) asks for the
    second row of the Jacobian of three outputs. A full Jacobian takes one pull per output.
    """
    x = Node(np.array([1.0, 2.0, 3.0]))
    y = np.cumsum(x**2)
    y.backward(np.array([0.0, 1.0, 0.0]))
    show("y = cumsum(x**2) at (1, 2, 3)", y.data)
    show("row 1 of its Jacobian", x.grad.data)
    return x


def energy(x):
    """Return a scalar of a vector with an interesting Hessian."""
    return np.sum(x[1:] * x[:-1] ** 2) + np.sum(np.cos(x))


def forward_over_reverse():
    """7. A Node may hold a Dual: backward() then pulls while the gradient is pushed.

    The Node records operations on Duals. Its gradient is a Dual too: the value is the gradient
    of the energy, and the tangent is how that gradient changes when x moves along v, which is
    the Hessian times v. The Hessian itself is never formed; the cost is that of a few
    evaluations of the energy, for a vector of any length.
    """
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    node = Node(Dual(x, v))
    energy(node).backward()
    gradient = node.grad.data
    show("gradient, the value of grad.data", gradient.value)
    show("Hessian @ v, its tangent", gradient.tangent)
    show("from the full Hessian", ad.hessian(energy)(x) @ v)
    (product,) = ad.hvp(energy, (x,), (v,))
    show("the driver for it: ad.hvp", product)
    return gradient, product


def levels():
    """8. Engines nest without mixing up whose derivative is whose.

    A Dual in a Dual has a tangent of a tangent: the second derivative. And the classic trap:
    d/dx [x * d/dy (x + y)] is 1. The inner derivative must not mistake the tangent of x for
    one of y, or the answer would be 2 (Siskind and Pearlmutter, 2005). Every transform works on a
    level of its own, so it does not.
    """
    x = Dual(Dual(2.0, 1.0), 1.0)
    second = (x**3).tangent.tangent
    show("second derivative of x**3 at 2", second)
    classic = ad.derivative(lambda x: x * ad.derivative(lambda y: x + y)(1.0))(1.0)
    show("d/dx [x * d/dy (x + y)]", classic)
    return second, classic


def choose():
    """9. The same Jacobian costs n pushes or m pulls, and the drivers choose.

    Two inputs and fifty outputs: a trajectory. Either mode fills the same table of slopes; the
    ledger counts the directions each of them carried.
    """
    time = np.linspace(0.0, 1.0, 50)

    def trajectory(launch):
        speed, angle = launch
        return speed * np.sin(angle) * time - 4.905 * time**2

    launch = np.array([10.0, 0.7])
    jacobians = {}
    directions = {}
    for mode in ("forward", "reverse"):
        with ad.count_sweeps() as ledger:
            jacobians[mode] = ad.jacobian(trajectory, mode=mode)(launch)
        directions[mode] = ledger.directions
        show(f"directions in {mode} mode", directions[mode])
    show("the largest difference", np.max(np.abs(jacobians["forward"] - jacobians["reverse"])))
    print(f"    the plan: {ad.plan(trajectory, launch).reason}")
    return jacobians, directions


TOUR = (
    push,
    push_along_a_direction,
    pull,
    accumulate,
    arrays,
    pull_a_vector,
    forward_over_reverse,
    levels,
    choose,
)


def main():
    """Walk through all stops of the tour."""
    for stop in TOUR:
        print("\n".join(line.removeprefix("    ") for line in stop.__doc__.splitlines()))
        stop()
        print()


if __name__ == "__main__":
    main()
