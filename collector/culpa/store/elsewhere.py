"""Stores that lie in other systems, found by the entry points of `culpa.stores`: this room knows none of them."""

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from culpa.store.errors import NotAStore

if TYPE_CHECKING:
    from culpa.store.engine import Store

_GROUP = "culpa.stores"
#: A path has one of the two strokes of an address.
_ADDRESS = re.compile(r"([a-z]+):/")


def open_elsewhere(scheme: str, where: str) -> "Store":
    """Open what lies at an address of that scheme. Errors: NotAStore for one that nobody opens; StoreError."""
    for point in entry_points(group=_GROUP, name=scheme):
        store: Store = point.load()(where)
        return store
    known = sorted({f"{point.name}://…" for point in entry_points(group=_GROUP)})
    # The rest may hold a password.
    raise NotAStore(
        f"{scheme}://… is no store; name a segment file, a store directory, http://host:port or {', '.join(known)}"
    )


def check_file_name(where: str | Path) -> None:
    """Refuse the address of another system where only a file will do. Errors: NotAStore."""
    found = _ADDRESS.match(str(where).lower())
    if found and list(entry_points(group=_GROUP, name=found[1])):
        raise NotAStore(
            f"{found[1]}://… is read, and not written or looked after; "
            f"`culpa judge --store {found[1]}://… --into FILE` keeps what failed there in a file, for which this works"
        )
