"""Sparse matrices from few products: patterns, colourings, recovery, and proofs.

Nothing in this room knows a function: it is given a pattern, tells which directions
to take, and turns the products with these directions back into the entries.
"""

from adkit.sparse.colouring import Colouring, colour_columns, colour_rows
from adkit.sparse.lattice import lattice_colouring
from adkit.sparse.orders import ORDERS, column_graph, column_order, vertex_order
from adkit.sparse.pattern import Pattern
from adkit.sparse.portfolio import best_columns, best_rows

__all__ = [
    "ORDERS",
    "Colouring",
    "Pattern",
    "best_columns",
    "best_rows",
    "colour_columns",
    "colour_rows",
    "column_graph",
    "column_order",
    "lattice_colouring",
    "vertex_order",
]
