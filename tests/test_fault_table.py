"""112 situations in which other tools lose a derivative without a word, or fail in unclear ways.

The rows are tests in ``tests/fault_table``, a file for each part of the table. Each is named
after its row, and asserts the exact derivative, or the class of the error, its code and the
line that it names. Rows from 113 on were found later. Here it is checked that no row is missing.

Where the project decided otherwise than the table, the row asserts the decision:

===  ==============================================================================
row  the decision
===  ==============================================================================
 27  writes into traced arrays are carried, with NumPy's semantics (also 29, 30, 31, 62)
 28  `adkit.value` returns a copy; memory is not given away
 32  ``out=`` is refused where it is a plain array
 48  ``x.item()`` is a traced scalar
 65  pandas objects are refused as arguments and as operands, with the remedy; xarray carries
 70  what `where` did not select is a structural zero, in both modes
 88  complex numbers are supported; a cotangent pairs with a tangent as Re sum(ct * t)
 92  NumPy 2.0 is the oldest that is supported
 97  an array of one element is no scalar
102  arguments are differentiated by position
===  ==============================================================================

Rows that wait for a capability, and are not tested yet:

===  ==============================================================================
row  what it waits for
===  ==============================================================================
 20  an interpreter without the global lock; row 12 switches threads every microsecond
 39  compiled functions (also 40, 41, 42): until then every call runs the function itself
111  sweeps on executors
===  ==============================================================================
"""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("fault_table")

WAITING = {20, 39, 40, 41, 42, 111}
OVERRIDDEN = {27, 28, 32, 48, 65, 70, 88, 92, 97, 102}
FOUND = range(113, 138)


def numbers(pattern):
    """Return which rows have a test of a name, and in which files."""
    found = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        for number in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(int(number), set()).add(path.name)
    return found


def test_every_row_is_tested_or_waits():
    tested = numbers(r"^def test_row_(\d{3})_")
    assert set(tested) | WAITING == set(range(1, 113))
    assert not set(tested) & WAITING


def test_no_row_is_tested_in_two_places():
    rows = {**numbers(r"^def test_row_(\d{3})_"), **numbers(r'^    "(\d{3}) ')}
    assert {number: files for number, files in rows.items() if len(files) > 1} == {}


@pytest.mark.parametrize(
    ("pattern", "expected"), [(r'^    "(\d\d) ', range(1, 25)), (r'^    "(\d{3}) ', FOUND)]
)
def test_every_crossing_is_tested(pattern, expected):
    assert set(numbers(pattern)) == set(expected)


def test_what_is_overridden_and_what_waits_is_listed_with_its_reason():
    overridden, waiting = __doc__.split("Rows that wait")
    for rows, text in ((OVERRIDDEN, overridden), (WAITING, waiting)):
        for row in rows:
            assert re.search(rf"\b{row}\b", text), row
