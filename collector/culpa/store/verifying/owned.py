"""The list of sealed files of a hot file that another process owns, read beside it."""

from contextlib import suppress
from pathlib import Path

import duckdb

from culpa.store.errors import StoreError
from culpa.store.ledger import read_mark
from culpa.store.segments.listing import Segment, segments
from culpa.store.snapshot import Snapshot

#: A checkpoint of the owner may come in between; it takes a second or two, and the next is minutes away.
_ATTEMPTS = 5


def listed_by_owner(hot: Path) -> tuple[Segment, ...] | None:
    """Return the sealed files that it lists, dropped ones too; None if that cannot be read now."""
    for _ in range(_ATTEMPTS):
        # What is half written is an error of the engine's, or told by `check`.
        with suppress(StoreError, duckdb.Error, OSError, ImportError), duckdb.connect(":memory:") as connection:
            # Its library comes with the collector.
            from culpa.store.snapshot_reader import Reading

            mark = read_mark(hot)
            picture = Reading(connection, Snapshot(str(hot), mark.wal_bytes if mark else 0))
            found = segments(connection)
            picture.check()
            return found
    return None
