"""One adapter per library: what prepares the evaluation of a sparse matrix, and evaluates it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

import numpy as np

from benchmarks import environment
from benchmarks.programs.peers import Jax
from benchmarks.sparse.casadi_arrays import Namespace, Symbols
from benchmarks.sparse.problem import Problem

#: What two results may differ by, relative to the largest entry.
EXACT, ROUGH = 1e-10, 1e-4


class Ready(NamedTuple):
    """An evaluation that is prepared: from a point to the library's own matrix.

    ``phases`` are the seconds of the preparation by what was done; ``dense`` those that a dense
    matrix is estimated to take; ``find`` finds the pattern and nothing else.
    """

    run: Callable[[Any], Any]
    directions: str
    phases: dict[str, float]
    dense: float | None = None
    find: Callable[[], Any] | None = None


class Phases(dict[str, float]):
    """Seconds by what was done."""

    @contextmanager
    def of(self, name: str) -> Any:
        """Take the time of a block."""
        clock = environment.clock()
        start = clock()
        yield
        self[name] = clock() - start


class Peer:
    """A library that computes sparse derivatives."""

    name: ClassVar[str]
    module: ClassVar[str]
    given: ClassVar[bool] = False
    tolerance: ClassVar[float] = EXACT

    def takes(self, problem: Problem) -> bool:
        """Return whether the library has what is asked for."""
        return True

    def prepare(self, problem: Problem, pattern: Any) -> Ready:
        """Find the pattern, unless it is given, and everything up to the first evaluation."""
        raise NotImplementedError

    def plain(self, problem: Problem, result: Any) -> Any:
        """Return a result as SciPy's sparse array."""
        return result


class Asdex(Peer):
    """asdex on JAX, compiled."""

    name, module = "asdex", "asdex"

    def prepare(self, problem: Problem, pattern: Any) -> Ready:
        """Detect, colour, and compile by a first evaluation."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no word about slow compilations
        numpy = Jax().namespace()
        jax, asdex = importlib.import_module("jax"), importlib.import_module("asdex")
        warnings.simplefilter("ignore", asdex.DenseColoringWarning)
        f, op, phases = problem.text(numpy), problem.op, Phases()
        with phases.of("pattern"):
            found = self._pattern(asdex, f, problem, pattern)
        with phases.of("colours"):
            coloured = getattr(asdex, f"{op}_coloring_from_sparsity")(found)
        evaluate = jax.jit(getattr(asdex, f"{op}_from_coloring")(f, coloured))
        with phases.of("compiling"):
            compiled = evaluate.lower(numpy.asarray(problem.x)).compile()
        kind = "rev" if coloured.mode == "rev" else "fwd"
        return Ready(
            lambda x: jax.block_until_ready(compiled(x)),
            f"{coloured.num_colors} {kind}",
            phases,
            find=None if self.given else lambda: self._pattern(asdex, f, problem, pattern),
        )

    def _pattern(self, asdex: Any, f: Any, problem: Problem, pattern: Any) -> Any:
        return getattr(asdex, f"{problem.op}_sparsity")(f, problem.x)

    def plain(self, problem: Problem, result: Any) -> Any:
        """Return rows, columns and values as a matrix."""
        from scipy.sparse import csr_array

        places = np.asarray(result.indices).T
        return csr_array((np.asarray(result.data), tuple(places)), shape=result.shape)


class AsdexGiven(Asdex):
    """The same with the pattern given."""

    name = "asdex, given"
    given = True

    def _pattern(self, asdex: Any, f: Any, problem: Problem, pattern: Any) -> Any:
        entries = pattern.tocoo()
        return asdex.SparsityPattern.from_coo(*entries.coords, pattern.shape)


class CasADi(Peer):
    """CasADi's expanded graphs, called with buffers."""

    name, module = "CasADi", "casadi"

    def prepare(self, problem: Problem, pattern: Any) -> Ready:
        """Build the function, its derivative, and what evaluates that."""
        casadi = importlib.import_module("casadi")
        size, phases = len(problem.x), Phases()
        with phases.of("function"):
            x = casadi.SX.sym("x", size)
            out = problem.text(Namespace())(Symbols(x, (size,))).column
        with phases.of("derivative"):
            make = casadi.jacobian if problem.op == "jacobian" else _hessian
            built = casadi.Function("built", [x], [make(out, x)])
        entries = np.empty(built.nnz_out(0))
        buffer, call = built.buffer()
        buffer.set_res(0, memoryview(entries))

        def run(at: Any) -> Any:
            buffer.set_arg(0, memoryview(at))
            call()
            return entries

        self.sparsity = built.sparsity_out(0)
        slope = out if problem.op == "jacobian" else casadi.gradient(out, x)
        return Ready(run, "", phases, find=lambda: casadi.jacobian_sparsity(slope, x))

    def plain(self, problem: Problem, result: Any) -> Any:
        """Return entries by columns as a matrix."""
        from scipy.sparse import csc_array

        found = self.sparsity
        shape = (found.size1(), found.size2())
        return csc_array((result.copy(), found.row(), found.colind()), shape=shape).tocsr()


def _hessian(out: Any, x: Any) -> Any:
    return importlib.import_module("casadi").hessian(out, x)[0]


class Differences(Peer):
    """SciPy's grouped finite differences: the pattern must be given."""

    name, module = "SciPy differences", "scipy"
    given = True
    tolerance = ROUGH

    def takes(self, problem: Problem) -> bool:
        """Return whether it is a Jacobian."""
        return problem.op == "jacobian"

    def prepare(self, problem: Problem, pattern: Any) -> Ready:
        """Group the columns."""
        module = importlib.import_module("scipy.optimize._numdiff")
        f, phases = problem.f, Phases()
        with phases.of("colours"):
            groups = module.group_columns(pattern, 0)
        count = int(groups.max(initial=-1)) + 1

        def run(x: Any) -> Any:
            return module.approx_derivative(f, x, method="2-point", sparsity=(pattern, groups))

        return Ready(run, f"{count} fwd", phases)


PEERS: tuple[type[Peer], ...] = (Asdex, AsdexGiven, CasADi, Differences)


def installed(alone: bool) -> tuple[list[Peer], dict[str, str]]:
    """Return the peers to measure, and why each of the others is left out."""
    if alone:
        return [], {}
    there = {peer: importlib.util.find_spec(peer.module) is not None for peer in PEERS}
    missing = "not installed: pip install 'adkit-autodiff[bench-peers]'"
    return (
        [peer() for peer, found in there.items() if found],
        {peer.name: missing for peer, found in there.items() if not found},
    )
