"""Questions about an array: no derivative."""

from __future__ import annotations

import numpy as np

from adkit.common.verbs import constant

constant(np.shape, np.ndim, np.size)
constant(np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal)
constant(np.result_type, np.can_cast, np.common_type, operands=3)
constant(np.isfinite, np.isinf, np.isnan, np.signbit)
constant(np.array_equal, np.array_equiv, np.allclose, np.isclose, operands=2)
constant(np.min_scalar_type)
constant(np.array_repr, np.array_str, np.array2string)
constant(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
