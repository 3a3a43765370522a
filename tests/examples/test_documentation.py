"""What the examples say about themselves holds."""

import doctest
import importlib
import pkgutil

import pytest

import examples

NAMES = sorted(module.name for module in pkgutil.iter_modules(examples.__path__))


@pytest.mark.parametrize("name", NAMES)
def test_snippets_print_what_they_show(name):
    module = importlib.import_module(f"examples.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "command_line"])
def test_every_example_says_what_it_teaches(name):
    module = importlib.import_module(f"examples.{name}")
    assert "What you will learn here: " in module.__doc__
    assert f"\n{name} " in examples.__doc__
