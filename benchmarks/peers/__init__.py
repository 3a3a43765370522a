"""Speed and memory of adkit beside autograd, MyGrad and torch, measured in one run.

``python -m benchmarks.peers`` prints every row with the figure to reach and whether it is
reached.  Peers come with the extra ``bench-peers``; one that is not installed is skipped and
the report says so.

========== ==================================================================================
module     what it holds
========== ==================================================================================
chains     the programs that are differentiated, and their derivatives written by hand
tools      one adapter per library, all with the same methods
collector  the garbage collector: kept fair to all tools, and checked to be left as it was
measures   how each kind of row is measured
rows       the table of rows and of the figures to reach
report     the report as a table, JSON or Markdown
cli        the command line
========== ==================================================================================
"""
