"""What laws are checked of: a function at a point, with random seeds.

A subject is a call of an operation (`adkit.testing.sampling`) or of a user's function.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from adkit.common.flat import FlatFunction
from adkit.common.inputs import name_of
from adkit.common.shapes import dtype_of
from adkit.testing.draws import flat, hermitian

__all__ = ["FunctionCall", "Subject"]


class Subject:
    """A function of arrays at a point.

    Attributes
    ----------
    name : str
        What it is called in reports.
    reach : tuple of arrays
        Per primal the size of tangents: a step of one tangent stays in the domain.
    rng : np.random.Generator
        Of tangents and cotangents.
    elementwise : bool
        Whether each element of the result depends on one of each primal.
    analytic : bool
        Whether a complex step is a step of the same function.
    symmetric : bool
        Whether tangents are Hermitian matrices.
    oracle : str
        Which numerical derivative is taken.
    rtol : float or None
        Relative error allowed to it, None: that of the method.
    """

    name: str
    reach: tuple[Any, ...]
    rng: np.random.Generator
    elementwise: bool
    analytic: bool
    symmetric: bool
    oracle: str = "auto"
    rtol: float | None = None

    @property
    def primals(self) -> tuple[Any, ...]:
        """The point."""
        raise NotImplementedError

    def passive(self) -> list[Any]:
        """Return what else the values are computed with, and as coarsely as its dtype."""
        return []

    def function(self, *primals: Any) -> Any:
        """Return the results of inexact dtype as an array, or a tuple of them."""
        raise NotImplementedError

    def unfinished(self) -> Subject | None:
        """Return this subject before anything is made of its results, None if nothing is."""
        return None

    def widest(self, arrays: Any) -> list[Any]:
        """Return arrays in the widest dtype that the function takes: the same numbers."""
        raise NotImplementedError

    def precise(self) -> Subject:
        """Return this subject with what is not differentiated in the widest dtype."""
        return self

    def widened(self) -> Subject | None:
        """Return this subject in the widest dtype, None if it is that already."""
        raise NotImplementedError

    def tangents(self, *lead: int) -> tuple[Any, ...]:
        """Return a tangent per primal, perhaps for several directions."""
        return tuple(
            self._like(x, lead, size) for x, size in zip(self.primals, self.reach, strict=True)
        )

    def cotangents(self, results: Any, *lead: int) -> tuple[Any, ...]:
        """Return a cotangent per result, perhaps for several directions."""
        return tuple(self._like(y, lead, 1, cotangent=True) for y in flat(results))

    def _like(self, x: Any, lead: tuple[int, ...], size: Any, cotangent: bool = False) -> Any:
        x = np.asarray(x)
        t = self._signed(lead + x.shape)
        if x.dtype.kind == "c":
            t = t + 1j * self._signed(lead + x.shape)
        t = (t * size).astype(x.dtype.newbyteorder("="))
        return hermitian(t) if self.symmetric and not cotangent else t[()]

    def _signed(self, shape: tuple[int, ...]) -> Any:
        return self.rng.uniform(0.25, 1, shape) * self.rng.choice([-1.0, 1.0], shape)


class FunctionCall(Subject):
    """A function of a user at a point.

    Parameters
    ----------
    f : callable
    args : sequence
        Its arguments, of which those at `wrt` are differentiated; None stands for all that
        consist of floats.
    seed : int
        Of the random directions.
    oracle : str
        Which numerical derivative: see `adkit.testing.check_derivatives`.
    rtol : float, optional
        Relative error allowed to it.
    """

    elementwise = False
    symmetric = False

    def __init__(
        self,
        f: Any,
        args: Any,
        wrt: Any = None,
        seed: int = 0,
        oracle: str = "auto",
        rtol: float | None = None,
    ) -> None:
        self.f, self.args, self.wrt, self.seed, self.rtol = f, tuple(args), wrt, seed, rtol
        self.name = name_of(f)
        self.oracle = oracle
        self.flat = FlatFunction(f, self.args, wrt)
        self._arrays = [isinstance(x, np.ndarray) for x in self.flat.leaves]
        self.rng = np.random.default_rng(seed)
        self.reach = tuple(_reach(x) for x in self.flat.leaves)
        self.analytic = oracle != "ridders" and self._takes_complex()

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"

    @property
    def primals(self) -> tuple[Any, ...]:
        """The numbers that are differentiated."""
        return tuple(self.flat.leaves)

    def names(self) -> list[str]:
        """Return how the primals are called in reports."""
        return [self.flat.leaf_name(k) for k in range(len(self.flat.leaves))]

    def function(self, *primals: Any) -> Any:
        """Return the results of inexact dtype as an array, or a tuple of them."""
        everything = self.flat(self._as_given(primals))
        results = [y for y in everything if dtype_of(y).kind in "fc"]
        return results[0] if len(results) == 1 else tuple(results)

    def _as_given(self, primals: Any) -> list[Any]:
        """Return scalars as arrays where arrays were given: some functions write into them."""
        return [
            np.reshape(np.reshape(x, 1), ()) if array and np.ndim(x) == 0 else x
            for x, array in zip(primals, self._arrays, strict=True)
        ]

    def _takes_complex(self) -> bool:
        """Return whether the function is the same on complex numbers, and keeps their parts."""
        if any(np.asarray(x).dtype.kind == "c" for x in self.primals):
            return False
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            try:
                shifted = [np.asarray(x + 1e-30j * t)[()] for x, t in self._steps()]
                complexes = flat(self.function(*shifted))
                reals = flat(self.function(*self.widest(self.primals)))
            except Exception:
                return False
        return all(
            np.asarray(y).dtype.kind == "c" and np.allclose(np.real(y), x, rtol=1e-9, atol=0)
            for x, y in zip(reals, complexes, strict=True)
        )

    def _steps(self) -> Any:
        return zip(self.widest(self.primals), self.reach, strict=True)

    def widest(self, arrays: Any) -> list[Any]:
        """Return arrays in float64 at least: many functions take no longdouble."""
        return [
            np.asarray(x).astype(np.result_type(np.asarray(x).dtype, np.float64))[()]
            for x in arrays
        ]

    def widened(self) -> Subject | None:
        """Return this call in a wider dtype, None if the function does not carry it."""
        dtypes = {np.asarray(x).dtype for x in self.primals}
        narrow = all(np.finfo(dtype).eps > np.finfo(np.float64).eps for dtype in dtypes)
        real = np.float64 if narrow else np.longdouble
        wide = copy.copy(self)
        wide.flat = copy.copy(self.flat)
        wide.flat.leaves = self._as_given(
            np.asarray(x).astype(np.result_type(np.asarray(x).dtype, real))[()]
            for x in self.flat.leaves
        )
        wide.rng = np.random.default_rng(self.seed)
        try:
            results = flat(wide.function(*wide.primals))
        except (TypeError, ValueError):
            return None
        wider = all(np.asarray(y).dtype == np.result_type(y, real) for y in results)
        return wide if wider and wide.primals[0].dtype != self.primals[0].dtype else None

    def nudged(self) -> Subject:
        """Return this call with its point moved by rounding."""
        moved = copy.copy(self)
        moved.flat = copy.copy(self.flat)
        moved.flat.leaves = self._as_given(
            (x * (1 + 4 * np.finfo(x.dtype).eps * self.rng.choice([-1, 1], np.shape(x)))).astype(
                x.dtype
            )[()]
            for x in self.flat.leaves
        )
        moved.rng = np.random.default_rng(self.seed)
        return moved


def _reach(x: Any) -> Any:
    """Return the size of tangents: that of the numbers, so that a step moves their digits."""
    size = np.abs(np.asarray(x))
    typical = np.median(size[size > 0]) if np.any(size > 0) else 1.0
    return np.where(size > 0, np.minimum(size, 1e3 * typical), min(1.0, float(typical)))
