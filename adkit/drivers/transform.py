"""What all transforms of functions have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from adkit.common.flat import FlatFunction, checked_argnums, checked_function
from adkit.common.inputs import name_of


class Transform:
    """A function made from another: small, callable, picklable whenever `f` is.

    It keeps the name, docstring and signature of `f`.
    """

    title = "transform"

    def __init__(self, f: Callable[..., Any], argnums: Any, has_aux: bool) -> None:
        functools.update_wrapper(self, checked_function(f, self.title))
        self.f = f
        self.argnums = checked_argnums(argnums)
        self.has_aux = has_aux

    def __repr__(self) -> str:
        return f"<{self.title} of {name_of(self.f)} by argument {self.argnums}>"

    def flatten(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> FlatFunction:
        """Return `f` as a function of the leaves of the differentiated arguments."""
        return FlatFunction(self.f, args, self.argnums, has_aux=self.has_aux, kwargs=kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate the transform with the arguments of `f`."""
        raise NotImplementedError
