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

import os

from hypothesis import HealthCheck, settings

# Tests time nothing: on a loaded machine a deadline or a slow draw would fail them for no fault.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("dev", max_examples=10, **_UNTIMED)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **_UNTIMED)
settings.register_profile("deep", max_examples=2000, **_UNTIMED)
settings.load_profile(os.environ.get("ADKIT_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))
