"""The mode comparison: what forward and reverse mode cost, counted and measured.

Run it with ``python -m benchmarks``; ``--help`` lists the options, and the other benchmarks.
"""

#: Those that ``python -m benchmarks NAME`` runs.
PARTS = ("catalogue", "checkpoints", "inplace", "programs", "sparse", "taylor")
