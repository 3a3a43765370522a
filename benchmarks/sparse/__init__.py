"""Sparse Jacobians and Hessians: ``python -m benchmarks sparse``.

The functions are plain NumPy. How many directions each one takes is known, from the literature or
from a bound; counts are exact, and the run fails where they differ from that answer in either
direction. Times stand beside the function, a derivative written by hand, and other libraries.

============== ==============================================================================
module         what it holds
============== ==============================================================================
problem        what a problem is: a function, its answer, the matrix written by hand
grids          stencils in one, two and three dimensions, the Brusselator, Bratu
lines          bands, Burgers, Lorenz-96
borders        arrows, frames, multiple shooting
networks       power flow on a network
coupled        soft-max, layer norm, dense matrices: no structure is claimed
bundles        bundle adjustment as one sparse matrix
energies       Hessians
catalogue      all problems by name
casadi_arrays  NumPy's functions for arrays of CasADi's scalars
peers          one adapter per library
counting       directions, bounds and proofs against the answers
measuring      first calls, planning, warm calls, memory, regret
report         the report as a table or JSON
cli            the command line
============== ==============================================================================
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the report, and return the exit code."""
    from benchmarks.sparse import cli

    return cli.main(arguments)
