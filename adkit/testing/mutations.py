"""Ways in which rules are wrong, as changes of a rule.

Each is a mistake that somebody made in some library. A change takes what the right rule
returns and the arguments that it got, and returns something wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adkit.common.tracer import Tracer
from adkit.common.values import value

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
    """

    name: str
    change: Callable[[Any, dict[str, Any]], Any]
    kinds: tuple[str, ...] = ALL


MUTATIONS: list[Mutation] = []


def mutation(*kinds: str) -> Callable[[Any], Any]:
    """Add a change to the table, by its name."""

    def add(change: Any) -> Any:
        name = change.__name__.strip("_").replace("_", " ")
        MUTATIONS.append(Mutation(name, change, kinds or ALL))
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


@mutation()
def _single_precision(r: Any, given: Any) -> Any:
    dtype = np.asarray(value(r)).dtype
    narrow = np.complex64 if dtype.kind == "c" else np.float32
    return r.astype(narrow).astype(dtype) if isinstance(r, (np.ndarray, np.generic, Tracer)) else r


@mutation()
def _detached(r: Any, given: Any) -> Any:
    return value(r)


@mutation()
def _conjugated(r: Any, given: Any) -> Any:
    return np.conjugate(r)


@mutation(*MAPS)
def _last_axis_shifted(r: Any, given: Any) -> Any:
    return np.roll(r, 1, -1) if np.ndim(r) else r


@mutation(*MAPS)
def _transposed(r: Any, given: Any) -> Any:
    square = np.ndim(r) > 1 and np.shape(r)[-1] == np.shape(r)[-2]
    return np.swapaxes(r, -1, -2) if square else r


@mutation(*MAPS)
def _extra_axis(r: Any, given: Any) -> Any:
    return np.stack([r, r])


# ---------------------------------------------------------------- wrong at some numbers


@mutation(PARTIAL)
def _zero_at_zero(r: Any, given: Any) -> Any:
    return np.where(given["x"] == 0, 0, r) if "x" in given else r


@mutation(PARTIAL)
def _wrong_at_one(r: Any, given: Any) -> Any:
    return np.where(given["x"] == 1, 1.5 * r + 1, r) if "x" in given else r


@mutation(PARTIAL)
def _nan_at_zero(r: Any, given: Any) -> Any:
    return np.where(given["x"] == 0, np.nan, r) if "x" in given else r


@mutation(PARTIAL)
def _wrong_far_out(r: Any, given: Any) -> Any:
    return np.where(np.abs(given["x"]) > 5, 0.9 * r, r) if "x" in given else r


@mutation(PARTIAL)
def _wrong_near_zero(r: Any, given: Any) -> Any:
    return np.where(np.abs(given["x"]) < 0.1, 1.1 * r, r) if "x" in given else r


@mutation(PARTIAL)
def _arguments_swapped(r: Any, given: Any) -> Any:
    return given["swapped"]() if "swapped" in given else r


@mutation()
def _crash_at_size_zero(r: Any, given: Any) -> Any:
    return r + 0 * np.max(np.abs(np.real(r)))


# ---------------------------------------------------------------- wrong by the seed


@mutation(*MAPS)
def _clipped(r: Any, given: Any) -> Any:
    return r * np.minimum(1, 50 / (1e-30 + np.abs(np.real(r))))


@mutation(*MAPS)
def _answers_a_zero_seed(r: Any, given: Any) -> Any:
    return r + 1e-30


@mutation(*MAPS)
def _stale_buffer(r: Any, given: Any) -> Any:
    memory = given["memory"]
    before = memory.get("result")
    memory["result"] = np.array(value(r))
    return before if before is not None and before.shape == np.shape(r) else r


@mutation(*MAPS)
def _seed_overwritten(r: Any, given: Any) -> Any:
    seed = given["seed"]
    if type(seed) is np.ndarray and seed.size:
        r = np.array(r)
        seed.flags.writeable = True
        seed *= 0.5
    return r


@mutation(PULL)
def _assigned_for_accumulated(r: Any, given: Any) -> Any:
    """Let the last contribution to each element win, where the rule adds them."""
    seed, rule = given["seed"], given["rule"]
    if type(seed) is not np.ndarray or not 1 < seed.size <= 64 or isinstance(r, Tracer):
        return r
    total = np.zeros_like(r)
    for k in range(seed.size):
        part = np.zeros_like(seed).reshape(-1)
        part[k] = seed.reshape(-1)[k]
        contribution = rule(part.reshape(seed.shape))
        total = np.where(contribution != 0, contribution, total)
    return total


@mutation(PUSH)
def _first_direction_for_all(r: Any, given: Any) -> Any:
    lead = given["lead"]
    return np.broadcast_to(r[:1], np.shape(r)) + 0 * r if lead and len(r) > 1 else r
