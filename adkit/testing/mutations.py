"""Ways in which rules are wrong, as changes of a rule.

Each is a mistake that somebody made in some library. A change takes what the right rule
returns and the arguments that it got, and returns something wrong; or `NotImplemented`, where
the mistake cannot be made: a vector is not transposed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adkit.common.tracer import Tracer
from adkit.common.values import value
from adkit.testing.draws import flat

__all__ = ["MUTATIONS", "Mutation"]

#: What a rule maps: a partial scales a seed, a push maps tangents, a pull cotangents, and a
#: body is a definition.
PARTIAL, PUSH, PULL, BODY = "partial", "push", "pull", "body"
MAPS = (PUSH, PULL)
ALL = (PARTIAL, PUSH, PULL, BODY)


@dataclass(frozen=True)
class Mutation:
    """A way in which a rule is wrong.

    Attributes
    ----------
    name : str
    change : callable
        ``change(result, arguments)``: the wrong result. `arguments` are those of the rule
        by name: ``x``, ``y``, ``z`` of a partial; ``seed`` of a push or pull.
    kinds : tuple of str
        Of which rules it is a mistake.
    needs : tuple of str
        Parameters that a rule must have.
    of_numbers : bool
        Whether it is a mistake of a partial that is a plain number, such as that of ``add``.
    of_reals : bool
        Whether it is a mistake of an operation that takes real numbers only.
    harmless : str
        Why a rule may stay right with it.
    """

    name: str
    change: Callable[[Any, dict[str, Any]], Any]
    kinds: tuple[str, ...] = ALL
    needs: tuple[str, ...] = ()
    of_numbers: bool = True
    of_reals: bool = True
    harmless: str = "its results are zero"


MUTATIONS: list[Mutation] = []


def mutation(*kinds: str, **options: Any) -> Callable[[Any], Any]:
    """Add a change to the table, by its name."""

    def add(change: Any) -> Any:
        name = change.__name__.strip("_").replace("_", " ")
        MUTATIONS.append(Mutation(name, change, kinds or ALL, **options))
        return change

    return add


# ---------------------------------------------------------------- wrong everywhere


@mutation()
def _sign(r: Any, given: Any) -> Any:
    return -r


@mutation()
def _factor_two(r: Any, given: Any) -> Any:
    return 2 * r


@mutation()
def _missing_term(r: Any, given: Any) -> Any:
    return 0 * r


@mutation()
def _seventh_digit(r: Any, given: Any) -> Any:
    return r * (1 + 1e-6 if np.asarray(value(r)).dtype.itemsize < 8 else 1 + 1e-7)


@mutation(PULL)
def _ninth_digit_of_pull(r: Any, given: Any) -> Any:
    return r * (1 + 1e-9)


@mutation(of_numbers=False)
def _single_precision(r: Any, given: Any) -> Any:
    plain = np.asarray(value(r))
    if np.array_equal(plain, np.round(plain)):
        return NotImplemented  # whole numbers have no digits to lose
    narrow = np.complex64 if plain.dtype.kind == "c" else np.float32
    return NotImplemented if plain.dtype == narrow else r.astype(narrow).astype(plain.dtype)


@mutation(of_numbers=False)
def _detached(r: Any, given: Any) -> Any:
    return value(r) if isinstance(r, Tracer) else NotImplemented


@mutation(of_numbers=False, of_reals=False, harmless="its complex results are real")
def _conjugated(r: Any, given: Any) -> Any:
    return np.conjugate(r) if r.dtype.kind == "c" else NotImplemented


@mutation(of_numbers=False, of_reals=False, harmless="its complex results are real")
def _imaginary_part_dropped(r: Any, given: Any) -> Any:
    return np.real(r).astype(r.dtype) if r.dtype.kind == "c" else NotImplemented


@mutation(*MAPS, harmless="its results are the same along the last axis")
def _last_axis_shifted(r: Any, given: Any) -> Any:
    return np.roll(r, 1, -1) if np.ndim(r) and np.shape(r)[-1] > 1 else NotImplemented


@mutation(*MAPS, harmless="its matrices are symmetric")
def _transposed(r: Any, given: Any) -> Any:
    square = np.ndim(r) > 1 and np.shape(r)[-1] == np.shape(r)[-2] > 1
    return np.swapaxes(r, -1, -2) if square else NotImplemented


@mutation(*MAPS)
def _extra_axis(r: Any, given: Any) -> Any:
    return np.stack([r, r])


# ---------------------------------------------------------------- wrong at some numbers


def _where(place: Any, wrong: Any, r: Any) -> Any:
    """Return a result that is wrong in some places."""
    return np.where(place, wrong, r) if np.any(value(place)) else NotImplemented


@mutation(PARTIAL, needs=("x",), harmless="it is 0 at 0")
def _zero_at_zero(r: Any, given: Any) -> Any:
    return _where(given["x"] == 0, 0, r)


@mutation(PARTIAL, needs=("x",))
def _wrong_at_one(r: Any, given: Any) -> Any:
    return _where(given["x"] == 1, 1.5 * r + 1, r)


@mutation(PARTIAL, needs=("x",))
def _nan_at_zero(r: Any, given: Any) -> Any:
    return _where(given["x"] == 0, np.nan, r)


@mutation(PARTIAL, needs=("x",), harmless="it is 0 there")
def _wrong_far_out(r: Any, given: Any) -> Any:
    return _where(np.abs(given["x"]) > 5, 0.9 * r, r)


@mutation(PARTIAL, needs=("x",), harmless="it is 0 there")
def _wrong_near_zero(r: Any, given: Any) -> Any:
    return _where(np.abs(given["x"]) < 0.1, 1.1 * r, r)


@mutation(PARTIAL, needs=("x", "y"), harmless="it is the same with both swapped")
def _arguments_swapped(r: Any, given: Any) -> Any:
    return given["swapped"]()


@mutation()
def _crash_at_size_zero(r: Any, given: Any) -> Any:
    return r + 0 * np.max(np.abs(np.real(r))) if np.size(value(r)) == 0 else NotImplemented


# ---------------------------------------------------------------- wrong by the seed


@mutation(*MAPS)
def _clipped(r: Any, given: Any) -> Any:
    large = np.any(np.abs(np.real(value(r))) > 50)
    return r * np.minimum(1, 50 / (1e-30 + np.abs(np.real(r)))) if large else NotImplemented


@mutation(*MAPS, harmless="no element of its results is zero")
def _answers_a_zero_seed(r: Any, given: Any) -> Any:
    return r + 1e-30


@mutation(*MAPS, harmless="its results are always the same")
def _stale_buffer(r: Any, given: Any) -> Any:
    memory = given["memory"]
    before = memory.get("result")
    memory["result"] = np.array(value(r))
    return before if before is not None and before.shape == np.shape(r) else NotImplemented


@mutation(*MAPS, harmless="its seeds are zero")
def _seed_overwritten(r: Any, given: Any) -> Any:
    seeds = [s for s in flat(given["seed"]) if type(s) is np.ndarray and s.size]
    if not seeds:
        return NotImplemented
    r = np.array(r)
    for seed in seeds:
        seed.flags.writeable = True
        seed *= 0.5
    return r


@mutation(PULL)
def _mean_for_sum(r: Any, given: Any) -> Any:
    """Average where contributions are summed, as if shapes had been equal."""
    many, few = (np.size(value(x)) for x in (given["seed"], r))
    several = not isinstance(given["seed"], (tuple, list)) and 0 < few < many
    return r * (few / many) if several else NotImplemented


@mutation(PULL)
def _assigned_for_accumulated(r: Any, given: Any) -> Any:
    """Let the last contribution to each element win, where the rule adds them."""
    seed, rule = given["seed"], given["rule"]
    if type(seed) is not np.ndarray or not 1 < seed.size <= 64 or isinstance(r, Tracer):
        return NotImplemented
    total, count = np.zeros_like(r), np.zeros(np.shape(r), int)
    for k in range(seed.size):
        part = np.zeros_like(seed).reshape(-1)
        part[k] = seed.reshape(-1)[k]
        contribution = rule(part.reshape(seed.shape))
        count += contribution != 0
        total = np.where(contribution != 0, contribution, total)
    return total if np.any(count > 1) else NotImplemented


@mutation(PUSH, harmless="all its directions are alike")
def _first_direction_for_all(r: Any, given: Any) -> Any:
    several = given["lead"] and len(r) > 1
    return np.broadcast_to(r[:1], np.shape(r)) + 0 * r if several else NotImplemented
