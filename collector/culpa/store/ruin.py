"""A damaged segment, opened as far as that is possible: a copy of it is mended or cut, never the segment itself."""

import fcntl
import os
import shutil
from pathlib import Path

import duckdb

from culpa.store.damage import broken_at, damaged, whole_until
from culpa.store.errors import StoreError, StoreLocked
from culpa.store.guard import shut_in
from culpa.store.heal import Flip, flips_of_block, mend_chain, mend_entry, mend_head
from culpa.store.ledger import read_mark, wal_head, wal_of
from culpa.store.trouble import is_damage, translate

#: Each mends or cuts one place; more of them are a file that is not worth it.
_ATTEMPTS = 200
#: Places of the catalogue that are tried where it is not known which of them was flipped.
_GUESSES = 50


class Ruin:
    """The segment at `segment`, looked at in `folder`, which is the caller's to remove.

    `notes` says in words what was found and done.
    """

    def __init__(self, segment: Path, where: str, folder: Path) -> None:
        """Open as much as can be. Errors: StoreDamaged where nothing can be, StoreLocked."""
        self._where = where
        self._copy = folder / segment.name
        self._is_ours = False
        self._segment = segment
        self.notes: list[str] = []
        self.is_short = False
        self._hopeless_blocks: set[str] = set()
        self._guesses: list[Flip] = []
        self._guessed = ""
        _check_unlocked(segment, where)
        self._look_at_log()
        try:
            # The same file under another name, beside which our own write-ahead log may lie.
            os.link(segment, self._copy)
        except OSError:
            self._own()
        self._connection = self._opened()

    def rows(self, relation: str) -> int | None:
        """Return how many rows a relation has by the catalogue, None where it has no such relation."""
        try:
            return self._number(f'select count(*) from segment.data."{relation}"')
        except duckdb.CatalogException:
            return None

    def end(self, relation: str) -> int:
        """Return the number behind the last row's."""
        return self._number(f'select coalesce(max(rowid) + 1, 0) from segment.data."{relation}"')

    def _number(self, sql: str) -> int:
        # All of it: what is left of an answer would keep the connection from the next question.
        return int(self._connection.execute(sql).fetchall()[0][0])

    def read(self, relation: str, first: int, end: int, columns: str = "*") -> "duckdb.DuckDBPyRelation":
        """Return rows by their numbers. Errors: duckdb.Error, also while they are fetched."""
        text = f'select {columns} from segment.data."{relation}" where rowid >= {first} and rowid < {end}'
        return self._connection.sql(text)

    def mend(self, error: duckdb.Error) -> bool:
        """Mend what the engine stumbled over, and open again; return whether it could be."""
        message = str(error)
        if "checksum" not in message or message in self._hopeless_blocks:
            return False
        self.close()
        is_mended = self._heal_block(message)
        if not is_mended:
            self._hopeless_blocks.add(message)
        self._connection = self._opened()
        return is_mended

    def close(self) -> None:
        """Let go of the copy."""
        self._connection.close()

    def _heal_block(self, message: str) -> bool:
        self._own()
        flips = flips_of_block(self._copy, message)
        if len(flips) != 1:
            return False
        flips[0].turn(self._copy)
        self.notes.append("a flipped bit of the file was found by the checksum of its block and turned back")
        return True

    def _guess(self, message: str) -> bool:
        """Turn back the next bit of the catalogue that may have been flipped: without it nothing can be read."""
        if self._guesses:
            self._guesses.pop().turn(self._copy, back=False)
        else:
            flips = flips_of_block(self._copy, message)
            self._guesses = flips[-_GUESSES:]
            self._guessed = f"{len(flips)} bits of the catalogue may be the one that was flipped; one was turned back"
        if self._guesses:
            self._guesses[-1].turn(self._copy)
        return bool(self._guesses)

    def _own(self) -> None:
        if not self._is_ours:
            self._copy.unlink(missing_ok=True)
            shutil.copyfile(self._segment, self._copy)
            self._is_ours = True

    def _look_at_log(self) -> None:
        """Copy the write-ahead log as far as its chain of entries holds."""
        wal, mark = wal_of(self._segment), read_mark(self._segment)
        size = wal_head(wal)[0]
        if mark and size < mark.wal_bytes:
            self.lost(f"{mark.wal_bytes - size} bytes of the write-ahead log are gone, with what was committed in them")
        if size:
            shutil.copyfile(wal, wal_of(self._copy))
            if mark and mend_head(wal_of(self._copy), mark):
                self.notes.append("a flipped bit at the start of the write-ahead log was turned back")
            end = mark.wal_bytes if mark and mark.wal_bytes <= size else size
            whole = whole_until(wal, end)
            if mark and whole is not None and whole < end and not mend_chain(wal_of(self._copy), whole, end):
                self.lost(f"{end - whole} bytes at the end of the write-ahead log cannot be read")

    def lost(self, what: str) -> None:
        """Note in words what cannot be read."""
        self.is_short = True
        self.notes.append(what)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        for _ in range(_ATTEMPTS):
            connection = duckdb.connect(":memory:", config={"autoload_known_extensions": False})
            path = str(self._copy).replace("'", "''")
            try:
                connection.execute(f"attach '{path}' as segment (read_only)")
                shut_in(connection)
                if self._guesses:
                    self.lost(self._guessed)
                    self._guesses = []
                return connection
            except duckdb.Error as error:
                connection.close()
                if not self._repair(error):
                    raise self._hopeless(error) from error
        raise damaged(self._where, "it is damaged in too many places")

    def _hopeless(self, error: duckdb.Error) -> StoreError:
        reason = translate(error, self._where, "")
        if not is_damage(str(error)):
            return reason
        return type(reason)(f"nothing of store {self._where} can be read, its catalogue is damaged: {error}")

    def _repair(self, error: duckdb.Error) -> bool:
        message = str(error)
        if "location" in message and self._heal_block(message):
            return True
        is_of_log = "WAL" in message or broken_at(message) is not None
        if not is_of_log and (self._guesses or "location" in message) and self._guess(message):
            return True
        self._guesses = []
        wal = wal_of(self._copy)
        if not wal.exists():
            return False
        at = broken_at(message)
        if at is None:
            self.lost(f"the write-ahead log ({wal.stat().st_size} bytes) cannot be read, with what was committed in it")
            wal.unlink()
        elif mend_entry(wal, message, at):
            self.notes.append(f"a flipped bit of the write-ahead log at byte {at} was turned back")
        else:
            self.lost(f"{wal.stat().st_size - at} bytes at the end of the write-ahead log cannot be read")
            os.truncate(wal, at)
        return True


def _check_unlocked(segment: Path, where: str) -> None:
    descriptor = os.open(segment, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreLocked(f"store {where} is in use by another process; stop that first") from error
    finally:
        os.close(descriptor)
