"""What installed packages offer us, by entry points; looked up once in a process, as a look reads all packages."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any


def offered(group: str, name: str | None = None) -> list[EntryPoint]:
    """Return the entry points of a group, or those of one name; none where no package offers any."""
    asked = {"group": group} if name is None else {"group": group, "name": name}
    return list(_installed().select(**asked))


@cache
def _installed() -> Any:  # until Python 3.12 a type of its own, which selects as EntryPoints do
    return entry_points()
