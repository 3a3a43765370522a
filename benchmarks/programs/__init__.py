"""Derivatives of whole programs: ``python -m benchmarks programs``.

The programs are plain NumPy, written as a user would write them and not for speed. What counts
is the time of value and derivative over the time of the program, beside the same ratio of a
derivative written by hand, which is the limit, and of other libraries.

================ ============================================================================
module           what it holds
================ ============================================================================
problem          what a problem is; a program under another library in place of NumPy
gmm              Gaussian mixture with a Wishart prior
bundle           bundle adjustment
hands            hand tracking, simple and complicated
lstm             layers of LSTM cells
rosenbrock       the chained Rosenbrock function
perceptron       multi-layer perceptrons
elementwise      logsumexp, Black-Scholes, a mix of elementary functions
scalars          Lorenz and Kepler, loops over Python numbers
recurrence       a recurrence on a long array
kalman           the likelihood of a Kalman filter
gaussian_process the likelihood of a Gaussian process
adbench          a reader for the files of the ADBench suite
catalogue        all problems by name
peers            one adapter per library
measuring        checks, times, directions, peaks of memory
first            the first gradient in a fresh process
report           the report as a table or JSON
plot             the plot of ratios
cli              the command line
================ ============================================================================
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the report, and return the exit code."""
    from benchmarks.programs import cli

    return cli.main(arguments)
