"""Long arrays: logsumexp of rows, Black-Scholes prices, and a mix of elementary functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

PEERS = ("autograd", "MyGrad", "torch", "JAX jit")
RATE, SIZE = 0.02, 1_000_000


def logsumexp(x):
    """Return the sum over rows of the logarithm of the sum of exponentials."""
    top = np.amax(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) + top[:, 0])


def mix(x):
    """Return a sum of sin, exp, tanh and log."""
    return np.sum(np.sin(x) * np.exp(-0.5 * x) + np.tanh(x) * np.log(x + 2.0))


def black_scholes(spot, strike, time, volatility, normal):
    """Return the sum of the prices of European calls; ``normal`` is the normal distribution."""
    spread = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + (RATE + 0.5 * volatility**2) * time) / spread
    price = spot * normal(d1) - strike * np.exp(-RATE * time) * normal(d1 - spread)
    return np.sum(price)


def logsumexp_by_hand(x):
    """Return value and gradient: the softmax."""
    top = x.max(axis=1, keepdims=True)
    exps = x - top
    np.exp(exps, out=exps)
    sums = exps.sum(axis=1, keepdims=True)
    exps *= 1.0 / sums
    return (np.log(sums) + top).sum(), exps


def mix_by_hand(x):
    """Return value and gradient."""
    sine, decay, tanh, more = np.sin(x), np.exp(-0.5 * x), np.tanh(x), x + 2.0
    log = np.log(more)
    value = np.dot(sine, decay) + np.dot(tanh, log)
    gradient = np.cos(x)
    sine *= 0.5
    gradient -= sine
    gradient *= decay
    np.divide(tanh, more, out=more)
    gradient += more
    tanh *= tanh
    np.subtract(1.0, tanh, out=tanh)
    tanh *= log
    gradient += tanh
    return value, gradient


def black_scholes_by_hand(spot, strike, time, volatility, normal):
    """Return value and gradient: sums of the prices, and the Greeks."""
    root = np.sqrt(time)
    spread = volatility * root
    d1 = np.log(spot / strike)
    d1 += (RATE + 0.5 * volatility * volatility) * time
    d1 /= spread
    inside, other = normal(d1), normal(d1 - spread)
    discount = np.exp(-RATE * time)
    value = np.dot(spot, inside)
    discounted = strike * discount
    value -= np.dot(discounted, other)
    d1 *= d1
    d1 *= -0.5
    vega = np.exp(d1, out=d1)
    vega *= spot
    vega *= (2.0 * np.pi) ** -0.5
    theta = vega * volatility / (2.0 * root)
    discounted *= other
    discounted *= RATE
    theta += discounted
    vega *= root
    other *= discount
    return value, (inside, np.negative(other, out=other), theta, vega)


def autograd_text(numpy: Any) -> Any:
    """Return Black-Scholes with autograd's copy of SciPy."""
    from autograd.scipy.stats import norm

    return _with_normal(numpy, norm.cdf)


def torch_text(torch: Any) -> Any:
    """Return Black-Scholes with torch's normal distribution."""
    return _with_normal(torch, torch.special.ndtr)


def jax_text(numpy: Any) -> Any:
    """Return Black-Scholes with JAX's copy of SciPy."""
    from jax.scipy.special import ndtr

    return _with_normal(numpy, ndtr)


def _with_normal(library: Any, normal: Any) -> Any:
    text = same_text(black_scholes, "")[""](library)
    return lambda spot, strike, time, volatility, _: text(spot, strike, time, volatility, normal)


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name."""
    del data, quick
    size = SIZE
    rng = np.random.default_rng(0)
    if name == "logsumexp":
        side = int(size**0.5)
        return Problem(
            name,
            f"logsumexp of the rows of {side:,} × {side:,}",
            logsumexp,
            (rng.standard_normal((side, side)),),
            logsumexp_by_hand,
            figures=Figures(1.8, "1.3", "3.5"),
            texts=same_text(logsumexp, *PEERS),
        )
    if name == "mix":
        return Problem(
            name,
            f"sin, exp, tanh and log of {size:,} elements",
            mix,
            (rng.uniform(0.1, 2.0, size),),
            mix_by_hand,
            figures=Figures(2.3, "2.0", "2.7"),
            texts=same_text(mix, *PEERS),
        )
    from scipy.special import ndtr

    return Problem(
        name,
        f"Black-Scholes prices of {size:,} calls, four inputs",
        black_scholes,
        (
            rng.uniform(80.0, 120.0, size),
            rng.uniform(80.0, 120.0, size),
            rng.uniform(0.1, 2.0, size),
            rng.uniform(0.1, 0.5, size),
            ndtr,
        ),
        black_scholes_by_hand,
        argnums=(0, 1, 2, 3),
        figures=Figures(1.8, "1.2", "2.1"),
        texts={"autograd": autograd_text, "torch": torch_text, "JAX jit": jax_text},
    )
