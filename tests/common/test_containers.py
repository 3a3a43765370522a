"""Containers: round trips over random trees, paths, matching, and what is refused."""

import copy
import dataclasses
import pickle
import threading
from collections import OrderedDict, defaultdict, namedtuple
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adkit.common.containers import flatten, map_leaves, register_container
from adkit.common.errors import ArgumentError, RegistrationError


class Point(NamedTuple):
    x: object
    y: object


Pair = namedtuple("Pair", ["left", "right"])


@dataclasses.dataclass
class Layer:
    weights: object
    activation: str = dataclasses.field(metadata={"static": True})
    bias: object = None

    def __post_init__(self):
        if self.weights == "invalid":
            raise ValueError(self.weights)


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    low: object
    high: object


class Polynomial:
    """Registered by hand, with the name of its variable as auxiliary data."""

    def __init__(self, variable, coefficients):
        self.variable = variable
        self.coefficients = coefficients

    def __getitem__(self, power):
        return self.coefficients[power]

    def __eq__(self, other):
        return isinstance(other, Polynomial) and vars(self) == vars(other)

    __hash__ = None


register_container(Polynomial, lambda p: (iter(p.coefficients), p.variable), Polynomial)


def nested(children):
    several = st.lists(children, max_size=3)
    by_key = st.dictionaries(st.text(max_size=2) | st.integers(), children, max_size=3)
    return st.one_of(
        several,
        several.map(tuple),
        by_key,
        by_key.map(OrderedDict),
        by_key.map(lambda pairs: defaultdict(list, pairs)),
        st.builds(Point, children, children),
        st.builds(Pair, children, children),
        st.builds(Layer, children, st.sampled_from(["tanh", "relu"]), children),
        st.builds(Range, children, children),
        st.builds(Polynomial, st.sampled_from("xt"), several),
    )


numbers = st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
trees = st.recursive(numbers | st.none(), nested, max_leaves=12)


@given(trees)
def test_unflatten_undoes_flatten(tree):
    leaves, structure = flatten(tree)
    rebuilt = structure.unflatten(leaves)
    assert rebuilt == tree
    assert type(rebuilt) is type(tree)
    assert flatten(rebuilt) == (leaves, structure)
    assert structure.match(tree) == leaves
    assert structure.size == len(leaves)


@given(trees)
def test_the_wrong_number_of_leaves_is_refused(tree):
    leaves, structure = flatten(tree)
    with pytest.raises(ArgumentError, match=f"takes {len(leaves)} leaves, got {len(leaves) + 1}"):
        structure.unflatten([*leaves, 0.0])
    if leaves:
        with pytest.raises(ArgumentError, match=f"got {len(leaves) - 1}"):
            structure.unflatten(leaves[1:])


@given(trees)
def test_a_path_leads_to_its_leaf_in_python(tree):
    leaves, structure = flatten(tree)
    reached = [eval(f"tree{path}", {"tree": tree}) for path in structure.paths()]
    assert len(reached) == len(leaves)
    assert all(a is b for a, b in zip(reached, leaves, strict=True))


@given(trees)
def test_structures_survive_copying_and_pickling(tree):
    structure = flatten(tree)[1]
    for twin in (copy.deepcopy(structure), pickle.loads(pickle.dumps(structure))):
        assert twin == structure
        assert hash(twin) == hash(structure)
        assert repr(twin) == repr(structure)


@given(trees)
def test_map_leaves_keeps_the_containers(tree):
    leaves, structure = flatten(tree)
    assert flatten(map_leaves(repr, tree)) == ([repr(leaf) for leaf in leaves], structure)


@given(trees, trees)
def test_match_accepts_a_tree_of_the_same_structure_and_no_other(tree, other):
    structure = flatten(tree)[1]
    if flatten(other)[1] == structure:
        assert structure.match(other) == flatten(other)[0]
    elif not isinstance(tree, dict):  # below, dicts in another order match
        with pytest.raises(ArgumentError, match="expected"):
            structure.match(other)


@pytest.mark.parametrize(
    "leaf",
    [np.ones((3, 2)), np.float32(1.0), 1.0, 1j, 3, True, "text", {1.0}, range(3), Layer],
    ids=lambda leaf: type(leaf).__name__,
)
def test_anything_else_is_a_leaf(leaf):
    leaves, structure = flatten(leaf)
    assert leaves[0] is leaf
    assert structure.is_leaf
    assert structure.paths() == [""]
    assert structure.unflatten(leaves) is leaf
    assert structure.match(leaf) == [leaf]


def test_none_is_an_empty_container():
    leaves, structure = flatten((None, 1.0, None))
    assert leaves == [1.0]
    assert structure.paths() == ["[1]"]
    assert structure.unflatten([2.0]) == (None, 2.0, None)


def test_a_dataclass_that_speaks_numpys_protocols_is_a_leaf():
    @dataclasses.dataclass
    class Array:
        data: float

        def __array_ufunc__(self, *_):
            return NotImplemented

    assert flatten(Array(1.0))[1].is_leaf


def test_dicts_keep_the_order_of_the_user_and_match_by_key():
    leaves, structure = flatten({"b": 1.0, "a": {"d": 2.0, "c": 3.0}})
    assert leaves == [1.0, 2.0, 3.0]
    assert list(structure.unflatten(leaves)) == ["b", "a"]
    other = {"a": {"c": 30.0, "d": 20.0}, "b": 10.0}
    assert structure.match(other) == [10.0, 20.0, 30.0]
    assert structure != flatten(other)[1]


def test_subclasses_of_dicts_keep_their_type():
    counts = map_leaves(lambda leaf: -leaf, defaultdict(float, a=1.0))
    assert counts["b"] == 0.0
    ordered = OrderedDict(b=1.0, a=2.0)
    assert list(map_leaves(str, ordered).items()) == [("b", "1.0"), ("a", "2.0")]

    class Options(dict):
        def __init__(self, **options):
            super().__init__(options)

    assert type(map_leaves(str, Options(step=1.0))) is Options


def test_a_dataclass_is_rebuilt_without_its_own_checks():
    _, structure = flatten(Layer(1.0, "tanh", 2.0))
    assert structure.paths() == [".weights", ".bias"]
    layer = structure.unflatten(["invalid", 0.0])
    assert (layer.weights, layer.activation, layer.bias) == ("invalid", "tanh", 0.0)
    assert structure != flatten(Layer(1.0, "relu", 2.0))[1]


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (1.0, "*"),
        (None, "None"),
        ((1.0,), "(*,)"),
        ([(), {}], "[(), {}]"),
        ({"w": (1.0, None), 3: [2.0]}, "{'w': (*, None), 3: [*]}"),
        (Point(1.0, (2.0, 3.0)), "Point(x=*, y=(*, *))"),
        (Layer(1.0, "tanh"), "Layer(weights=*, bias=None)"),
        (OrderedDict(a=1.0), "OrderedDict({'a': *})"),
        (Polynomial("x", [1.0, 2.0]), "Polynomial(*, *)"),
    ],
)
def test_a_structure_reads_like_what_it_describes(tree, text):
    assert repr(flatten(tree)[1]) == f"Structure({text})"


@pytest.mark.parametrize(
    ("tree", "other", "message"),
    [
        (1.0, [1.0], r"ct: expected a leaf, got \[\*\]"),
        ((1.0, 2.0), (1.0,), r"ct: expected \(\*, \*\), got \(\*,\)"),
        ((1.0, 2.0), [1.0, 2.0], r"ct: expected \(\*, \*\), got \[\*, \*\]"),
        ({"a": [1.0, None]}, {"a": [1.0, 2.0]}, r"ct\['a'\]\[1\]: expected None, got a leaf"),
        ({"a": 1.0}, {"b": 1.0}, r"ct: expected \{'a': \*\}, got \{'b': \*\}"),
        (Point(1.0, 2.0), Point(1.0, (2.0,)), r"ct\.y: expected a leaf, got \(\*,\)"),
        (Point(1.0, 2.0), Pair(1.0, 2.0), r"expected Point\(x=\*, y=\*\), got Pair\("),
        (Polynomial("x", [1.0]), Polynomial("t", [1.0]), "expected Polynomial"),
        ([1.0] * 100, [1.0] * 99, r"expected \[[*, ]{56}\.\.\., got"),
    ],
)
def test_a_mismatch_names_the_place(tree, other, message):
    with pytest.raises(ArgumentError, match=message):
        flatten(tree)[1].match(other, "ct")


def test_registration_refuses_what_is_no_class_or_has_a_meaning_already():
    with pytest.raises(ArgumentError, match="takes a class, got 3"):
        register_container(3, list, list)
    with pytest.raises(ArgumentError, match="always a leaf"):
        register_container(np.ndarray, list, list)
    for kind in (dict, Polynomial):
        with pytest.raises(RegistrationError, match="container already"):
            register_container(kind, list, list)


def test_of_threads_that_register_one_class_exactly_one_succeeds():
    class Box:
        def __init__(self, content):
            self.content = content

    outcomes = []
    gate = threading.Barrier(8)

    def register():
        gate.wait()
        try:
            register_container(Box, lambda box: ([box.content], None), lambda _, new: Box(*new))
            outcomes.append("registered")
        except RegistrationError:
            outcomes.append("refused")

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["registered"]
    assert map_leaves(lambda leaf: 2 * leaf, Box(1.0)).content == 2.0
