"""Families of declarations that are made when a function of theirs is asked for."""

import subprocess
import sys

import pytest

PREFIX = "adkit.common.ops."


def fresh(program):
    """Return what a program prints in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def families(statement):
    """Return which late families a statement declares."""
    program = (
        "import sys, numpy as np, adkit as ad\n"
        "early = set(sys.modules)\n"
        f"{statement}\n"
        f"print(*[m.removeprefix({PREFIX!r}) for m in set(sys.modules) - early "
        f"if m.startswith({PREFIX!r})])"
    )
    return set(fresh(program))


def test_a_common_function_declares_no_rare_family():
    found = families("ad.grad(lambda x: (np.eye(2) @ x).sum())(np.ones(2))")
    assert "products" in found
    assert not found & {"series", "fourier", "histograms", "eigen"}


def test_a_rare_function_is_found():
    assert "fourier" in families("ad.grad(lambda x: np.abs(np.fft.fft(x)).sum())(np.ones(3))")


@pytest.mark.parametrize("family", ["logarithms", "ufunc_methods", "reductions", "quantiles"])
def test_a_family_that_is_imported_first_finds_those_that_it_needs(family):
    assert "logarithms" in families(
        f"import {PREFIX}{family}; ad.grad(np.hypot.reduce)(np.ones(2))"
    )


def test_an_unknown_function_is_unknown_once_all_are_declared():
    program = (
        "import numpy as np, adkit as ad\n"
        "try:\n"
        "    ad.grad(lambda x: np.packbits(x))(1.0)\n"
        "except ad.AdkitError as error:\n"
        "    print(type(error).__name__)"
    )
    assert len(fresh(program)) == 1


@pytest.mark.parametrize("count", [2, 8])
def test_threads_that_ask_at_once_all_find(count):
    program = (
        "import threading, numpy as np, adkit as ad\n"
        "functions = [np.matmul, np.cumsum, np.fft.fft, np.linalg.inv, np.pad, np.stack, np.kron, "
        f"np.median][:{count}]\n"
        "from adkit.common.registry import find\n"
        "start, found = threading.Barrier(len(functions)), []\n"
        "def look(function):\n"
        "    start.wait()\n"
        "    found.append(find(function) is not None)\n"
        "threads = [threading.Thread(target=look, args=(f,)) for f in functions]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(*found)"
    )
    assert fresh(program) == ["True"] * count
