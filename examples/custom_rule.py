"""Teach adkit the derivative of a function of your own.

What you will learn here: one declaration serves forward mode, reverse mode and every order.

adkit differentiates whatever is written in NumPy. A rule of your own is for the rest:

* a function that leaves NumPy, such as one from the ``math`` module or a compiled library;
* a function found by iteration, whose derivative is known without going through the steps.
  adkit can go through them, but that records every one of them, and an iteration that has
  converged in its value need not have converged in its derivative.

``rules.elementary`` makes a plain function accept traced arguments; a verb from ``adkit.rules``
states its derivative. Inside, the function sees plain arrays and may do what it likes. The
derivative is written in NumPy calls on the arguments, so it can be differentiated in turn.

Run it from the root of the repository::

    python -m examples.custom_rule
"""

import math

import numpy as np

import adkit as ad
from adkit import rules

# --- An elementwise function: each entry of the result depends on one entry of the argument ---

_erf = np.vectorize(math.erf, otypes=[float])


@rules.elementary
def erf(x):
    """Return the Gauss error function, entry by entry.

    ``math.erf`` accepts floats alone, so without a rule a traced argument is refused.
    """
    return _erf(x)[()]  # a scalar for a scalar, as NumPy's own functions return


# The names of the parameters say what the rule needs: x, y, z are the operands, ans the result.
rules.elementwise(erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x))


# --- Two arguments, and a result found by iteration --------------------------------------------


@rules.elementary
def kepler(mean, eccentricity):
    """Return the angle ``E`` of a planet on its ellipse: ``E - eccentricity sin(E) = mean``.

    Newton's method, entry by entry; ``mean`` is the angle that grows evenly with time.
    """
    angle = mean + eccentricity * np.sin(mean)
    for _ in range(50):
        residual = angle - eccentricity * np.sin(angle) - mean
        angle = angle - residual / (1 - eccentricity * np.cos(angle))
        if np.all(np.abs(residual) <= 1e-12):
            break
    return angle


# The iterations do not matter, the equation does. Differentiating both of its sides gives
#     (1 - e cos E) dE  =  dM + sin E de,
# hence one partial for each of the two operands, written with the result itself.
rules.elementwise(
    kepler,
    lambda ans, y: 1 / (1 - y * np.cos(ans)),
    lambda ans, y: np.sin(ans) / (1 - y * np.cos(ans)),
)


# --- A general function: a scalar that depends on a whole vector ------------------------------


def present_value(payments, rate):
    """Return what payments at the times 0, 1, 2, ... are worth today."""
    return np.sum(payments * (1 + rate) ** -_times(payments), axis=-1)


def _times(payments):
    """Return the times of the payments: 0.0, 1.0, 2.0, ..."""
    return np.arange(float(np.shape(payments)[-1]))


@rules.elementary
def internal_rate(payments):
    """Return the rate of interest at which the payments are worth nothing today.

    The scalar equation ``present_value(payments, rate) = 0``, solved by Newton's method.
    """
    times = _times(payments)
    rate = 0.1
    for _ in range(50):
        slope = np.sum(-times * payments * (1 + rate) ** (-times - 1))
        step = present_value(payments, rate) / slope
        rate = rate - step
        if abs(step) <= 1e-12:
            break
    return rate


# The plain function, which adkit differentiates step by step. It is here for comparison.
through_the_steps = internal_rate.__wrapped__


def push_internal_rate(t, ans, payments):
    """Move the rate when the payments move along ``t``: the implicit function theorem.

    The present value stays zero while payments and rate move, so
    ``present_value(t, ans) + slope * d(rate) = 0``, where slope is d(present value)/d(rate).
    """
    times = _times(payments)
    slope = np.sum(-times * payments * (1 + ans) ** (-times - 1))
    return -present_value(t, ans) / slope


# push is linear in t, so adkit transposes it for reverse mode. One call of it may carry several
# directions, stacked along leading axes of t: hence the sum over the last axis above.
rules.general(internal_rate, push=push_internal_rate)


def main():
    """Differentiate the three functions in both modes."""
    x = np.array([0.5, 1.0, 1.5])
    print("erf: slope and curvature")
    print("   ", ad.grad(lambda x: np.sum(erf(x)))(x).round(6))
    print("   ", ad.hessian(lambda x: np.sum(erf(x)))(x).diagonal().round(6))

    print("Kepler's equation: how the angle answers to time and to the shape of the orbit")
    mean = np.linspace(0.5, 2.5, 3)
    for eccentricity in (0.1, 0.6):
        by_time, by_shape = ad.grad(lambda m, e: np.sum(kepler(m, e)), (0, 1))(mean, eccentricity)
        print(f"    e = {eccentricity}: {by_time.round(4)} and {by_shape:.4f}")

    payments = np.array([-1000.0, 300.0, 400.0, 500.0])
    print(f"internal rate of {payments}: {internal_rate(payments):.2%}; per unit of payment")
    for mode in ("forward", "reverse"):
        print(f"    {mode}:", ad.jacobian(internal_rate, mode=mode)(payments).round(7))

    print("the same with and without the rule")
    for how, rate in {"rule": internal_rate, "steps of Newton": through_the_steps}.items():
        with ad.count_sweeps() as ledger:
            slopes = ad.grad(rate)(payments)
        print(f"    by the {how}: {slopes.round(7)}, operations recorded: {ledger.operations}")


if __name__ == "__main__":
    main()
