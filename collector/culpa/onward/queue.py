"""Bodies that wait for one destination, on the disk, bounded: beyond the bound the oldest make way.

SQLite keeps them: what was added survives kill -9 of the process, and all but the last moments a loss of power. So does
which of them were last taken together: whoever was sent them and had no time to say so gets the same ones once more.
"""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger("culpa.onward")

#: Of several bodies that are sent at once, compressed.
AT_ONCE_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class Waiting:
    """One body as it is sent: compressed. `number` is 0 before it is in the queue."""

    signal: str
    packed: bytes
    is_json: bool
    number: int = 0


class Queue:
    """One file. Any thread may call."""

    def __init__(self, path: Path, most_bytes: int, *, is_safe: bool = False) -> None:
        """Open the file, or begin it; one that is broken is put aside. Errors: OSError, sqlite3.Error.

        `is_safe`: what was added survives a loss of power, too, which costs a wait for the disk.
        """
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        try:
            self._file = _opened(path)
        except sqlite3.DatabaseError as error:
            aside = path.with_name(f"{path.name}.broken")
            logger.error("%s is broken (%s); it is put aside as %s, and a new one begun", path, error, aside.name)
            path.replace(aside)
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            self._file = _opened(path)
        self._file.execute(f"pragma synchronous = {'full' if is_safe else 'normal'}")
        #: Bytes of the bodies that wait.
        self.bytes = int(self._file.execute("select coalesce(sum(length(packed)), 0) from bodies").fetchone()[0])

    def add(self, several: Sequence[Waiting]) -> int:
        """Keep bodies, all or none; return how many of the oldest made way. Errors: sqlite3.Error."""
        with self._lock, self._file:
            self._file.execute("begin immediate")
            self._file.executemany(
                "insert into bodies (signal, packed, is_json) values (?, ?, ?)",
                [(one.signal, one.packed, one.is_json) for one in several],
            )
            size, dropped = self.bytes + sum(len(one.packed) for one in several), 0
            while size > self._most_bytes:
                [number, length] = self._file.execute(
                    "select number, length(packed) from bodies order by number limit 1"
                ).fetchone()
                self._file.execute("delete from bodies where number = ?", (number,))
                size, dropped = size - length, dropped + 1
        self.bytes = size
        return dropped

    def first(self, most: int = 1) -> list[Waiting]:
        """Return the oldest bodies, as many as are sent at once; none where none waits. Errors: sqlite3.Error."""
        found: list[Waiting] = []
        size = 0
        with self._lock, closing(self._file.cursor()) as cursor:
            for signal, packed, is_json, number in cursor.execute(
                "select signal, packed, is_json, number from bodies order by number limit ?", (most,)
            ):
                found.append(Waiting(signal, packed, bool(is_json), number))
                size += len(packed)
                if size >= AT_ONCE_BYTES:
                    break
        return found

    @property
    def is_tried(self) -> bool:
        """Return whether bodies were taken together, and not removed. Errors: sqlite3.Error."""
        with self._lock:
            return self._file.execute("select 1 from tried").fetchone() is not None

    def together(self, most: int) -> list[Waiting]:
        """Return the oldest bodies, as many as go together: the same ones until they are removed, also after kill -9.

        Errors: sqlite3.Error.
        """
        with self._lock:
            tried = self._file.execute("select last, count from tried").fetchone()
        if tried:
            last, count = tried
            if found := [one for one in self.first(count) if one.number <= last]:
                return found
        found = self.first(most)
        if found:
            with self._lock, self._file:
                self._file.execute("begin immediate")
                self._file.execute("delete from tried")
                self._file.execute("insert into tried values (?, ?)", (found[-1].number, len(found)))
        return found

    def remove(self, some: Sequence[Waiting]) -> None:
        """Let go of bodies, which may have made way already. Errors: sqlite3.Error."""
        with self._lock, self._file:
            self._file.execute("begin immediate")
            for one in some:
                if self._file.execute("delete from bodies where number = ?", (one.number,)).rowcount:
                    self.bytes -= len(one.packed)
            self._file.execute("delete from tried")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


def _opened(path: Path) -> sqlite3.Connection:
    # Whoever else uses the machine has no part in it.
    path.touch(mode=0o600)
    file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        with closing(file.cursor()) as cursor:
            cursor.execute("pragma journal_mode = wal")
            cursor.execute(
                "create table if not exists bodies ("
                "number integer primary key autoincrement, signal text not null, packed blob not null, "
                "is_json integer not null)"
            )
            cursor.execute("create table if not exists tried (last integer not null, count integer not null)")
            cursor.execute("select number from bodies limit 1")
    except sqlite3.DatabaseError:
        file.close()
        raise
    return file
