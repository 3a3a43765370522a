"""A record with made-up times, for tests of reports and plots."""


def estimate(median, spread=0.02):
    low, high = median * (1 - spread), median * (1 + spread)
    return {"median": median, "low": low, "high": high, "samples": [low, median, high]}


def mode_times(seconds, function, bound):
    line = {"intercept": estimate(2.0), "slope": estimate(0.25), "points": {"1": estimate(2.25)}}
    return {
        "seconds": estimate(seconds),
        "ratio": estimate(seconds / function),
        "bound": bound,
        "cost": line,
    }


def case(name, n, m, forward, reverse, chosen="forward", faster=None, first_call=True):
    """Return a case whose function takes 10 us, with these seconds for each mode."""
    best = min(forward, reverse)
    fresh = {"import_adkit": 0.03, "first": 0.002, "warm": 0.001}
    counts = {"sweeps": 1, "primal": 1, "operations": 12}
    return {
        "name": name,
        "n": n,
        "m": m,
        "description": "made up",
        "source": "made up",
        "counts": {
            "forward": {**counts, "directions": n, "bytes": 0},
            "reverse": {**counts, "directions": m, "bytes": 4096},
        },
        "times": {
            "function": estimate(1e-5),
            "forward": mode_times(forward, 1e-5, 1.0 + 1.5 * n),
            "reverse": mode_times(reverse, 1e-5, 1.5 + 2.5 * m),
        },
        "choice": {
            "chosen": chosen,
            "reason": "fewer directions | less time",
            "faster": faster or ("forward" if forward < reverse else "reverse"),
            "regret": {"forward": forward, "reverse": reverse}[chosen] / best,
        },
        "peak_bytes": {"forward": 1_500_000, "reverse": 250_000},
        "first_call": {mode: fresh for mode in ("forward", "reverse", "auto")}
        if first_call
        else None,
    }


def grid(sizes=(1, 8, 64)):
    """Return cells in which the faster mode is the one with fewer directions."""
    cells = []
    for n in sizes:
        for m in sizes:
            forward, reverse = 1e-5 * (2 + n), 1e-5 * (2 + m)
            chosen = "forward" if n <= m else "reverse"
            faster = "tie" if n == m else chosen
            cells.append(case(f"grid-{n}x{m}", n, m, forward, reverse, chosen, faster, False))
    return cells


def record(cases, left_out=None):
    """Return a whole record of `cases`."""
    return {
        "schema": {"name": "adkit-benchmarks", "version": 1},
        "settings": {"repeat": 3},
        "environment": {
            "python": "3.11.0",
            "system": "Linux",
            "processor": "x86_64",
            "blas_threads": 1,
            "clock": "process_time",
            "versions": {"adkit": "0.1.0", "numpy": "2.0.0"},
        },
        "cases": cases,
        "left_out": left_out or {},
    }
