"""Open a store, of which all files show one moment, and have it written into a new folder."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from culpa.store.backup.backup import backup
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import NotAStore
from culpa.store.exporting.asked import Asked

_MEMORY = "1GiB"
_LAST_NS = 2**63 - 2

#: Writes what is asked of a store into a folder; returns what was written: file -> rows.
Write = Callable[[DuckDBStore, Path, Asked], dict[str, int]]


@dataclass(frozen=True)
class Exported:
    """Rows by file; and the sealed files that are listed and could not be read."""

    rows: dict[str, int]
    unread: list[str]


def export(
    where: str, folder: Path, write: Write, *, since_ns: int = 0, until_ns: int = 0, token: str | None = None
) -> Exported:
    """Write the rows from `since_ns` on until before `until_ns` (0: all), nanoseconds since 1970, into a new `folder`.

    A running collector's store is copied first, so that all files show one moment. Errors: StoreError; then there is
    no folder.
    """
    if folder.exists():
        raise NotAStore(f"{folder} exists; name a place where nothing is, for the exported files")
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        place = Path(where)
        if where.startswith(("http://", "https://")):
            place = making / "store"
            backup(where, place, token)
        with DuckDBStore(place, memory_limit=_MEMORY) as store:
            rows = write(store, making, Asked(since_ns, until_ns or _LAST_NS))
            unread = list(store.sealed.missing)
        shutil.rmtree(making / "store", ignore_errors=True)
        making.rename(folder)
        return Exported(rows, unread)
    finally:
        shutil.rmtree(making, ignore_errors=True)
