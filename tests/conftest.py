"""How hard the property tests look for counterexamples.

=======  ========  =============================================================
profile  examples  for
=======  ========  =============================================================
dev      10        the everyday run: new examples each time, failures remembered
ci       50        the same examples each time; chosen where ``CI`` is set
deep     2000      a search by hand, or overnight
=======  ========  =============================================================

``ADKIT_PROFILE=deep make test`` chooses one by name.
"""

from pytest_adkit import load_hypothesis_profile, profile_by_environment

load_hypothesis_profile(profile_by_environment())
