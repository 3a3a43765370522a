"""What the gradient of each NumPy function costs: ``python -m benchmarks catalogue``.

For every operation that has a rule, one call on about 100,000 elements: the CPU time of the
function, and of value and derivative in multiples of it, in both modes, beside autograd's and
JAX's (eager) where they are installed and have the function. To reach: at most 3 for elementwise
and linear functions, at most 5 for others that touch every element. A function that is done
sooner than its operands are copied by half returns a view, or little: its derivative writes every
element all the same, so a multiple of it says nothing, and it has no limit.
"""

import argparse
import importlib
import json
import resource
import sys
import warnings

import numpy as np

import adkit as ad
from adkit import rules
from adkit.testing import example_call
from benchmarks.peers.measures import cpu_times
from benchmarks.progress import Progress

SIZE = 100_000
#: Calls of fewer elements measure adkit's own steps, not the function; they are left out.
LEAST = 50_000
LIMITS = {"elementwise": 3.0, "linear": 3.0}
LIMIT = 5.0
MODES = ("reverse", "forward")
ROUNDS = 5
#: How many calls are drawn to find a usual one.
SEEDS = 8
#: Bytes that the process may take: calls that need more are tried with fewer elements.
MEMORY = 8 * 2**30


def named(module, name):
    """Return a peer's function of the same name, None if it has none."""
    try:
        found = importlib.import_module(module)
        for part in name.split(".")[1:]:
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found


def with_peer(call, function):
    """Return the call as a function of its operands that calls a peer's function."""
    operation = call.operation

    def run(*operands):
        everything = list(operation.take(call.args))
        for i, x in zip(call.active, operands, strict=True):
            everything[i] = x
        return function(*operation.put(call.args, everything), **call.kwargs)

    return run


def by_autograd(call):
    """Return what computes value and gradient by autograd, None if it cannot."""
    function = named("autograd.numpy", call.operation.name)
    if function is None:
        return None
    from autograd import make_vjp

    run = with_peer(call, function)
    every = tuple(range(len(call.primals)))

    def thunk():
        pull, y = make_vjp(lambda xs: run(*xs), 0)(tuple(call.primals))
        return pull(np.ones_like(y))

    return thunk if every else None


def by_jax(call):
    """Return what computes value and gradient by JAX, eagerly, None if it cannot."""
    function = named("jax.numpy", call.operation.name)
    if function is None:
        return None
    import jax

    jax.config.update("jax_enable_x64", True)
    run = with_peer(call, function)
    primals = [jax.numpy.asarray(x) for x in call.primals]

    def thunk():
        y, pull = jax.vjp(run, *primals)
        return jax.block_until_ready(pull(jax.numpy.ones_like(y)))

    return thunk


PEERS = {"autograd": by_autograd, "jax": by_jax}


def contestants(call, peers):
    """Return what is timed for one call, by name; ``copy`` copies its operands."""
    primals = call.primals
    tangents = tuple(np.ones_like(x) for x in primals)
    cotangents = ad.vjp(call.function, *primals)[0]
    ones = _ones(cotangents)
    found = {
        "function": lambda: call.function(*primals),
        "copy": lambda: [np.copy(x) for x in primals],
        "reverse": lambda: ad.vjp(call.function, *primals)[1](ones),
        "forward": lambda: ad.jvp(call.function, primals, tangents),
    }
    for name in peers:
        try:
            thunk = PEERS[name](call)
            if thunk is not None:
                thunk()
                found[name] = thunk
        except Exception:
            continue
    return found


def _ones(y):
    return tuple(map(_ones, y)) if isinstance(y, tuple) else np.ones_like(y)


def large_call(operation):
    """Return a call on about 100,000 elements, or with as many results; None if there is none.

    One in which no array has fewer than three elements, if some seed draws such a one: an
    interpolation between less than two points is another function.
    """
    for size in (SIZE, round(SIZE**0.5)):
        found = None
        for seed in range(SEEDS):
            try:
                call = example_call(operation, size=size, seed=seed)
                if call is None:
                    return None
                results = call.function(*call.primals)
            except MemoryError:  # an outer product of large arrays
                break
            results = results if isinstance(results, tuple) else (results,)
            elements = [sum(map(np.size, call.primals)), sum(map(np.size, results))]
            if not LEAST <= max(elements) <= 20 * SIZE:
                continue
            found = found or call
            if all(np.size(x) >= 3 for x in operation.take(call.args) if np.ndim(x)):
                return call
            if operation.operands == 0:
                break
        if found is not None:
            return found
    return None


def measured(operation, peers, rounds=ROUNDS):
    """Return the cost of an operation as data, None if it has no large call."""
    call = large_call(operation)
    if call is None:
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        times = cpu_times(contestants(call, peers), rounds)
    base, copy = times.pop("function"), times.pop("copy")
    ratios = {name: time.over(base) for name, time in times.items()}
    touches = base.median > copy.median / 2
    limit = LIMITS.get(operation.verb, LIMIT) if touches else None
    return {
        "function": operation.name,
        "verb": operation.verb,
        "microseconds": 1e6 * base.median,
        "copy": 1e6 * copy.median,
        "limit": limit,
        "multiples": {name: ratio.median for name, ratio in ratios.items()},
        "reached": not touches or max(ratios[mode].median for mode in MODES) <= limit,
    }


def table(rows):
    """Return costs as text, the dearest first."""
    peers = [p for p in PEERS if any(p in row["multiples"] for row in rows)]
    names = [*MODES, *peers]
    head = "".join(f"{name:>10}" for name in names)
    lines = [f"{'function':44}{'verb':12}{'us':>9}{'limit':>7}{head}"]
    for row in sorted(rows, key=lambda row: -row["multiples"]["reverse"]):
        multiples = "".join(
            f"{row['multiples'][n]:10.2f}" if n in row["multiples"] else " " * 10 for n in names
        )
        limit = "-" if row["limit"] is None else f"{row['limit']:.0f}"
        head = f"{row['function']:44}{row['verb']:12}{row['microseconds']:9.1f}{limit:>7}"
        lines.append(f"{head}{multiples}{'' if row['reached'] else '  above'}")
    above = sum(not row["reached"] for row in rows)
    lines.append(f"{len(rows)} functions on {SIZE} elements; {above} above their limit")
    return "\n".join(lines) + "\n"


def main(arguments=None):
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks catalogue", description=__doc__)
    parser.add_argument("names", nargs="*", help="functions, as numpy.sin; all by default")
    parser.add_argument("--alone", action="store_true", help="without autograd and JAX")
    parser.add_argument("--without", action="append", default=[], choices=PEERS, help="a peer")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    operations = [
        op
        for op in rules.catalogue()
        if op.verb != "constant"
        and (op.name in options.names if options.names else op.name.startswith("numpy."))
    ]
    peers = [p for p in PEERS if named(p, p) is not None and p not in options.without]
    peers = [] if options.alone else peers
    rows = []
    progress = Progress(len(operations))
    for operation in operations:
        progress.step(operation.name)
        try:
            row = measured(operation, peers)
        except MemoryError:
            continue  # np.diag of a large vector
        rows += [row] if row else []
    progress.close()
    sys.stdout.write(json.dumps(rows, indent=1) + "\n" if options.format == "json" else table(rows))
    return 0
