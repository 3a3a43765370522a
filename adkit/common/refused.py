"""Functions of NumPy and ufuncs of SciPy without a rule, and why: on traced values they raise."""

from __future__ import annotations

__all__ = ["REFUSED", "REFUSED_SPECIAL"]

#: Names by the reason.
REFUSED: dict[str, tuple[str, ...]] = {
    "of whole numbers": (
        *("bitwise_and", "bitwise_count", "bitwise_invert", "bitwise_left_shift", "bitwise_not"),
        *("bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd", "invert", "lcm"),
        *("left_shift", "right_shift", "packbits", "ravel_multi_index", "unpackbits"),
        "unravel_index",
    ),
    "of dates": ("busday_count", "busday_offset", "datetime_as_string", "is_busday", "isnat"),
    "gone from NumPy 2.4, np.isin stands for it": ("in1d",),
    "of files, where a derivative would be lost": (
        *("save", "savetxt", "savez", "savez_compressed"),
    ),
    "calls a Python function element by element; write it with NumPy's functions": (
        *("vectorize", "frompyfunc"),
    ),
}

#: Names of ufuncs in scipy.special by the reason.
REFUSED_SPECIAL: dict[str, tuple[str, ...]] = {
    "a parameter is its result, and SciPy has no slope of the distribution function in that": (
        *("bdtrik", "bdtrin", "btdtria", "btdtrib", "chdtriv", "chndtridf", "chndtrinc"),
        *("fdtridfd", "gdtrib", "nbdtrik", "nbdtrin", "pdtrik", "stdtridf"),
    ),
    "SciPy has no function for the slope of the density of a noncentral distribution": (
        *("ncfdtr", "ncfdtri", "ncfdtridfd", "ncfdtridfn", "ncfdtrinc"),
        *("nctdtr", "nctdtridf", "nctdtrinc", "nctdtrit"),
    ),
    "SciPy has no function for the slope of this eigenvalue": (
        *("mathieu_a", "mathieu_b", "obl_cv", "pro_cv"),
    ),
    "its slope is its second result, and SciPy's digits are too few for slopes of that": (
        *("mathieu_modcem1", "mathieu_modcem2", "mathieu_modsem1", "mathieu_modsem2"),
        *("obl_ang1", "obl_ang1_cv", "obl_rad1", "obl_rad1_cv", "obl_rad2", "obl_rad2_cv"),
        *("pro_ang1", "pro_ang1_cv", "pro_rad1", "pro_rad1_cv", "pro_rad2", "pro_rad2_cv"),
    ),
    "SciPy approximates it to eight digits; its slope is elementary, or of airy or struve": (
        *("itairy", "itstruve0", "itmodstruve0", "it2struve0", "modfresnelm", "modfresnelp"),
    ),
    "SciPy has no function for its slope": ("smirnov", "smirnovi", "zetac"),
}
