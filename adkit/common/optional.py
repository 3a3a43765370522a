"""Packages that adkit uses where they are installed, each the extra of some name."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["optional"]


def optional(module: str, extra: str) -> Any:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its full name.
    extra : str
        The extra that installs the package.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says how to install it.

    Examples
    --------
    >>> optional("no_such_package", "scipy")
    Traceback (most recent call last):
    ...
    ModuleNotFoundError: adkit needs no_such_package here: pip install "adkit-autodiff[scipy]"
    """
    package = module.partition(".")[0]
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f'adkit needs {package} here: pip install "adkit-autodiff[{extra}]"', name=package
        ) from None
    return importlib.import_module(module)
