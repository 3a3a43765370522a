"""Every function of NumPy that may meet a traced value is declared, or left out for a reason."""

import numpy as np
import pytest

import adkit as ad
from adkit.common.refused import REFUSED
from adkit.common.registry import find
from adkit.common.writers import WRITERS

#: Functions without a declaration, that dispatch on their arguments: on traced values they raise.
NAMES = {
    name
    for names in REFUSED.values()
    for name in names
    if isinstance(getattr(np, name, None), np.ufunc)
    or hasattr(getattr(np, name, None), "_implementation")
}
SPACES = {
    "": np,
    "emath.": np.emath,
    "fft.": np.fft,
    "lib.stride_tricks.": np.lib.stride_tricks,
    "linalg.": np.linalg,
}


def functions():
    """Return the functions that dispatch on their arguments, by name."""
    return {
        prefix + name: function
        for prefix, space in SPACES.items()
        for name, function in vars(space).items()
        if not name.startswith("_")
        and (isinstance(function, np.ufunc) or hasattr(function, "_implementation"))
    }


def test_no_function_is_forgotten():
    missing = {
        name
        for name, function in functions().items()
        if find(function) is None and function not in WRITERS
    }
    assert missing <= NAMES, f"not declared: {sorted(missing - NAMES)}"
    declared = NAMES & functions().keys() - missing
    assert not declared, f"declared, though listed as left out: {sorted(declared)}"


@pytest.mark.parametrize("name", sorted(NAMES & functions().keys()))
def test_what_is_left_out_raises(name, tmp_path):
    function = functions()[name]
    two = ("in1d", "busday_count", "busday_offset", "ravel_multi_index", "unravel_index")
    count = getattr(function, "nin", 2 if name in two else 1)
    file = (tmp_path / "x",) if name.startswith("save") else ()
    of_ufunc = isinstance(function, np.ufunc)  # NumPy itself says what is wrong
    message = f"ufunc '{function.__name__}'" if of_ufunc else "has no derivative rule"
    for transform in (ad.jacfwd, ad.jacrev):
        with pytest.raises(TypeError, match=message):
            transform(lambda x: function(*file, *[x] * count))(np.ones(3))
