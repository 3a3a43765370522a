"""How numbers are written in tables and plots."""


def short(number, digits=3):
    """Return `number` with so many significant digits, never with a positive exponent."""
    return f"{number:.0f}" if abs(number) >= 10**digits else f"{number:.{digits}g}"


def interval(estimate, factor=1.0):
    """Return a median with its interval."""
    median, low, high = (short(factor * estimate[key]) for key in ("median", "low", "high"))
    return f"{median} [{low}, {high}]"


def line(cost):
    """Return a fitted cost as a formula in the number of directions p."""
    if cost is None:
        return "-"
    intercept, slope = cost["intercept"]["median"], cost["slope"]["median"]
    return f"{short(intercept)} {'-' if slope < 0 else '+'} {short(abs(slope))} p"
