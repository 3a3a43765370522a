"""Worked examples, to be read in this order and run from the root of the repository.

====================== ==================================================================
engines_by_hand        ``Dual`` pushes a derivative, ``Node`` pulls one: a guided tour
nn                     a small neural-network library: layers, losses, optimisers
regression             fit a noisy curve with it
classification         tell the arms of a spiral apart with it
functional             the same training without a single ``Node``; then with SciPy
custom_rule            teach adkit the derivative of a function of your own
====================== ==================================================================

Each of them but ``nn``, which is a library, is a program: ``python -m examples.regression``.
"""
