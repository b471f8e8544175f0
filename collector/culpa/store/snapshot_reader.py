"""Attach a snapshot: its two files as a file system that DuckDB can only read.

DuckDB locks the files of its own file system, and the owner holds that lock; of a foreign one it asks nothing.
DuckDB 1.5 attaches no foreign files: there a copy of the two is read, which only who may write files can make.
"""

import io
import os
import shutil
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # has no stubs

from culpa.store.errors import StoreRewritten, StoreUnavailable
from culpa.store.segments.listing import Segment, standing
from culpa.store.segments.united import attach, unite
from culpa.store.snapshot import Snapshot
from culpa.store.trouble import tells_of_damage

#: The two headers, of which each checkpoint writes one, and the file's own.
_HEADER_BYTES = 3 * 4096
#: DuckDB 1.5 makes one slash of two, and finds no foreign file system by what is left.
_TAKES_FOREIGN_FILES = int(duckdb.__version__.partition(".")[0]) >= 2
#: What queries see of the place: no path of this machine.
_PROTOCOL = "snapshot"
_NAME = f"{_PROTOCOL}://segment"
#: What must stay open to an engine that is shut in, and attaches the next picture: nothing else has such a name.
PICTURE = (_NAME, f"{_NAME}.wal")


class Reading:
    """A snapshot attached to a connection as `segment`; unqualified names mean the rows of all its files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
        """Attach it, read-only. Errors: StoreUnavailable, StoreRewritten."""
        self._snapshot = snapshot
        self._header = b""
        self._listed: tuple[Segment, ...] = ()
        self._catalog = "memory" if snapshot.has_sealed else "segment"
        try:
            self._header = _header(snapshot)
            if _TAKES_FOREIGN_FILES:
                connection.register_filesystem(_SnapshotFiles(snapshot))
                connection.execute(f"attach '{_NAME}' as segment (read_only)")
            else:
                _attach_copy(connection, snapshot)
            connection.execute("use segment")
            if snapshot.has_sealed:
                self._unite(connection)
        except (OSError, duckdb.Error) as error:
            if self._header:
                self.check(str(error))
            raise StoreUnavailable(f"the store cannot be read now: {error}; try again") from error

    def _unite(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the sealed files that the picture lists, and nothing else."""
        folder = Path(self._snapshot.path).parent
        self._listed = standing(connection)
        unite(connection, "memory", attach(connection, folder, self._listed))
        connection.execute("use memory")

    def renew(self, connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> bool:
        """Attach a later picture of the store in place of this one; False where only a new connection can.

        The sealed files stay, with all that the engine knows of them: they never change. No cursor may be in use.
        Errors: StoreUnavailable, StoreRewritten; then the connection is of no more use.
        """
        try:
            header = _header(snapshot)
            if snapshot == self._snapshot and header == self._header:
                return True
            was, self._snapshot = self._snapshot, snapshot
            if not _TAKES_FOREIGN_FILES or (was.path, was.has_sealed) != (snapshot.path, snapshot.has_sealed):
                return False
            self._header = header
            connection.execute("use memory")
            connection.execute("detach segment")
            connection.unregister_filesystem(_PROTOCOL)
            connection.register_filesystem(_SnapshotFiles(snapshot))
            connection.execute(f"attach '{_NAME}' as segment (read_only)")
            return not snapshot.has_sealed or standing(connection) == self._listed
        except (OSError, duckdb.Error) as error:
            self.check(str(error))
            raise StoreUnavailable(f"the store cannot be read now: {error}; try again") from error

    def cursor(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own, for which names mean the same."""
        cursor = connection.cursor()
        cursor.execute(f"use {self._catalog}")
        return cursor

    def check(self, said: str = "") -> None:
        """Make sure that what was read is one picture; `said` is what the engine said of an answer that failed.

        Errors: StoreRewritten after a checkpoint, or where the engine met bytes that nobody wrote.
        """
        try:
            is_same = _header(self._snapshot) == self._header
        except OSError:
            is_same = False
        if not is_same:
            raise StoreRewritten("the store was rewritten while the query read it; ask again")
        if tells_of_damage(said):
            # A file that is damaged says the same again, of its next picture.
            raise StoreRewritten(f"the store could not be read as one picture ({said}); ask again")


def _attach_copy(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Attach a copy of the two files, whose names are gone when it returns. Errors: OSError, duckdb.Error."""
    with TemporaryDirectory(prefix="culpa-snapshot-") as folder:
        copy = Path(folder) / "segment"
        shutil.copyfile(snapshot.path, copy)
        if snapshot.wal_bytes:
            with Path(snapshot.wal_path).open("rb") as log:
                Path(f"{copy}.wal").write_bytes(log.read(snapshot.wal_bytes))
        connection.execute(f"attach '{copy}' as segment (read_only)")


def _header(snapshot: Snapshot) -> bytes:
    with Path(snapshot.path).open("rb") as file:
        return file.read(_HEADER_BYTES)


class _Part(io.RawIOBase):
    """The first `size` bytes of a file that may grow meanwhile.

    The engine reads in several threads, however few it was given, and for each block seeks and then reads. With one
    place for all of them, one reads where another has just sought: a whole block with a good checksum, of other rows.
    """

    def __init__(self, path: str, size: int) -> None:
        super().__init__()
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = size
        self._of_thread = threading.local()
        self._last = 0

    @property
    def _at(self) -> int:
        """Return the place of this thread; of one that has not sought, where the last one was."""
        return int(getattr(self._of_thread, "at", self._last))

    @_at.setter
    def _at(self, at: int) -> None:
        self._of_thread.at = self._last = at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        at = self._at
        room = max(0, self._size - at)
        part = os.pread(self._descriptor, room if size < 0 else min(size, room), at)
        self._at = at + len(part)
        return part

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class _SnapshotFiles(AbstractFileSystem):  # type: ignore[misc]  # its base is untyped
    """The two files of a snapshot, and nothing else. Source: what duckdb 1.5 and 2.0 call of fsspec."""

    protocol = _PROTOCOL
    cachable = False

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - its base is untyped
        sizes = {_NAME: (snapshot.path, Path(snapshot.path).stat().st_size)}
        if snapshot.wal_bytes:
            sizes[f"{_NAME}.wal"] = (snapshot.wal_path, snapshot.wal_bytes)
        self._files: Mapping[str, tuple[str, int]] = sizes

    def _found(self, path: str) -> tuple[str, int]:
        try:
            return self._files[path if "://" in path else f"{_PROTOCOL}://{path}"]
        except KeyError:
            raise FileNotFoundError(path) from None

    def open(self, path: str, mode: str = "rb", **_: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - all that DuckDB gives
        if mode != "rb":
            raise PermissionError(f"{path} can only be read")
        return _Part(*self._found(path))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": self._found(path)[1], "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        return (path if "://" in path else f"{_PROTOCOL}://{path}") in self._files

    def modified(self, path: str) -> datetime:
        return datetime.fromtimestamp(Path(self._found(path)[0]).stat().st_mtime, UTC)
