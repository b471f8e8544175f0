"""The sealed files that one open store reads, and the relations that unite them with the hot file."""

import threading
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import duckdb

from culpa.store.segments.listing import Segment, standing
from culpa.store.segments.united import attach, unite

#: Telemetry of so long before the end of the newest sealed file is asked for all the time: of traces under way,
#: and of the traffic before a change.
_RECENT_NS = 3 * 3600 * 10**9


class Sealed:
    """What is attached besides the hot file. Any thread may call; cursors that read go on while it changes.

    The catalog `memory` holds the relations of all files; `recent` of those that hold rows of the last hours.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, parts: tuple[Segment, ...]) -> None:
        """Unite what is attached, if anything is."""
        self._missing = tuple(one.name for one in standing(connection) if one not in parts)
        self._connection = connection
        self.folder = folder
        self._lock = threading.Lock()
        self._parts = parts
        self._has_united = False
        self._older_ns = 0
        if parts:
            self._unite()

    @property
    def is_any(self) -> bool:
        """Say whether the store may hold sealed files."""
        return self._has_united

    @property
    def parts(self) -> tuple[Segment, ...]:
        """Return the files that are read, the oldest first."""
        return self._parts

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of files that are listed and cannot be read."""
        return self._missing

    @property
    def last_ns(self) -> int:
        """Return the latest time of a row of them, nanoseconds since 1970; 0 for none."""
        return max((one.until_ns for one in self._parts), default=0)

    def is_recent(self, since_ns: int) -> bool:
        """Say whether the relations of `recent` hold all rows since then."""
        return self._has_united and since_ns > self._older_ns

    def expect(self, coming: Collection[Segment], leaving: Collection[Segment] = ()) -> None:
        """Read these files from the commit on that lists them, and those until then. Errors: duckdb.Error."""
        with self._lock:
            self._parts = (*self._parts, *attach(self._connection, self.folder, list(coming)))
            missing = {one.name for one in coming} - {one.name for one in self._parts}
            if missing:
                raise duckdb.IOException(f"{', '.join(missing)}: just made and cannot be read")
            self._unite({one.name for one in (*coming, *leaving)})

    def refresh(self) -> None:
        """Read what is listed now, and let go of the rest. Errors: duckdb.Error."""
        with self._lock, closing(self._connection.cursor()) as cursor:
            before = {one.catalog for one in self._parts}
            listed = standing(cursor)
            self._parts = attach(cursor, self.folder, listed)
            self._missing = tuple(one.name for one in listed if one not in self._parts)
            if before or self._parts:
                self._unite()
            for catalog in before - {one.catalog for one in self._parts}:
                cursor.execute(f"detach {catalog}")

    def _unite(self, unsure: Collection[str] = ()) -> None:
        with closing(self._connection.cursor()) as cursor:
            edge_ns = self.last_ns - _RECENT_NS
            self._older_ns = max((one.until_ns for one in self._parts if one.until_ns <= edge_ns), default=0)
            cursor.execute("attach if not exists ':memory:' as recent")
            unite(cursor, "memory", self._parts, unsure)
            unite(cursor, "recent", [one for one in self._parts if one.until_ns > edge_ns], unsure)
        self._has_united = True
