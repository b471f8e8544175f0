"""Find what is missing in a system's configuration."""

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

from culpa.instrumentation.snippets import checks
from culpa.instrumentation.snippets.finding import Finding, Unreadable

Check = Callable[[Path], list[Finding]]


@cache
def checkable() -> list[str]:
    """Return the systems whose configuration can be checked."""
    names = (module.name for module in pkgutil.iter_modules(checks.__path__))
    return sorted(name for name in names if not name.startswith("_"))


def check(system: str, path: str | Path) -> list[Finding]:
    """Return what a configuration lacks, in the order of the file; [] when the system is a good witness.

    `path` is the main file (or, where the system has several, their folder); what it includes is read too.
    Errors: Unreadable when the system is not known or the file cannot be read.
    """
    if system not in checkable():
        raise Unreadable(f"no check for {system!r}; there is one for: {', '.join(checkable())}")
    if not Path(path).exists():
        raise Unreadable(f"{path} does not exist; name {system}'s main configuration file")
    module = import_module(f"{checks.__name__}.{system}")
    find: Check = module.check
    try:
        return find(Path(path))
    except OSError as error:
        raise Unreadable(f"cannot read {error.filename or path}: {error.strerror}; may this user read it?") from error
