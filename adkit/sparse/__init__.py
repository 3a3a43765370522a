"""Sparse matrices from few products: patterns, colourings, recovery, and proofs.

Nothing in this room knows a function: it is given a pattern, tells which directions
to take, and turns the products with these directions back into the entries.
"""

from adkit.sparse import definitions
from adkit.sparse.bidirectional import Bicolouring, bicolour, peel
from adkit.sparse.bounds import (
    LINEAR,
    PARTITIONS,
    Bound,
    clique_bound,
    column_bound,
    counting_bound,
    forward_bounds,
    information_bound,
    row_bound,
    symmetric_bound,
)
from adkit.sparse.colouring import Colouring, colour_columns, colour_rows
from adkit.sparse.compression import Compression, by_both, by_columns, by_rows, by_symmetry
from adkit.sparse.damping import graded
from adkit.sparse.lattice import lattice_colouring, symmetric_lattice
from adkit.sparse.orders import ORDERS, column_graph, column_order, vertex_order
from adkit.sparse.pattern import Pattern
from adkit.sparse.portfolio import best_columns, best_rows, best_symmetric
from adkit.sparse.solves import by_small_solves, chebyshev_vectors, harmonic_vectors
from adkit.sparse.symmetric import acyclic_colouring, star_colouring, without_neutral
from adkit.sparse.validity import is_acyclic, is_direct, is_star

__all__ = [
    "LINEAR",
    "ORDERS",
    "PARTITIONS",
    "Bicolouring",
    "Bound",
    "Colouring",
    "Compression",
    "Pattern",
    "acyclic_colouring",
    "best_columns",
    "best_rows",
    "best_symmetric",
    "bicolour",
    "by_both",
    "by_columns",
    "by_rows",
    "by_small_solves",
    "by_symmetry",
    "chebyshev_vectors",
    "clique_bound",
    "colour_columns",
    "colour_rows",
    "column_bound",
    "column_graph",
    "column_order",
    "counting_bound",
    "definitions",
    "forward_bounds",
    "graded",
    "harmonic_vectors",
    "information_bound",
    "is_acyclic",
    "is_direct",
    "is_star",
    "lattice_colouring",
    "peel",
    "row_bound",
    "star_colouring",
    "symmetric_bound",
    "symmetric_lattice",
    "vertex_order",
    "without_neutral",
]
