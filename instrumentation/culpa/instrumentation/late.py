"""Names of a package whose modules are imported when a name is first used: what they import takes most of a second."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def late(package: str, **names_of: Sequence[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package, given the names that each of its modules has for it.

    For type checkers write plain imports instead: a package with a `__getattr__` has every name for them.
    """
    homes = {name: module for module, names in names_of.items() for name in names}

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return get, lambda: sorted({*vars(sys.modules[package]), *homes})
