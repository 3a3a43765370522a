"""Data sets that scikit-learn ships, loaded without a download."""

from benchmarks.cases.case import MissingDataError


def load(name):
    """Return scikit-learn's data set `name`.

    Raises
    ------
    MissingDataError
        If scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingDataError(
            "needs a data set of scikit-learn: pip install 'adkit-autodiff[bench]'"
        ) from None
    return getattr(datasets, f"load_{name}")()
