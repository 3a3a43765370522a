"""A page for every code of an error: why it is raised, an example that fails, one that works.

The pages are Markdown files beside this one, named after their codes. Their examples
are run by the tests.
"""

from __future__ import annotations

from importlib import resources

from adkit.common.errors import declared

__all__ = ["page", "title"]


def title(code: str) -> str:
    """Return the heading of a page: the code, the class and what the code stands for.

    Examples
    --------
    >>> title("ADK201")
    'ADK201 DetachError (TypeError): a float asked of a traced value'
    """
    kind = declared()[code]
    builtin = next(c for c in kind.__mro__ if c.__module__ == "builtins")
    return f"{code} {kind.__name__} ({builtin.__name__}): {kind.codes[code]}"


def page(code: str) -> str:
    """Return the page of a code, with its heading.

    Raises
    ------
    KeyError
        If no error has this code.

    Examples
    --------
    >>> print(page("ADK201").splitlines()[0])
    # ADK201 DetachError (TypeError): a float asked of a traced value
    """
    heading = title(code)
    text = resources.files(__name__).joinpath(f"{code}.md").read_text(encoding="utf-8")
    return f"# {heading}\n\n{text}"
