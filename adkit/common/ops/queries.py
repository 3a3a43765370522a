"""Questions about an array: no derivative."""

from __future__ import annotations

import numpy as np

from adkit.common.verbs import constant

constant(np.shape, np.ndim, np.size)
constant(np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal)
constant(np.result_type, np.can_cast, np.common_type, operands=3)
constant(np.isfinite, np.isinf, np.isnan, np.signbit)
constant(np.array_equal, np.allclose, np.isclose, operands=2)
