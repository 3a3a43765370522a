"""The import law: who may know whom, read from the sources."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import adkit

ROOT = Path(__file__).parents[2]
LAW = """
numpy <- adkit.common <- adkit.forward, adkit.reverse <- adkit.drivers <- adkit <- everything else
  - adkit.forward and adkit.reverse never import each other;
  - a declaration (adkit.common.ops) knows NumPy, the verbs, helpers for shapes and rows: no engine;
  - importing adkit imports NumPy and the standard library; anything else is imported on use;
  - benchmarks and examples use public names only.
"""
SHARED = ("adkit.common",)
ROOMS = {  # the longest name that fits a module is its room; what the room may import
    "adkit.common.ops": tuple(
        f"adkit.common.{name}"
        for name in (
            "domains",
            "errors",
            "finite",
            "ops",
            "optional",
            "registry",
            "rows",
            "shapes",
            "signatures",
            "verbs",
        )
    ),
    "adkit.common": SHARED,
    "adkit.forward": (*SHARED, "adkit.forward"),
    "adkit.reverse": (*SHARED, "adkit.reverse"),
    "adkit.drivers": (
        *(*SHARED, "adkit.timing", "adkit.forward", "adkit.reverse"),
        *("adkit.sparse", "adkit.pattern", "adkit.drivers"),
    ),
    "adkit.rules": SHARED,
    "adkit.timing": (),
    "adkit.sparse": ("adkit.sparse", "adkit.common.errors"),
    "adkit.pattern": (*SHARED, "adkit.sparse", "adkit.pattern"),
    "adkit.testing": ("adkit",),
    "adkit.scipy": (*SHARED, "adkit.scipy"),
    **dict.fromkeys((f"adkit.scipy.{m}" for m in ("integrate", "optimize", "points")), ("adkit",)),
    "adkit.polynomial": SHARED,
    "adkit.__main__": ("adkit",),
}
EXTRAS = {  # what comes with an extra, and the rooms that need it: nothing imports them at once
    "hypothesis": tuple(f"adkit.testing.{m}" for m in ("strategies", "programs", "statements")),
    "pytest": ("adkit.testing.plugin",),
    "pytest_adkit": ("adkit.testing.plugin",),  # what pytest loads of adkit at its start
}
PUBLIC_MODULES = {"adkit", "adkit.pattern", "adkit.rules", "adkit.testing", "adkit.timing"}


class Import(NamedTuple):
    line: int
    target: str  # a module
    eager: bool  # runs when its module is imported


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted((ROOT / "adkit").rglob("*.py"))}
CLIENTS = {
    module_name(path): path
    for room in ("benchmarks", "examples")
    for path in sorted((ROOT / room).rglob("*.py"))
}


def imports_of(node: ast.AST, *, eager: bool = True) -> Iterator[Import]:
    """Walk the imports below a node; relative ones stay as they are, with their dots."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(child.lineno, alias.name, eager)
        elif isinstance(child, ast.ImportFrom):
            origin = "." * child.level + (child.module or "")
            for alias in child.names:
                inner = f"{origin}.{alias.name}"
                yield Import(child.lineno, inner if inner in SOURCES else origin, eager)
        else:
            waits = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from imports_of(child, eager=eager and not waits and not typing)


def within(target: str, rooms: tuple[str, ...]) -> bool:
    return any(target == room or target.startswith(f"{room}.") for room in rooms)


def breaches(module: str, source: str) -> list[str]:
    """Return a line for each import in a module of adkit that the law forbids."""
    room = max((name for name in ROOMS if within(module, (name,))), key=len, default=None)
    if room is None and module != "adkit":
        return [f"{module} is in no room; give it one in ROOMS"]
    found = []
    for line, target, eager in imports_of(ast.parse(source)):
        top = target.partition(".")[0]
        if not top:
            found.append(f"{module}:{line} imports {target}; write the name in full")
        elif top == "adkit":
            if room is not None and not within(target, ROOMS[room]):
                allowed = ", ".join(ROOMS[room])
                found.append(f"{module}:{line} imports {target}; {room} may import {allowed}")
        elif (
            eager
            and top not in {"numpy", *sys.stdlib_module_names}
            and not within(module, EXTRAS.get(top, ()))
        ):
            found.append(f"{module}:{line} imports {target}; import it where it is used")
    return found


def private_uses(module: str, source: str) -> list[str]:
    """Return a line for each name of adkit that a client uses and adkit does not publish."""
    tree = ast.parse(source)
    found = [
        f"{module}:{line} imports {target}"
        for line, target, _ in imports_of(tree)
        if within(target, ("adkit",)) and target not in PUBLIC_MODULES
    ]
    aliases = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {name.asname or "adkit" for name in node.names if name.name == "adkit"}
        elif isinstance(node, ast.ImportFrom) and node.module == "adkit":
            names = {name.name for name in node.names} - set(adkit.__all__)
            found += [f"{module}:{node.lineno} imports {name} from adkit" for name in names]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in aliases:
            public = node.attr in adkit.__all__ or node.attr == "__version__"
            found += [] if public else [f"{module}:{node.lineno} uses adkit.{node.attr}"]
    return found


@pytest.mark.parametrize("module", SOURCES)
def test_modules_keep_the_import_law(module):
    found = breaches(module, SOURCES[module].read_text(encoding="utf-8"))
    assert not found, "\n".join([LAW, *found])


@pytest.mark.parametrize("module", CLIENTS)
def test_clients_use_public_names(module):
    found = private_uses(module, CLIENTS[module].read_text(encoding="utf-8"))
    assert not found, "\n".join([LAW, *found])


def test_every_room_is_a_package():
    rooms = {path.parent for path in SOURCES.values()}
    bare = sorted(
        str(room.relative_to(ROOT)) for room in rooms if not (room / "__init__.py").exists()
    )
    assert not bare, f"{bare} lack __init__.py; without it pytest imports their modules twice"


def test_no_module_needs_itself_to_be_imported():
    needs = {
        module: {
            target
            for _, target, eager in imports_of(ast.parse(path.read_text(encoding="utf-8")))
            if eager and target in SOURCES
        }
        for module, path in SOURCES.items()
    }
    while free := {module for module, needed in needs.items() if not needed & needs.keys()}:
        needs = {module: needed for module, needed in needs.items() if module not in free}
    assert not needs, f"a cycle among {sorted(needs)}"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("adkit.forward.dual", "from adkit.reverse import node"),
        ("adkit.reverse.tape", "def late():\n    import adkit.forward.dual"),
        ("adkit.common.registry", "from adkit.drivers.plan import plan"),
        ("adkit.common.ops.powers", "from adkit.common import dispatch"),
        ("adkit.common.ops.powers", "import adkit.common.levels"),
        ("adkit.rules", "from adkit import grad"),
        ("adkit.drivers.plan", "import scipy.sparse"),
        ("adkit.drivers.plan", "try:\n    import rich\nexcept ImportError:\n    pass"),
        ("adkit.drivers.plan", "from . import gradient"),
        ("adkit.attic.old", ""),
        ("adkit.testing.checks", "import hypothesis"),
        ("adkit.testing.strategies.arrays", "import pytest"),
    ],
)
def test_a_breach_of_the_law_is_found(module, source):
    assert len(breaches(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("adkit.drivers.plan", "def draw():\n    import matplotlib.pyplot"),
        ("adkit.common.ops.powers", "import numpy as np\nfrom adkit.common.registry import linear"),
        ("adkit.common.dispatch", "from adkit.common.tracer import Tracer\nimport math"),
        ("adkit", "from adkit.drivers.plan import plan"),
        ("adkit.testing.strategies.arrays", "from hypothesis.extra import numpy"),
        ("adkit.testing.plugin", "import pytest"),
    ],
)
def test_the_law_allows_what_it_should(module, source):
    assert breaches(module, source) == []


@pytest.mark.parametrize(
    "source",
    [
        "from adkit.common.registry import find",
        "import adkit.drivers.plan",
        "from adkit import common",
        "from adkit import _anything",
        "import adkit\nadkit.common",
        "import adkit as ad\nad.grad(ad.forward)",
    ],
)
def test_a_private_use_is_found(source):
    assert private_uses("benchmarks.x", source)


def test_public_uses_are_allowed():
    source = "import adkit as ad\nfrom adkit import rules, grad\nfrom adkit.rules import linear\n"
    assert private_uses("examples.x", source + "ad.rules.linear(ad.jvp)") == []
