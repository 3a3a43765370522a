"""Mistakes, by name: at least one for every place in adkit that raises an error of its own."""

import io
import math
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.special

import adkit as ad
from adkit import pattern, sparse, testing
from adkit.common import targets
from adkit.common.containers import Structure, flatten
from adkit.scipy import integrate, optimize
from adkit.testing import strategies

CASES = {}

V = np.array([1.0, 2.0, 3.0])
TALL = ad.SparsePlusLowRank(
    sparse.Pattern.full((3, 2)), np.ones(6), np.ones((3, 1)), np.ones((2, 1))
)
REGULAR = ad.SparsePlusLowRank(
    sparse.Pattern.full((3, 3)), np.ones(9), np.ones((3, 1)), np.ones((3, 1))
)
Z = np.array([1.0 + 1.0j, 2.0])


def case(name):
    """Add a mistake to the cases."""

    def add(mistake):
        CASES[name] = mistake
        return mistake

    return add


def gradient(f, x=V):
    return lambda: ad.grad(f)(x)


# ---------------------------------------------------------------- calls


def area(width, height):
    return width * height


async def later(x):
    return x


def nothing(x):
    x * x


class Series:
    """What a pandas object has."""

    dtype = V.dtype

    def to_numpy(self):
        return V


CASES |= {
    "grad of a number": lambda: ad.grad(3.0),
    "jvp of a number": lambda: ad.jvp(3.0, (1.0,), (1.0,)),
    "grad of a coroutine function": lambda: ad.grad(later),
    "traced buffers of a number": lambda: ad.traced_buffers(3.0),
    "a point for argnums": lambda: ad.grad(area, V),
    "argnums out of range": lambda: ad.grad(area, 2)(1.0, 2.0),
    "an argument by name": lambda: ad.grad(area)(width=1.0, height=2.0),
    "argnums twice": lambda: ad.grad(area, (0, -2))(1.0, 2.0),
    "a mode that is none": lambda: ad.jacobian(area, mode="backward"),
    "a chunk of nothing": lambda: ad.jacobian(area, chunk=0),
    "a chunk of text": lambda: ad.jacobian(area, chunk="large"),
    "no repetition": lambda: ad.compare_modes(np.sin, V, repeat=0),
    "no directions": lambda: ad.compare_modes(np.sin, V, directions=(0,)),
    "a primal without a tuple": lambda: ad.jvp(np.sin, V, (V,)),
    "a tangent without a tuple": lambda: ad.hvp(np.sum, (V,), V),
    "a tangent of another structure": lambda: ad.jvp(np.sum, ((1.0, V),), ((1.0, [V]),)),
    "a cotangent of another structure": lambda: ad.vjp(lambda x: {"a": x}, 1.0)[1]({"b": 1.0}),
    "derivative of an array": lambda: ad.derivative(np.sum)(V),
    "taylor: no order": lambda: ad.taylor(np.sin, 1.0, 1.0, 1.5),
    "taylor: an order out of range": lambda: ad.nth_derivative(np.sin, -1),
    "too few leaves": lambda: flatten([1.0, 2.0])[1].unflatten([1.0]),
    "a number as a container": lambda: ad.register_container(3, list, list),
    "floats as containers": lambda: ad.register_container(float, list, list),
    "lists registered again": lambda: ad.register_container(list, list, list),
    "a container of another process": lambda: Structure(type("Interval", (), {})).unflatten([]),
    "nothing to verify": lambda: ad.verify_trace(np.sum, np.array([1, 2])),
}

# ---------------------------------------------------------------- arguments, results, seeds

CASES |= {
    "an integer array": gradient(np.sum, np.array([1, 2])),
    "a bool": lambda: ad.grad(np.sum)(True),
    "an integer in a dict": gradient(lambda p: p["w"], {"w": np.int64(1)}),
    "a masked array": gradient(np.sum, np.ma.masked_array([1.0])),
    "text": gradient(np.sum, "one"),
    "text in a dict": gradient(lambda p: p["w"], {"w": 1.0, "name": "first"}),
    "an array of objects": gradient(np.sum, np.array([1.0], dtype=object)),
    "a column of a table": gradient(np.sum, Series()),
    "nothing returned": gradient(nothing),
    "text returned": gradient(str),
    "text among the results": lambda: ad.jacobian(lambda x: {"y": x, "name": "first"})(V),
    "an array of objects returned": gradient(lambda x: np.array(["first"])),
    "no aux": lambda: ad.grad(np.sum, has_aux=True)(V),
    "a gradient of a tuple": gradient(lambda x: (x[0], x[1])),
    "a gradient of an array": gradient(np.sin),
    "a gradient of an array of one element": gradient(lambda x: x[:1]),
    "a gradient of a complex number": gradient(np.sum, Z),
    "a Jacobian complex in and out": lambda: ad.jacobian(np.square)(Z),
    "a tangent of another dtype": lambda: ad.jvp(np.sin, (V,), (V.astype("f4"),)),
    "a tangent of integers": lambda: ad.jvp(np.sin, (V,), (np.array([1, 0, 0]),)),
    "a tangent of text": lambda: ad.jvp(np.sin, (1.0,), ("one",)),
    "a complex tangent": lambda: ad.jvp(np.sin, (1.0,), (1j,)),
    "a tangent of another shape": lambda: ad.jvp(np.sin, (V,), (np.ones(4),)),
    "a number for a cotangent": lambda: ad.vjp(np.sin, V)[1](1.0),
    "a Dual's tangent of another shape": lambda: ad.Dual(V, np.ones(4)),
    "a Dual's complex tangent": lambda: ad.Dual(1.0, 1j),
}

# ---------------------------------------------------------------- the border

CASES |= {
    "math.sin": gradient(lambda x: math.sin(x[0])),
    "int": gradient(lambda x: int(x[0])),
    "complex": gradient(lambda x: complex(x[0])),
    "range": gradient(lambda x: range(x[0])),
    "np.vectorize": gradient(lambda x: np.vectorize(lambda t: t)(x)),
    "np.asarray": gradient(lambda x: np.asarray(x)),
    "astype object": gradient(lambda x: x.astype(object)),
    "a ufunc in integers": gradient(lambda x: np.add(x, x, dtype=int)),
    "a mask that is traced": gradient(lambda x: np.sum(V, where=x)),
    "a masked operand": gradient(lambda x: x * np.ma.masked_array(V)),
    "objects": gradient(lambda x: x * np.array([1.0, 2.0, 3.0], dtype=object)),
    "pickling": gradient(pickle.dumps),
    "a key": gradient(lambda x: {x: 1}),
    "a view": gradient(lambda x: x.view(int)),
    "a power with a modulus": gradient(lambda x: pow(x, 2, 3)),
    "a traced value kept": lambda: kept_by(ad.grad) + 1.0,
    "copyto": gradient(lambda x: np.copyto(np.zeros(3), x)),
    "out=": gradient(lambda x: np.cumsum(x, out=np.zeros(3))),
    "a write into a scalar": gradient(lambda x: x.sum().__setitem__((), 1.0)),
}


def kept_by(transform):
    kept = []
    transform(lambda x: kept.append(x) or x)(1.0)
    return kept[0]


@case("a buffer that plain code views")
def viewed_buffer():
    @ad.traced_buffers
    def f(x):
        y = np.zeros(3)
        held = y.data
        y[0] = x
        return y.sum() + len(held)

    ad.grad(f)(1.0)


@case("an array that two threads write")
def shared_array():
    def f(x):
        y = np.zeros_like(x)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(y.__setitem__, 0, x[0]).result()
        return y.sum()

    ad.grad(f)(V)


@case("a fork")
def fork():
    """Raise the error that a forked child ended with."""
    script = (
        "import os, pickle, sys, adkit as ad\n"
        "def f(x):\n"
        "    if os.fork() != 0:\n"
        "        os.wait()\n"
        "        os._exit(0)\n"
        "    return x * x\n"
        "try:\n"
        "    ad.grad(f)(3.0)\n"
        "except ad.AdkitError as error:\n"
        "    sys.stdout.buffer.write(pickle.dumps(error))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    raise pickle.loads(ran.stdout)


# ---------------------------------------------------------------- rules


@ad.rules.elementary
def undeclared(x):
    return x


CASES |= {
    "a function without a rule": gradient(undeclared),
    "a ufunc of a Python function": gradient(np.frompyfunc(abs, 1, 1)),
    "a ufunc without a rule": gradient(scipy.special.zetac),
    "a principal value": gradient(lambda x: scipy.special.elliprj(1.0, 2.0, 3.0, -x).sum()),
    "a method of a ufunc without a rule": gradient(np.frompyfunc(divmod, 2, 1).reduce),
    "an option without a rule": gradient(lambda z: np.abs(scipy.special.jve(1, z)).sum(), Z),
    "no partial": lambda: ad.rules.elementwise(undeclared),
    "four operands": lambda: ad.rules.elementwise(undeclared, 1, 1, 1, 1),
    "a parameter of another name": lambda: ad.rules.elementwise(undeclared, lambda u: u),
    "a partial that is text": lambda: ad.rules.elementwise(undeclared, "1"),
    "no push": lambda: ad.rules.general(undeclared, push=None),
    "push for no operand": lambda: ad.rules.general(undeclared, push=(None,)),
    "more pulls than pushes": lambda: ad.rules.general(
        undeclared, push=(np.add,), pull=(np.add, np.add)
    ),
    "series of two operands": lambda: ad.rules.general(
        undeclared, push=(np.add, np.add), series=np.add
    ),
    "no transpose": lambda: ad.rules.linear(undeclared, None),
    "a rule of text": lambda: ad.rules.constant("floor"),
    "sin declared again": lambda: ad.rules.elementwise(np.sin, np.cos),
    "a function that does not dispatch": lambda: ad.rules.constant(area),
}

# ---------------------------------------------------------------- derivatives that do not exist

EYE = np.eye(2)
SWAP = EYE[::-1]
JORDAN = np.array([[1.0, 1.0], [0.0, 1.0]])


def watched(scope, f, *args):
    with scope, np.errstate(all="ignore"):
        ad.grad(f, tuple(range(len(args))))(*args)


CASES |= {
    "eigenvectors of repeated eigenvalues": lambda: ad.jvp(np.linalg.eigh, (EYE,), (SWAP,)),
    "slogdet of a singular matrix": gradient(lambda a: np.linalg.slogdet(a)[1], np.ones((2, 2))),
    "eigvals of a defective matrix": lambda: ad.jvp(np.linalg.eigvals, (JORDAN,), (EYE,)),
    "qr of dependent columns": lambda: ad.jvp(np.linalg.qr, (np.ones((2, 2)),), (EYE,)),
    "reflectors of qr": lambda: ad.jvp(lambda a: np.linalg.qr(a, "raw"), (EYE,), (EYE,)),
    "pinv without full rank": gradient(lambda a: np.linalg.pinv(a).sum(), np.ones((2, 2))),
    "strict: a result of comparisons": lambda: watched(ad.strict(), lambda x: np.mean(x > 1), V),
    "strict: an argument without use": lambda: watched(ad.strict(), lambda x, y: x * x, 1.0, 2.0),
    "strict: a step": lambda: watched(ad.strict(), np.floor, 1.5),
    "strict: an infinite derivative": lambda: watched(ad.strict(), np.sqrt, 0.0),
    "trapped": lambda: watched(ad.trap_nonfinite(), lambda x: np.sqrt(x - 1).sum(), V),
    "trapped: a seed": lambda: np.sum(trapped_seed()),
    "trapped: noise": lambda: watched(ad.trap_nonfinite(), noisy_root(), 1.0),
    "verify: types": lambda: ad.verify_trace(lambda x: 2 * x if type(x) is np.float64 else x, 1.0),
    "verify: noise": lambda: ad.verify_trace(noisy_root(), 1.0),
}


def trapped_seed():
    with ad.trap_nonfinite():
        ad.vjp(np.sin, 1.0)[1](np.inf)


def noisy_root():
    noise = iter([0.0, 1.0, 2.0, 3.0])
    return lambda x: np.sqrt(x * next(noise))


# ---------------------------------------------------------------- engines by hand, memory

CASES |= {
    "a Dual and a Node": lambda: ad.Dual(1.0, 1.0) + ad.Node(1.0),
    "data of a computed Node": lambda: setattr(ad.Node(1.0) * 2, "data", 3.0),
    "backward of a constant": lambda: ad.Node(1.0, requires_grad=False).backward(),
    "backward inside grad": gradient(lambda x: x.sum().backward()),
    "backward of an array": lambda: ad.Node(V).backward(),
    "a Jacobian of many terabytes": lambda: ad.jacrev(np.sin)(np.ones(10**6)),
}

# ---------------------------------------------------------------- checks of derivatives


@ad.rules.elementary
def first(x):
    return x[0]


def declared_first():
    if not any(op.function is first for op in ad.rules.catalogue()):
        ad.rules.composite(first, lambda x: x[0])
    return first


CASES |= {
    "check: a rule that nobody can call": lambda: testing.check_rule(declared_first()),
    "check: no rule": lambda: testing.check_rule(area),
    "check: no such law": lambda: testing.check_rule("sin", only=["gravity"]),
    "check: no such mode": lambda: testing.check_derivatives(area, 1.0, 2.0, modes=["up"]),
    "check: no direction": lambda: testing.check_derivatives(area, 1.0, 2.0, directions=0),
    "check: integers": lambda: testing.check_derivatives(np.cumsum, [1, 2]),
    "check: noise": lambda: testing.check_derivatives(noisy_root(), 1.0),
    "check: its own argument": lambda: testing.check_derivatives(np.ndarray.sort, V[::-1].copy()),
    "check: only integers": lambda: testing.check_derivatives(np.argsort, V),
    "check: noise, and a gradient": lambda: testing.check_gradient(noisy_root(), np.cos, 1.0),
    "check: several results": lambda: testing.check_gradient(np.sin, np.cos, V),
    "replay: another text": lambda: testing.replay("eNpz"),
    "a target without a colon": lambda: targets.target("model"),
    "a target that is not there": lambda: targets.target("numpy:sinus"),
    "a target that is a number": lambda: targets.target("numpy:pi"),
    "a target in no module": lambda: targets.target("no_such_module_at_all:f"),
    "an argument that is no literal": lambda: targets.arguments(["[1., x]"]),
}


# ---------------------------------------------------------------- sparsity patterns

FLAT = sparse.Pattern.full((2, 3))
SQUARE = sparse.Pattern.full((2, 2))
ONE_COLOUR = sparse.Colouring.of("column", np.zeros(2, dtype=int), "given")

CASES |= {
    "pattern: no shape": lambda: sparse.Pattern.from_coordinates([], [], 3),
    "pattern: no compressed rows": lambda: sparse.Pattern((2, 2), [0, 2, 1], [0, 1]),
    "pattern: one index short": lambda: sparse.Pattern.from_coordinates([0, 1], [0], (2, 2)),
    "pattern: outside": lambda: sparse.Pattern.from_coordinates([0], [2], (2, 2)),
    "pattern: no matrix": lambda: sparse.Pattern.from_dense(V),
    "pattern: a mask for indices": lambda: sparse.Pattern.from_coordinates(V > 1, V > 1, (3, 3)),
    "pattern: a product": lambda: FLAT @ FLAT,
    "pattern: a union": lambda: FLAT | SQUARE,
    "pattern: too few values": lambda: FLAT.to_dense(V),
    "colours: no such order": lambda: sparse.colour_columns(FLAT, "random"),
    "colours: not symmetric": lambda: sparse.star_colouring(FLAT),
    "colours: another shape": lambda: sparse.lattice_colouring(FLAT, (2, 2)),
    "colours: one short": lambda: sparse.by_columns(FLAT, [0, 1]),
    "colours: too few": lambda: sparse.by_columns(FLAT, [0, 1, 1]),
    "colours: too few to read": lambda: sparse.without_neutral(SQUARE, ONE_COLOUR),
    "colours: too few to solve": lambda: sparse.by_small_solves(SQUARE, ONE_COLOUR),
    "products: one short": lambda: sparse.by_columns(FLAT, [0, 1, 2]).recover(np.ones((2, 2))),
}


# ---------------------------------------------------------------- SciPy and series

TWO_ROWS = np.eye(2, 3) + 1
DIAGONAL = ([1.0, 2.0], ([0, 1], [0, 1]))

CASES |= {
    "scipy: a function of plain numbers": gradient(scipy.special.logsumexp),
    "scipy: a factor that is not square": gradient(
        lambda x: ad.scipy.linalg.lu_factor(x)[0].sum(), TWO_ROWS
    ),
    "scipy: two sparse arrays": lambda: (
        ad.scipy.sparse.coo_array(DIAGONAL) @ ad.scipy.sparse.coo_array(DIAGONAL)
    ),
    "scipy: a sparse array times an array": lambda: ad.scipy.sparse.coo_array(DIAGONAL) * V,
    "scipy: a factor that is not analytic": gradient(
        lambda z: scipy.special.jve(1, z).real.sum(), Z
    ),
    "series: coefficients in an object": gradient(lambda c: np.polynomial.Polynomial(c)(1.0)),
    "series: several at several points": gradient(
        lambda x: np.polynomial.legendre.legval(x, np.ones((3, 2))).sum()
    ),
    "series: values from roots at several points": gradient(
        lambda x: np.polynomial.polynomial.polyvalfromroots(x, np.ones(3)).sum()
    ),
    "series: coefficients of NumPy's": gradient(lambda c: np.polynomial.legendre.legval(1.0, c)),
}


# ---------------------------------------------------------------- sparse derivatives

DRAWS = np.random.default_rng(0)


def drawn(x):
    return DRAWS.normal() * x**2


@case("sparse: a file without a plan")
def file_without_plan():
    np.savez(file := io.BytesIO(), x=V)
    file.seek(0)
    ad.SparsePlan.load(file, np.sin)


CASES |= {
    "sparse: neither true nor false": lambda: ad.jacobian(np.sin, sparse="yes"),
    "sparse: no check": lambda: ad.jacobian(np.sin, sparse=True, check_every=0),
    "sparse: inside another derivative": lambda: ad.grad(
        lambda x: ad.jacobian(np.sin, sparse=True)(x).sum()
    )(V),
    "sparse: a plan of something else": lambda: ad.plan(np.sin, V, op="gradient"),
    "sparse: complex": lambda: ad.jacobian(np.sin, sparse=True)(Z),
    "sparse: a pattern of another shape": lambda: ad.jacobian(np.sin, sparse=FLAT)(V),
    "sparse: another value each time": lambda: ad.jacobian(drawn, sparse=True, chunk=1)(V),
    "strategies: an option of other kinds": lambda: strategies.floats(kinks="never"),
    "strategies: a rule that nobody can call": lambda: strategies.calls(declared_first()),
}

# ---------------------------------------------------------------- operators


def lifts_plain_numbers(x):
    return x * (ad.lift(np.sum(x)) if isinstance(x, np.ndarray) else np.sum(x))


CASES |= {
    "lifted: other arrays when traced": lambda: ad.jacobian(lifts_plain_numbers, sparse="lifted")(
        V
    ),
    "lifted: a plan in a file": lambda: ad.plan(
        lambda x: x - ad.lift(np.mean(x)), V, sparse="lifted", measure=False
    ).save("plan.npz"),
    "lifted: a plan of a Hessian": lambda: ad.plan(np.sum, V, op="hessian", sparse="lifted"),
    "lifted: factors of another shape": lambda: ad.SparsePlusLowRank(
        sparse.Pattern.identity(2), np.ones(2), np.ones((2, 1)), np.ones((2, 3))
    ),
    "lifted: a vector that does not fit": lambda: TALL @ V,
    "lifted: a system that is not square": lambda: TALL.solve(V),
    "operators: of something else": lambda: ad.linear_operator(np.sin, V, op="newton"),
    "operators: inside another derivative": lambda: ad.grad(
        lambda x: (ad.linear_operator(np.sin, x) @ V).sum()
    )(V),
    "operators: a vector that does not fit": lambda: ad.linear_operator(np.sin, V) @ Z,
    "operators: a vector of texts": lambda: ad.linear_operator(np.sin, V) @ np.array(["a"]),
    "operators: a traced vector": gradient(lambda v: np.sum(ad.linear_operator(np.sin, V) @ v)),
    "operators: pickled": lambda: pickle.dumps(ad.linear_operator(np.sin, V)),
    "lifted: complex numbers": lambda: ad.jacobian(
        lambda x: x * np.abs(ad.lift(np.sum(np.exp(1j * x)))), sparse="lifted"
    )(V),
    "lifted: another value each time": lambda: ad.jacobian(
        lambda x: x * drawn(x) + ad.lift(np.mean(x)), sparse="lifted"
    )(V),
    "lifted: a right-hand side that does not fit": lambda: REGULAR.solve(Z),
}

# ---------------------------------------------------------------- SciPy's solvers

CASES |= {
    "solvers: a method without derivatives": lambda: optimize.minimize(np.sum, V, method="powell"),
    "solvers: a gradient besides the value": lambda: optimize.minimize(np.sum, V, jac=True),
    "solvers: a complex start": lambda: optimize.minimize(np.sum, Z),
    "solvers: two results": lambda: optimize.minimize(lambda x: (np.sum(x), x), V),
    "solvers: no result": lambda: optimize.minimize(nothing, V),
    "solvers: a method without a Jacobian": lambda: optimize.root(np.sin, V, method="krylov"),
    "solvers: matrices of another kind": lambda: optimize.NonlinearConstraint(
        np.sin, 0, 1, sparse="lifted"
    ),
    "solvers: an explicit method": lambda: integrate.solve_ivp(np.add, (0, 1), V, "RK45"),
    "solvers: diagonals": lambda: integrate.solve_ivp(np.add, (0, 1), V, "LSODA", lband=1),
}

# ---------------------------------------------------------------- patterns

CASES |= {
    "pattern: a Hessian of several results": lambda: pattern.hessian_pattern(np.sin, V),
    "pattern: a trillion nonzeros": lambda: pattern.jacobian_pattern(
        lambda x: np.max(x) * np.ones(10**6), np.ones(10**6)
    ),
    "pattern: a matrix of a billion numbers": lambda: pattern.sparse_jacobian(
        np.fft.fft, np.ones(4 * 10**4, complex)
    ),
}

# ---------------------------------------------------------------- checkpoints


def cleared(x, out=None):
    out = x if out is None else out
    out[0] = 0.0
    return np.sum(x) + np.sum(out)


def masked(x):
    return np.sum(x * (DRAWS.random(x.shape) < 0.5))


def looped(steps, **options):
    def f(x):
        return np.sum(ad.checkpointed_loop(lambda h, i: np.sin(h), x, steps, **options))

    return gradient(f)


CASES |= {
    "checkpoint: a write into an argument": gradient(ad.checkpoint(cleared)),
    "checkpoint: a write into a plain argument": gradient(
        lambda x: ad.checkpoint(cleared)(x, out=np.ones(3))
    ),
    "checkpoint: noise": gradient(ad.checkpoint(masked), np.arange(100.0)),
    "loop: half a step": looped(1.5),
    "loop: two limits": looped(3, snapshots=1, byte_budget=100),
    "loop: a budget for one state": looped(3, byte_budget=40),
}
