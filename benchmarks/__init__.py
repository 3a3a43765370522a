"""The mode comparison: what forward and reverse mode cost, counted and measured.

Run it with ``python -m benchmarks``; ``--help`` lists the options.
"""
