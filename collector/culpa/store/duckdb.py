"""The engine that holds a store in one DuckDB segment file, which has one owner at a time."""

import logging
import threading
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from culpa.store.appending import append
from culpa.store.attached import attached
from culpa.store.checkpoints import Checkpoints
from culpa.store.damage import check_acknowledged, cut_torn_end
from culpa.store.elsewhere import check_file_name
from culpa.store.engine import Parameter
from culpa.store.errors import QueryFailed, StoreError, StoreGone, StoreUnavailable
from culpa.store.held import hold, let_go
from culpa.store.ledger import Ledger, wal_of
from culpa.store.readonly import reading
from culpa.store.segments.listing import HOT_SEGMENT
from culpa.store.segments.sealed import Sealed
from culpa.store.snapshot import Snapshot, take
from culpa.store.trouble import check_file, damage_error, is_invalidated, translate

logger = logging.getLogger("culpa.store")


def segment_of(where: Path) -> Path:
    """Return the segment file that `where`, a file or a store directory, stands for."""
    return where / HOT_SEGMENT if where.is_dir() else where


class DuckDBStore:
    """A store in one segment file.

    Promise: `write` is durable when it returns. Cursors may be used from any thread, one thread each.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        writable: bool = False,
        memory_limit: str | None = None,
        threads: int | None = None,
        shared: bool = False,
    ) -> None:
        """Open a segment file or a store directory; create it when `writable`.

        `memory_limit` (for instance `2GiB`) and `threads` are the engine's; else it takes what it wants. Of a
        `shared` store other processes may read a `snapshot` while this one writes.

        Promise: nothing that the segment holds, such as a view of a stranger, reaches outside of it.
        Errors: StoreNotFound, NotAStore, StoreDamaged, StoreLocked, StoreFull.
        """
        check_file_name(where)
        self._where = str(where)
        self._writable = writable
        self._memory_limit = memory_limit
        self._threads = threads
        self._checkpoints = Checkpoints() if shared else None
        self._is_closed = False
        #: Handed out and perhaps in use: the file cannot be opened again while one of them is.
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self.path = segment_of(Path(where))
        self._lock = threading.RLock()
        self._ledger: Ledger | None = None
        self._held: tuple[int, int] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._sealed: Sealed | None = None
        self._open()

    @property
    def where(self) -> str:
        """Return the place as the user named it."""
        return self._where

    def _open(self) -> None:
        check_acknowledged(self.path, self._where)
        check_file(self.path, self._writable)
        try:
            self._connection, self._sealed = self._attached()
        except duckdb.Error as error:
            if not (self._writable and cut_torn_end(self.path, str(error))):
                raise translate(error, self._where, "") from error
            self._connection, self._sealed = self._attached_again()
        self._held = hold(self.path)
        if self._writable:
            self._ledger = Ledger(self.path, self._where)
        self._measure_log()

    def _attached_again(self) -> tuple[duckdb.DuckDBPyConnection, Sealed]:
        try:
            return self._attached()
        except duckdb.Error as error:
            raise translate(error, self._where, "") from error

    def _attached(self) -> tuple[duckdb.DuckDBPyConnection, Sealed]:
        return attached(
            self.path,
            self._where,
            writable=self._writable,
            shared=self._checkpoints is not None,
            memory_limit=self._memory_limit,
            threads=self._threads,
        )

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return the instance's connection; take a `cursor()` of it in every thread.

        Errors: StoreUnavailable after `close`.
        """
        if self._connection is None:
            raise StoreUnavailable(f"store {self._where} is closed; open it again")
        return self._connection

    @property
    def sealed(self) -> Sealed:
        """Return the sealed files that are attached. Errors: StoreUnavailable after `close`."""
        if self._sealed is None:
            raise StoreUnavailable(f"store {self._where} is closed; open it again")
        return self._sealed

    def cursor(self, since_ns: int = 0) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own, on which temporary tables may be made. Close it after use.

        What it reads may lack rows older than `since_ns`, nanoseconds since 1970, so that no question about what
        happens now gets dearer as the store grows.
        """
        cursor = self.connection.cursor()
        self._cursors.add(cursor)
        if since_ns and self._sealed and self._sealed.is_recent(since_ns):
            cursor.execute("use recent")
        return cursor

    def check_presence(self) -> None:
        """Do nothing while the file that is written still has its name. Errors: StoreGone."""
        if self._ledger:
            self._ledger.check()

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer one read-only SELECT; see `Store.query`."""
        self.make_ready(sql, parameters)
        try:
            with reading(self.cursor, sql, parameters, timeout_s=3600.0) as reader:
                return reader.read_all()
        except QueryFailed as error:
            raise damage_error(error, self._where) from error

    def make_ready(self, sql: str, parameters: Mapping[str, Parameter] | None) -> None:
        """See to it that what a SELECT asks for is here, before it is answered on a cursor: of a file all is.

        Errors: StoreError, of a store whose rows lie elsewhere.
        """

    def write(self, tables: Mapping[str, pa.Table | pa.RecordBatch], since_ns: int = 0) -> None:
        """Append rows to relations, all in one transaction.

        Shape: keys are relation names; columns are matched by name and must be the relation's. No verdict that is held
        of the failures in them ended before `since_ns`, nanoseconds since 1970: to look for it costs the same then,
        however many are held.
        Promise: durable when it returns; nothing of it is stored when it raises.
        Errors: StoreFull, StoreUnavailable (the caller keeps its rows and tries again).
        """
        with self.transaction() as cursor:
            for relation, rows in tables.items():
                if rows.num_rows:
                    append(cursor, relation, rows, since_ns)

    @contextmanager
    def transaction(self) -> Generator[duckdb.DuckDBPyConnection]:
        """Yield a cursor inside a transaction that commits when the block ends, or leaves nothing behind.

        One at a time in this process. Errors: as for `write`.
        """
        with self._lock:
            if self._connection is None and not self._is_closed:
                self._reopen()
            self.check_presence()
            if self._ledger:
                self._ledger.prepare()
            cursor = self.cursor()
            try:
                cursor.execute("begin transaction")
                yield cursor
                cursor.execute("commit")
                if self._ledger:
                    self._note(self._ledger)
            except duckdb.Error as error:
                if is_invalidated(error):
                    cursor.close()
                    self._reopen()
                    raise StoreUnavailable(f"store {self._where} was opened again after: {error}") from error
                _rollback(cursor)
                raise translate(error, self._where, "write") from error
            except BaseException:
                _rollback(cursor)
                raise
            finally:
                cursor.close()
            if self._checkpoints and self._checkpoints.begin():
                self._checkpoint_begun(self._checkpoints)

    @contextmanager
    def snapshot(self, timeout_s: float = 10.0) -> Generator[Snapshot]:
        """Yield what another process needs to read what is committed now; no checkpoint is made inside the block.

        Errors: StoreUnavailable if a checkpoint is in the way for `timeout_s` seconds, or the store is not shared.
        """
        if self._checkpoints is None:
            raise StoreUnavailable(f"store {self._where} was not opened to be shared")
        if self._checkpoints.ask():
            self._checkpoint_begun(self._checkpoints)
        if not self._checkpoints.enter(timeout_s):
            raise StoreUnavailable(f"store {self._where} is being rewritten; ask again")
        try:
            yield take(self.path, self._checkpoints.wal_bytes, has_sealed=self.sealed.is_any)
        finally:
            if self._checkpoints.leave():
                self._checkpoint_begun(self._checkpoints)

    def checkpoint_aside(self, timeout_s: float = 20.0) -> None:
        """Move the write-ahead log into the file at a moment when nobody reads a snapshot; not at all if none comes."""
        if self._checkpoints and self._checkpoints.claim(timeout_s):
            self._checkpoint_begun(self._checkpoints)

    def _checkpoint_begun(self, checkpoints: Checkpoints) -> None:
        try:
            self.checkpoint()
        except StoreError as error:
            # The log keeps everything; the next commit tries again.
            logger.warning("the write-ahead log was not moved into the store: %s", error)
        finally:
            checkpoints.done()

    def _note(self, ledger: Ledger) -> None:
        wal_bytes = ledger.note()
        if self._checkpoints:
            self._checkpoints.wal_bytes = wal_bytes

    def _measure_log(self) -> None:
        """Note how much of the log is committed: now nothing of it is under way."""
        if self._checkpoints:
            try:
                self._checkpoints.wal_bytes = wal_of(self.path).stat().st_size
            except FileNotFoundError:
                self._checkpoints.wal_bytes = 0

    def _reopen(self) -> None:
        """Open the file again. Errors: StoreUnavailable until every cursor of before is closed."""
        with self._lock:
            for cursor in list(self._cursors):
                # Its owner sees an error and closes it; nothing it could still read is of use.
                with suppress(duckdb.Error):
                    cursor.interrupt()
            self.check_presence()
            self._let_go()
            if not self.path.exists():
                # To make a new one is for whoever starts the process, not in the middle of its life.
                raise StoreGone(f"the file {self.path} of store {self._where} is gone; put it back or restart")
            self._open()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file. Errors: StoreFull, StoreUnavailable."""
        with self._lock, self.cursor() as cursor:
            self.check_presence()
            try:
                cursor.execute("checkpoint segment")
                self._measure_log()
            except duckdb.Error as error:
                if is_invalidated(error):
                    cursor.close()
                    self._reopen()
                raise translate(error, self._where, "checkpoint") from error

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        with self._lock:
            self._is_closed = True
            if self._ledger and self._ledger.has_noted and wal_of(self.path).exists():
                # The log stays beside the file if that fails; the next one to open it reads both.
                with suppress(StoreError):
                    self.checkpoint()
            self._let_go()

    def _let_go(self) -> None:
        if self._ledger is not None:
            self._ledger.tidy()
        if self._connection is not None:
            self._connection.close()
            self._connection, self._sealed = None, None
        if self._held is not None:
            let_go(self._held)
            self._held = None
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def __enter__(self) -> Self:
        """Return the open store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _rollback(cursor: duckdb.DuckDBPyConnection) -> None:
    # If the transaction is gone already, the error that brought us here is the one to tell.
    with suppress(duckdb.Error):
        cursor.execute("rollback")
