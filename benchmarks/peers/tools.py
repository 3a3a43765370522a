"""One adapter per library.  All have the same methods, each of which returns a *thunk*.

A thunk does the whole job from plain numbers, as a user's program would: it runs the function,
records it where the library records, and differentiates.  Conversions that a library needs once
for its inputs (a torch tensor) happen when the thunk is made, outside the clock.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np

from benchmarks.peers.chains import Chain

Thunk = Callable[[], tuple[Any, Any]]
COUNTED = ("primal", "forward", "reverse", "tangents", "cotangents", "operations")


class Tool:
    """A library that differentiates.

    ``reverse`` and ``forward`` give thunks that return ``(value, derivative)``, ``second`` one
    that returns ``(None, second derivative)``, and ``record`` one that returns whatever keeps
    the recorded evaluation alive.  ``modes`` names those that the library has.
    """

    name: ClassVar[str]
    module: ClassVar[str]
    modes: ClassVar[frozenset[str]] = frozenset({"reverse", "forward", "second", "record"})

    @property
    def imported(self) -> str:
        """Return the module that a program imports to use the library."""
        return self.module

    def version(self) -> str:
        """Return the installed version."""
        return version(self.module)

    def plain(self, result: Any) -> np.ndarray:
        """Return a result of this library as an ndarray."""
        return np.asarray(result)

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Record, then pull the cotangent ``ct`` back."""
        raise NotImplementedError

    def forward(self, chain: Chain, length: int, x: Any, tangent: Any) -> Thunk:
        """Push one tangent forward."""
        raise NotImplementedError

    def second(self, chain: Chain, length: int, x: float) -> Thunk:
        """Take the gradient of the gradient of a scalar function."""
        raise NotImplementedError

    def record(self, chain: Chain, length: int, x: float) -> Callable[[], Any]:
        """Evaluate and record, without a backward pass."""
        raise NotImplementedError


class Adkit(Tool):
    """adkit itself, on plain NumPy; only this adapter counts and does several directions."""

    name, module = "adkit", "adkit"

    def __init__(self) -> None:
        """Import the library."""
        self.ad = importlib.import_module("adkit")

    def version(self) -> str:
        """Return the version of the source, which need not be installed."""
        return str(self.ad.__version__)

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Call ``vjp`` and its pullback."""
        f = chain.build(np, length)

        def run() -> tuple[Any, Any]:
            value, pullback = self.ad.vjp(f, x)
            return value, pullback(ct)[0]

        return run

    def forward(self, chain: Chain, length: int, x: Any, tangent: Any) -> Thunk:
        """Call ``jvp``."""
        f = chain.build(np, length)
        return lambda: self.ad.jvp(f, (x,), (tangent,))

    def second(self, chain: Chain, length: int, x: float) -> Thunk:
        """Nest ``grad`` in ``grad``."""
        f = chain.build(np, length)
        return lambda: (None, self.ad.grad(self.ad.grad(f))(x))

    def record(self, chain: Chain, length: int, x: float) -> Callable[[], Any]:
        """Call ``vjp`` and hold the pullback."""
        f = chain.build(np, length)
        return lambda: self.ad.vjp(f, x)

    def jacobian(self, mode: str, f: Callable[[Any], Any], x: Any, chunk: int) -> Any:
        """Return the Jacobian of ``f`` at ``x``, with ``chunk`` directions in a sweep."""
        driver = self.ad.jacfwd if mode == "forward" else self.ad.jacrev
        return driver(f, chunk=chunk)(x)

    def count(self, thunk: Callable[[], Any]) -> dict[str, int]:
        """Return adkit's own count of what one call of ``thunk`` ran."""
        with self.ad.count_sweeps() as ledger:
            thunk()
        return {name: int(getattr(ledger, name)) for name in COUNTED}


class Autograd(Tool):
    """HIPS autograd, on its own copy of NumPy's namespace."""

    name, module = "autograd", "autograd"

    def __init__(self) -> None:
        """Import the library."""
        self.autograd = importlib.import_module("autograd")
        self.numpy = importlib.import_module("autograd.numpy")

    @property
    def imported(self) -> str:
        """Return the module with autograd's copy of NumPy, which every program needs."""
        return "autograd.numpy"

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Call ``make_vjp`` and its pullback."""
        f = chain.build(self.numpy, length)

        def run() -> tuple[Any, Any]:
            pullback, value = self.autograd.make_vjp(f)(x)
            return value, pullback(ct)

        return run

    def forward(self, chain: Chain, length: int, x: Any, tangent: Any) -> Thunk:
        """Call ``make_jvp``."""
        f = chain.build(self.numpy, length)
        return lambda: self.autograd.make_jvp(f)(x)(tangent)

    def second(self, chain: Chain, length: int, x: float) -> Thunk:
        """Nest ``grad`` in ``grad``."""
        f = chain.build(self.numpy, length)
        return lambda: (None, self.autograd.grad(self.autograd.grad(f))(x))

    def record(self, chain: Chain, length: int, x: float) -> Callable[[], Any]:
        """Call ``make_vjp`` and hold the pullback."""
        f = chain.build(self.numpy, length)
        return lambda: self.autograd.make_vjp(f)(x)


class MyGrad(Tool):
    """MyGrad, with its defaults (memory guarding on)."""

    name, module = "MyGrad", "mygrad"
    modes = frozenset({"reverse", "record"})

    def __init__(self) -> None:
        """Import the library."""
        self.mygrad = importlib.import_module("mygrad")

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Call ``backward`` on the result."""
        f = chain.build(self.mygrad, length)

        def run() -> tuple[Any, Any]:
            leaf = self.mygrad.tensor(x)
            out = f(leaf)
            out.backward(ct)
            return out.data, leaf.grad

        return run

    def record(self, chain: Chain, length: int, x: float) -> Callable[[], Any]:
        """Hold the result, from which the graph hangs."""
        f = chain.build(self.mygrad, length)
        return lambda: f(self.mygrad.tensor(x))


class Torch(Tool):
    """PyTorch in eager mode, float64, one thread.

    Forward mode goes through ``torch.autograd.forward_ad``, which is somewhat faster on these
    chains than ``torch.func.jvp``, its wrapper.  It has no ``record``: its graph is not visible
    to tracemalloc.
    """

    name, module = "torch", "torch"
    modes = frozenset({"reverse", "forward", "second"})

    def __init__(self) -> None:
        """Import the library."""
        self.torch = importlib.import_module("torch")
        self.forward_ad = importlib.import_module("torch.autograd.forward_ad")
        self.torch.set_num_threads(1)

    def tensor(self, x: Any) -> Any:
        """Return ``x`` as a float64 tensor."""
        return self.torch.tensor(x, dtype=self.torch.float64)

    def plain(self, result: Any) -> np.ndarray:
        """Detach a tensor, which may require gradients."""
        return np.asarray(result.detach())

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Call ``torch.autograd.grad``."""
        f, start, cotangent = chain.build(self.torch, length), self.tensor(x), self.tensor(ct)

        def run() -> tuple[Any, Any]:
            leaf = start.detach().requires_grad_()
            out = f(leaf)
            return out, self.torch.autograd.grad(out, leaf, cotangent)[0]

        return run

    def forward(self, chain: Chain, length: int, x: Any, tangent: Any) -> Thunk:
        """Push a dual tensor through the chain."""
        f, start, direction = chain.build(self.torch, length), self.tensor(x), self.tensor(tangent)

        def run() -> tuple[Any, Any]:
            with self.forward_ad.dual_level():
                out = self.forward_ad.unpack_dual(f(self.forward_ad.make_dual(start, direction)))
                return out.primal, out.tangent

        return run

    def second(self, chain: Chain, length: int, x: float) -> Thunk:
        """Differentiate a gradient that was made with ``create_graph``."""
        f, start = chain.build(self.torch, length), self.tensor(x)

        def run() -> tuple[Any, Any]:
            leaf = start.detach().requires_grad_()
            (first,) = self.torch.autograd.grad(f(leaf), leaf, create_graph=True)
            return None, self.torch.autograd.grad(first, leaf)[0]

        return run


class Hand(Tool):
    """Nobody: derivatives written out in NumPy, the floor for every eager library on it."""

    name, module = "hand", "numpy"
    modes = frozenset({"reverse", "forward"})

    def reverse(self, chain: Chain, length: int, x: Any, ct: Any) -> Thunk:
        """Run the chain, keep what its derivative needs, and go back."""
        return lambda: chain.pull(x, ct, length)

    def forward(self, chain: Chain, length: int, x: Any, tangent: Any) -> Thunk:
        """Carry the tangent along."""
        return lambda: chain.push(x, tangent, length)


PEERS: dict[str, type[Tool]] = {tool.name: tool for tool in (Autograd, MyGrad, Torch)}


def load(names: list[str]) -> tuple[list[Tool], dict[str, str]]:
    """Return the named peers that are installed, and why each of the others is skipped."""
    peers: list[Tool] = []
    skipped: dict[str, str] = {}
    for name in names:
        if importlib.util.find_spec(PEERS[name].module) is None:
            skipped[name] = "not installed (extra bench-peers)"
            continue
        try:
            peers.append(PEERS[name]())
        except ImportError as error:
            skipped[name] = f"could not be imported: {error}"
    return peers, skipped
