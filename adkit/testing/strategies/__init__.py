"""Hypothesis strategies for tests of derivatives: numbers, arrays, arguments and functions.

========================================  ==================================================
strategy                                  what it draws
========================================  ==================================================
`floats`                                  numbers of a domain, clear of its kinks or on them
`arrays`                                  arrays of such numbers, of any memory layout
`shapes`, `broadcastable`                 shapes; shapes that broadcast with each other
`dtypes`, `layouts`                       dtypes that have derivatives; memory layouts
`matrices`                                well-conditioned matrices of several kinds
`indices`, `index_arrays`, `axes`         arguments that select and reduce
`tangents_like`, `cotangents_like`        seeds for an argument or a result
`calls`                                   calls of operations that have a derivative rule
`sparse_functions`                        functions whose Jacobian has a given pattern
`programs`                                random programs: loops, branches, writes
========================================  ==================================================

They need Hypothesis, which comes with ``pip install 'adkit-autodiff[testing]'``.
"""

import importlib.util

from adkit.common.optional import optional

if importlib.util.find_spec("hypothesis") is None:
    optional("hypothesis", "testing")  # says what to install

from adkit.testing.programs import Program, programs
from adkit.testing.strategies.arguments import (
    axes,
    cotangents_like,
    index_arrays,
    indices,
    tangents_like,
)
from adkit.testing.strategies.arrays import arrays, broadcastable, dtypes, layouts, shapes
from adkit.testing.strategies.matrices import matrices
from adkit.testing.strategies.numbers import floats
from adkit.testing.strategies.operations import calls
from adkit.testing.strategies.sparsity import SparseFunction, sparse_functions

__all__ = [
    "Program",
    "SparseFunction",
    "arrays",
    "axes",
    "broadcastable",
    "calls",
    "cotangents_like",
    "dtypes",
    "floats",
    "index_arrays",
    "indices",
    "layouts",
    "matrices",
    "programs",
    "shapes",
    "sparse_functions",
    "tangents_like",
]
