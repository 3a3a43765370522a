"""What all command lines of the benchmarks share."""

import pytest

from benchmarks.options import fitting, measured
from benchmarks.peers.measures import Disagreement
from benchmarks.programs import catalogue as programs
from benchmarks.sparse import catalogue as sparse


def test_names_are_whole_or_first_parts():
    names = ["gmm", "gmm-1k-d10", "gmm-1k-d64", "gmmx", "kepler"]
    assert fitting(["gmm-1k"], names, []) == ["gmm-1k-d10", "gmm-1k-d64"]
    assert fitting(["gmm-1k-"], names, []) == ["gmm-1k-d10", "gmm-1k-d64"]
    assert fitting(["kepler", "gmm"], names, []) == ["gmm", "gmm-1k-d10", "gmm-1k-d64", "kepler"]
    with pytest.raises(ValueError, match="nothing is called 'kep'"):
        fitting(["kep"], names, [])


def test_large_ones_are_measured_on_demand():
    assert fitting([], ["a", "b", "c"], ["b"]) == ["a", "c"]
    assert fitting(["b"], ["a", "b", "c"], ["b"]) == ["b"]


@pytest.mark.parametrize("catalogue", [programs, sparse])
def test_large_ones_are_in_the_catalogue(catalogue):
    assert set(catalogue.builders()) > catalogue.LARGE


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Disagreement("a differs"), 1, "prog: a differs\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted\n"),
    ],
)
def test_a_measurement_ends_with_a_line(capsys, error, code, said):
    def run():
        raise error

    with pytest.raises(SystemExit) as stopped:
        measured("prog", run)
    assert stopped.value.code == code
    assert capsys.readouterr() == ("", said)


def test_a_measurement_returns_what_it_measures():
    assert measured("prog", lambda: 7) == 7
