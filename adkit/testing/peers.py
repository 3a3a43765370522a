"""Other libraries' checkers on the same wrong rules: torch's gradcheck, JAX's check_grads.

A peer is given the operation as a function of its own, whose derivative in reverse mode is
what the mutant's rule gives; its checker sees nothing else. It gets three calls in double
precision, as many as its own users and tests give it.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import adkit as ad
from adkit.common.registry import Operation
from adkit.testing.choices import Choices
from adkit.testing.sampling import Call, draw_call

__all__ = ["Checker", "accepts", "double_calls", "installed"]

Checker = Callable[[Call], bool]
#: How many calls a checker is given, and of how many drawn ones these are taken.
CALLS, TRIED = 3, 200


def double_calls(operation: Operation, seed: int) -> list[Call]:
    """Return calls of an operation with one real double result; none if it has no such calls."""
    rng = np.random.default_rng(seed)
    found: list[Call] = []
    for _ in range(TRIED):
        call = draw_call(Choices(rng), operation)
        arrays = [np.asarray(x) for x in call.primals]
        if all(x.dtype == float and x.size for x in arrays) and arrays:
            value = call.function(*call.primals)
            if not isinstance(value, tuple) and np.asarray(value).dtype == float:
                found.append(call)
        if len(found) == CALLS:
            break
    return found


def by_torch(call: Call) -> bool:
    """Return whether torch's gradcheck accepts the rules of a call."""
    torch: Any = importlib.import_module("torch")

    class Function(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, *x: Any) -> Any:
            ctx.save_for_backward(*x)
            return torch.tensor(np.array(call.function(*[_plain(y) for y in x])))

        @staticmethod
        def backward(ctx: Any, ct: Any) -> Any:
            x = [_plain(y) for y in ctx.saved_tensors]
            pulled = ad.vjp(call.function, *x)[1](np.array(ct.numpy())[()])
            return tuple(torch.tensor(np.array(g)) for g in pulled)

    x = [torch.tensor(np.array(p, order="C"), requires_grad=True) for p in call.primals]
    return bool(torch.autograd.gradcheck(Function.apply, x, raise_exception=False))


def _plain(tensor: Any) -> Any:
    return tensor.detach().numpy().copy()[()]


def by_jax(call: Call) -> bool:
    """Return whether JAX's check_grads accepts the rules of a call."""
    jax: Any = importlib.import_module("jax")
    testing: Any = importlib.import_module("jax.test_util")
    jax.config.update("jax_enable_x64", True)
    result = jax.ShapeDtypeStruct(np.shape(call.function(*call.primals)), float)

    def evaluated(*x: Any) -> Any:
        return np.asarray(call.function(*[np.array(y)[()] for y in x]))

    def pulled(ct: Any, *x: Any) -> Any:
        pull = ad.vjp(call.function, *[np.array(y)[()] for y in x])[1]
        return tuple(np.asarray(g) for g in pull(np.array(ct)[()]))

    def backward(x: Any, ct: Any) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(np.shape(y), float) for y in x)
        return jax.pure_callback(pulled, shapes, ct, *x)

    f = jax.custom_vjp(lambda *x: jax.pure_callback(evaluated, result, *x))
    f.defvjp(lambda *x: (f(*x), x), backward)
    try:
        testing.check_grads(f, tuple(map(np.array, call.primals)), order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


CHECKERS: dict[str, Checker] = {"torch": by_torch, "jax": by_jax}


def installed() -> dict[str, Checker]:
    """Return the checkers whose library is installed."""
    found = {}
    for name, checker in CHECKERS.items():
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        found[name] = checker
    return found


def accepts(checker: Checker, calls: list[Call]) -> bool:
    """Return whether a checker accepts all calls; a rule that raises is noticed."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return all(checker(call) for call in calls)
        except Exception:
            return False
