"""One adapter per library: from its text of a program to a thunk of value and derivative."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from benchmarks.programs.problem import Function, Problem

Thunk = Callable[[], tuple[Any, Any]]

#: Differences disagree with derivatives by about the root of the machine precision.
EXACT, ROUGH = 1e-9, 1e-3


class Peer:
    """A library that differentiates.

    Thunks return ``(value, derivative)`` in the library's own arrays; the value may be None.
    """

    name: ClassVar[str]
    module: ClassVar[str]
    tolerance: ClassVar[float] = EXACT

    def namespace(self) -> Any:
        """Return what the text of a program gets for NumPy."""
        return importlib.import_module(self.module)

    def thunk(self, problem: Problem) -> Thunk:
        """Return what differentiates the problem."""
        f = problem.texts[self.name](self.namespace())
        return getattr(self, problem.kind)(f, problem)

    def plain(self, derivative: Any) -> list[np.ndarray]:
        """Return a derivative as NumPy arrays, one per argument."""
        parts = derivative if isinstance(derivative, (tuple, list)) else [derivative]
        return [np.asarray(part) for part in parts]

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Return a thunk of value and gradient."""
        raise NotImplementedError(f"{self.name} has no gradients here")

    def columns(self, f: Function, problem: Problem) -> Thunk:
        """Return a thunk of a Jacobian with few columns."""
        raise NotImplementedError(f"{self.name} has no Jacobians here")

    def hvp(self, f: Function, problem: Problem) -> Thunk:
        """Return a thunk of a Hessian-vector product."""
        raise NotImplementedError(f"{self.name} has no second derivatives here")


class Autograd(Peer):
    """HIPS autograd; Jacobians one column after the other."""

    name, module = "autograd", "autograd"

    def namespace(self) -> Any:
        """Return autograd's copy of NumPy."""
        return importlib.import_module("autograd.numpy")

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Call ``value_and_grad``."""
        autograd = importlib.import_module("autograd")
        run = autograd.value_and_grad(f, problem.argnums)
        return lambda: run(*problem.args)

    def columns(self, f: Function, problem: Problem) -> Thunk:
        """Call ``make_jvp`` for each unit vector."""
        autograd = importlib.import_module("autograd")
        x, *rest = problem.args

        def run() -> tuple[Any, Any]:
            push = autograd.make_jvp(lambda s: f(s, *rest))(x)
            pairs = [push(unit) for unit in np.eye(len(x))]
            return pairs[0][0], np.stack([tangent for _, tangent in pairs], axis=-1)

        return run

    def hvp(self, f: Function, problem: Problem) -> Thunk:
        """Call ``make_hvp``."""
        autograd = importlib.import_module("autograd")
        (x,) = problem.args
        return lambda: (None, autograd.make_hvp(f)(x)[0](problem.direction))


class MyGrad(Peer):
    """MyGrad, with its defaults."""

    name, module = "MyGrad", "mygrad"

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Call ``backward`` on the result."""
        mygrad = importlib.import_module("mygrad")

        def run() -> tuple[Any, Any]:
            args = list(problem.args)
            for i in problem.positions:
                args[i] = mygrad.tensor(args[i])
            out = f(*args)
            out.backward()
            return out.data, [args[i].grad for i in problem.positions]

        return run


class Torch(Peer):
    """PyTorch in eager mode, float64, one thread; Jacobians by ``torch.func.jacfwd``."""

    name, module = "torch", "torch"

    def namespace(self) -> Any:
        """Return torch, with NumPy's names for what it calls otherwise."""
        torch = importlib.import_module("torch")
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float64)
        return SimpleNamespace(**{**vars(torch), "cross": torch.linalg.cross})

    def arguments(self, problem: Problem) -> list[Any]:
        """Return the arguments with tensors for arrays and differentiated numbers."""
        torch = importlib.import_module("torch")
        return [
            torch.tensor(x) if isinstance(x, np.ndarray) or i in problem.positions else x
            for i, x in enumerate(problem.args)
        ]

    def plain(self, derivative: Any) -> list[np.ndarray]:
        """Detach tensors."""
        parts = derivative if isinstance(derivative, (tuple, list)) else [derivative]
        return [part.detach().numpy() for part in parts]

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Call ``torch.autograd.grad``."""
        torch = importlib.import_module("torch")
        args = self.arguments(problem)

        def run() -> tuple[Any, Any]:
            for i in problem.positions:
                args[i] = args[i].detach().requires_grad_()
            out = f(*args)
            return out, torch.autograd.grad(out, [args[i] for i in problem.positions])

        return run

    def columns(self, f: Function, problem: Problem) -> Thunk:
        """Call ``torch.func.jacfwd``, without chunks."""
        torch = importlib.import_module("torch")
        x, *rest = self.arguments(problem)

        def twice(s: Any) -> tuple[Any, Any]:
            out = f(s, *rest)
            return out, out

        def run() -> tuple[Any, Any]:
            jacobian, value = torch.func.jacfwd(twice, has_aux=True)(x)
            return value, jacobian

        return run

    def hvp(self, f: Function, problem: Problem) -> Thunk:
        """Differentiate the gradient times the direction."""
        torch = importlib.import_module("torch")
        (x,), v = self.arguments(problem), torch.tensor(problem.direction)

        def run() -> tuple[Any, Any]:
            leaf = x.detach().requires_grad_()
            out = f(leaf)
            (first,) = torch.autograd.grad(out, leaf, create_graph=True)
            return out, torch.autograd.grad(first, leaf, v)[0]

        return run


class Jax(Peer):
    """JAX on one thread, without jit."""

    name, module = "JAX", "jax"

    def namespace(self) -> Any:
        """Return JAX's copy of NumPy, in double precision."""
        os.environ.setdefault(
            "XLA_FLAGS",
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        )
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        return importlib.import_module("jax.numpy")

    def compiled(self, f: Function) -> Function:
        """Return the function as it is run."""
        return f

    def split(self, f: Function, problem: Problem) -> tuple[Function, list[Any]]:
        """Return the function of the differentiated arguments alone, and these."""
        numpy = self.namespace()
        rest = [numpy.asarray(x) if isinstance(x, np.ndarray) else x for x in problem.args]
        chosen = [numpy.asarray(rest[i]) for i in problem.positions]

        def of_chosen(*given: Any) -> Any:
            args = list(rest)
            for i, x in zip(problem.positions, given, strict=True):
                args[i] = x
            return f(*args)

        return of_chosen, chosen

    def ready(self, f: Function, *args: Any) -> Thunk:
        """Return a thunk that waits for the results."""
        jax = importlib.import_module("jax")
        run = self.compiled(f)
        return lambda: jax.block_until_ready(run(*args))

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Call ``value_and_grad``."""
        jax = importlib.import_module("jax")
        of_chosen, chosen = self.split(f, problem)
        return self.ready(jax.value_and_grad(of_chosen, tuple(range(len(chosen)))), *chosen)

    def columns(self, f: Function, problem: Problem) -> Thunk:
        """Call ``jacfwd``."""
        jax = importlib.import_module("jax")
        of_chosen, chosen = self.split(f, problem)
        return self.ready(lambda x: (None, jax.jacfwd(of_chosen)(x)), *chosen)

    def hvp(self, f: Function, problem: Problem) -> Thunk:
        """Push the direction through the gradient."""
        jax = importlib.import_module("jax")
        of_chosen, chosen = self.split(f, problem)
        v = self.namespace().asarray(problem.direction)
        return self.ready(lambda x: jax.jvp(jax.grad(of_chosen), (x,), (v,)), *chosen)


class JaxJit(Jax):
    """JAX with jit: compiled once, and the same arguments every time."""

    name = "JAX jit"

    def compiled(self, f: Function) -> Function:
        """Compile the function."""
        return importlib.import_module("jax").jit(f)


class CasADi(Peer):
    """CasADi's expanded graphs, built once."""

    name, module = "CasADi", "casadi"

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Build value and gradient."""
        return self._built(f, problem, None)

    def hvp(self, f: Function, problem: Problem) -> Thunk:
        """Build the derivative of the gradient along the direction."""
        return self._built(f, problem, problem.direction)

    def _built(self, f: Function, problem: Problem, direction: Any) -> Thunk:
        casadi = importlib.import_module("casadi")
        args = list(problem.args)
        symbols = [casadi.SX.sym(f"x{i}", np.size(args[i])) for i in problem.positions]
        values = [args[i] for i in problem.positions]
        for i, symbol in zip(problem.positions, symbols, strict=True):
            args[i] = symbol
        out = f(*args)
        derivatives = [casadi.gradient(out, symbol) for symbol in symbols]
        if direction is not None:
            derivatives = [casadi.jtimes(derivatives[0], symbols[0], casadi.DM(direction))]
        built = casadi.Function("built", symbols, [out, *derivatives])

        def run() -> tuple[Any, Any]:
            value, *found = built(*values)
            return value, found

        return run

    def plain(self, derivative: Any) -> list[np.ndarray]:
        """Return columns as vectors, and single numbers as such."""
        parts = [np.asarray(part)[:, 0] for part in derivative]
        return [part if part.size > 1 else part[0] for part in parts]


class Differences(Peer):
    """Forward differences in NumPy, one entry after the other; they need no library."""

    name, module = "differences", "numpy"
    tolerance = ROUGH
    step = 1e-7

    def columns(self, f: Function, problem: Problem) -> Thunk:
        """Shift each entry of the first argument."""
        x, *rest = problem.args

        def run() -> tuple[Any, Any]:
            value = f(x, *rest)
            shifted = (f(x + self.step * unit, *rest) for unit in np.eye(len(x)))
            return value, np.stack([(y - value) / self.step for y in shifted], axis=-1)

        return run

    def gradient(self, f: Function, problem: Problem) -> Thunk:
        """Shift each entry of each argument."""

        def run() -> tuple[Any, Any]:
            value = f(*problem.args)
            return value, [self._along(f, problem.args, i, value) for i in problem.positions]

        return run

    def _along(self, f: Function, args: tuple[Any, ...], position: int, value: Any) -> Any:
        x = args[position]
        if not isinstance(x, np.ndarray):
            shifted = (*args[:position], x + self.step, *args[position + 1 :])
            return (f(*shifted) - value) / self.step
        found = np.empty_like(x)
        for i in np.ndindex(x.shape):
            moved = x.copy()
            moved[i] += self.step
            shifted = (*args[:position], moved, *args[position + 1 :])
            found[i] = (f(*shifted) - value) / self.step
        return found


PEERS: tuple[type[Peer], ...] = (Autograd, MyGrad, Torch, Jax, JaxJit, CasADi, Differences)


def installed(alone: bool) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers to measure, and why each of the others is left out."""
    if alone:
        return [], {}
    there = {peer: importlib.util.find_spec(peer.module) is not None for peer in PEERS}
    return (
        [peer() for peer, found in there.items() if found],
        {peer.name: "not installed" for peer, found in there.items() if not found},
    )
