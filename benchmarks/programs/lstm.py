"""A character model: layers of LSTM cells whose weights are diagonal, and its mean loss.

A layer maps its input x, its hidden state h and its cell c, with four weights and biases, to

    f = s(w_f x + b_f), i = s(w_i h + b_i), o = s(w_o x + b_o), g = tanh(w_g h + b_g),
    c' = f c + i g, h' = o tanh c',

where s is the logistic function; h' goes on to the next layer. The prediction y is an affine
function of the last h'. The loss of a step is minus the mean of gold (y - log(2 + sum exp y)).
Objective and data of the ADBench suite, as described in `benchmarks.programs.gmm`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.programs.problem import Figures, Problem, same_text

LAYERS = {
    "lstm-l2-c1024": (2, Figures(8, "1.4", "36")),
    "lstm-l4-c1024": (4, Figures(10, "2.2", "43")),
}
CHARACTERS, QUICK_CHARACTERS, WIDTH = 1024, 100, 14


# The program --------------------------------------------------------------------------------


def sigmoid(x):
    """Return the logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def cell_step(weight, bias, hidden, cell, x):
    """Return the new hidden state and cell of a layer."""
    forget = sigmoid(x * weight[0] + bias[0])
    ingate = sigmoid(hidden * weight[1] + bias[1])
    outgate = sigmoid(x * weight[2] + bias[2])
    change = np.tanh(hidden * weight[3] + bias[3])
    cell = cell * forget + ingate * change
    return outgate * np.tanh(cell), cell


def loss(main, outer, state, sequence):
    """Return the mean loss over a sequence; `main` is layers × (weight, bias) × 4 × width."""
    hidden = [layer[0] for layer in state]
    cells = [layer[1] for layer in state]
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * outer[0]
        for i in range(len(hidden)):
            hidden[i], cells[i] = cell_step(main[i][0], main[i][1], hidden[i], cells[i], x)
            x = hidden[i]
        y = x * outer[1] + outer[2]
        y = y - np.log(2.0 + np.sum(np.exp(y)))
        total = total + np.sum(sequence[t + 1] * y)
    return -total / ((len(sequence) - 1) * len(sequence[0]))


# By hand ------------------------------------------------------------------------------------


def by_hand(main, outer, state, sequence):
    """Return value and gradient: loops for the recurrences, all else for all steps at once."""
    steps, (layers, _, _, width) = len(sequence) - 1, main.shape
    weight, bias = main[:, 0], main[:, 1]
    half = np.array([0.5, 0.5, 0.5, 1.0])[:, None]  # s(z) = (1 + tanh(z / 2)) / 2
    shift = np.array([0.5, 0.5, 0.5, 0.0])[:, None]
    gates = np.empty((steps, layers, 4, width))
    inputs = np.empty((steps, layers, 4, width))
    cells = np.empty((steps + 1, layers, width))
    squashed = np.empty((steps, layers, width))
    cells[0] = state[:, 1]
    last = np.empty((steps, width))
    hidden = list(state[:, 0].copy())
    rows = range(layers)
    scaled_weight, scaled_bias = weight * half, bias * half
    entering = sequence[:-1] * outer[0]
    for t in range(steps):
        x = entering[t]
        for i in rows:
            given, gate = inputs[t, i], gates[t, i]
            given[0::2] = x
            given[1::2] = hidden[i]
            np.multiply(given, scaled_weight[i], out=gate)
            gate += scaled_bias[i]
            np.tanh(gate, out=gate)
            gate *= half
            gate += shift
            cell = np.multiply(gate[0], cells[t, i], out=cells[t + 1, i])
            cell += gate[1] * gate[3]
            tanh = np.tanh(cell, out=squashed[t, i])
            x = hidden[i] = gate[2] * tanh
        last[t] = x
    gold = sequence[1:]
    y = last * outer[1] + outer[2]
    exps = np.exp(y)
    sums = 2.0 + exps.sum(axis=1, keepdims=True)
    value = (gold * (y - np.log(sums))).sum()
    scale = -1.0 / (steps * width)
    d_y = scale * (gold - gold.sum(axis=1, keepdims=True) * exps / sums)
    d_main, d_entering = _back(main, gates, inputs, cells, squashed, d_y * outer[1])
    d_outer = np.stack([(d_entering * sequence[:-1]).sum(0), (d_y * last).sum(0), d_y.sum(0)])
    return scale * value, (d_main, d_outer)


def _back(main, gates, inputs, cells, squashed, d_last):
    """Return the derivatives in weights and biases and in what enters the first layer."""
    steps, layers = gates.shape[:2]
    weight = main[:, 0]
    forget, ingate, outgate, change = (gates[:, :, j] for j in range(4))
    along_hidden = outgate * (1.0 - squashed * squashed)
    factors = np.empty_like(gates)  # of the cell's derivative; of the hidden one's for `outgate`
    factors[:, :, 0] = cells[:-1] * forget * (1.0 - forget)
    factors[:, :, 1] = change * ingate * (1.0 - ingate)
    factors[:, :, 2] = squashed * outgate * (1.0 - outgate)
    factors[:, :, 3] = ingate * (1.0 - change * change)
    to_input_by_cell = factors[:, :, 0] * weight[:, 0]
    to_input_by_hidden = factors[:, :, 2] * weight[:, 2]
    to_hidden = factors[:, :, 1] * weight[:, 1] + factors[:, :, 3] * weight[:, 3]
    d_cells, d_hiddens = np.empty_like(squashed), np.empty_like(squashed)
    d_entering = np.empty_like(d_last)
    next_hidden = [0.0] * layers
    next_cell = [0.0] * layers
    rows = range(layers - 1, -1, -1)
    for t in range(steps - 1, -1, -1):
        d_x = d_last[t]
        for i in rows:
            d_hidden = np.add(d_x, next_hidden[i], out=d_hiddens[t, i])
            d_cell = np.multiply(d_hidden, along_hidden[t, i], out=d_cells[t, i])
            d_cell += next_cell[i]
            d_x = d_cell * to_input_by_cell[t, i]
            d_x += d_hidden * to_input_by_hidden[t, i]
            next_hidden[i] = d_cell * to_hidden[t, i]
            next_cell[i] = d_cell * forget[t, i]
        d_entering[t] = d_x
    factors[:, :, 2] *= d_hiddens
    factors[:, :, [0, 1, 3]] *= d_cells[:, :, None]
    return np.stack([(factors * inputs).sum(0), factors.sum(0)], axis=1), d_entering


# A peer's own text --------------------------------------------------------------------------


def scanned(numpy: Any) -> Any:
    """Return the program with `jax.lax.scan`: an unrolled loop would compile for minutes."""
    import jax

    from benchmarks.programs import lstm
    from benchmarks.programs.problem import under

    step_of_cell = under(lstm, numpy).cell_step

    def f(main, outer, state, sequence):
        def step(carry, pair):
            now, gold = pair
            x, new = now * outer[0], []
            for i in range(len(main)):
                x, cell = step_of_cell(main[i, 0], main[i, 1], carry[i, 0], carry[i, 1], x)
                new.append(numpy.stack([x, cell]))
            y = x * outer[1] + outer[2]
            y = y - numpy.log(2.0 + numpy.sum(numpy.exp(y)))
            return numpy.stack(new), numpy.sum(gold * y)

        pairs = (sequence[:-1], sequence[1:])
        totals = jax.lax.scan(step, numpy.asarray(state), pairs)[1]
        return -numpy.sum(totals) / ((len(sequence) - 1) * sequence.shape[1])

    return f


# Data ---------------------------------------------------------------------------------------


def generated(layers: int, characters: int, width: int = WIDTH, seed: int = 0) -> tuple[Any, ...]:
    """Return random arguments; the characters are one-hot."""
    rng = np.random.default_rng(seed)
    main, outer = rng.random((layers, 2, 4, width)), rng.random((3, width))
    sequence = np.eye(width)[rng.integers(0, width, characters)]
    return main, outer, rng.random((layers, 2, width)), sequence


def problem(name: str, data: Path | None = None, quick: bool = False) -> Problem:
    """Return the problem of a name, with the suite's data if a folder is given."""
    layers, figures = LAYERS[name]
    characters = QUICK_CHARACTERS if quick else CHARACTERS
    args, source = generated(layers, characters), "generated"
    if data is not None:
        from benchmarks.programs import adbench

        found = adbench.lstm(data, layers, characters)
        if found is not None:
            args, source = found, "the suite's data"
    return Problem(
        name,
        f"{layers} layers of LSTM cells on {characters} characters ({source})",
        loss,
        args,
        by_hand,
        argnums=(0, 1),
        figures=figures,
        texts={**same_text(loss, "autograd", "torch"), "JAX jit": scanned},
    )
