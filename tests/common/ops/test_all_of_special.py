"""Every ufunc of scipy.special is declared, or left out for a reason that its refusal says."""

import numpy as np
import pytest
from scipy import special

import adkit as ad
from adkit.common.errors import MissingRuleError
from adkit.common.refused import REFUSED_SPECIAL
from adkit.common.registry import find

REASONS = {name: reason for reason, names in REFUSED_SPECIAL.items() for name in names}


def test_no_ufunc_is_forgotten():
    ufuncs = {n: f for n, f in vars(special).items() if isinstance(f, np.ufunc) and n[0] != "_"}
    missing = {name for name, ufunc in ufuncs.items() if find(ufunc) is None}
    assert missing == REASONS.keys() & ufuncs.keys()


@pytest.mark.parametrize("name", sorted(REASONS))
def test_what_is_left_out_says_why(name):
    function = getattr(special, name)
    for transform in (ad.jacfwd, ad.jacrev):
        with pytest.raises(MissingRuleError, match=REASONS[name]) as caught:
            transform(lambda x: function(*[x] * function.nin))(0.5)
        assert f"adkit.rules.elementwise(scipy.special.{name}" in str(caught.value)
