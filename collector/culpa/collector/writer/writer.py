"""Commit rows in groups: one transaction for all that came in together, and an answer only after it.

Refuses to decode, to judge and to answer senders.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import pyarrow as pa

from culpa.collector.measures import Measures
from culpa.collector.writer.additions import Additions, Also
from culpa.collector.writer.digests import Digests
from culpa.collector.writer.pending import Batch, Body, Pending, Taken
from culpa.collector.writer.space import FreeSpace
from culpa.store import DuckDBStore, StoreError, StoreFull, StoreUnavailable, arrow_schema

logger = logging.getLogger("culpa.collector")

#: Batches that may wait for the insert thread; more would only hold memory.
_INBOX = 8
#: A reader's hunger for memory passes; so long a commit is tried again before senders are told to come back.
_PATIENCE_S = 10.0
#: How often old digests are removed from the store.
_PURGE_S = 300.0

#: Hears after each commit: the committed rows, and the suspects whose rows are now all there.
Listener = Callable[[Mapping[str, pa.Table], frozenset[str]], None]


@dataclass(frozen=True)
class _Flush:
    done: Future[None]


class Writer:
    """The one thread that inserts.

    Promise: a future of `submit` completes after the durable commit, or with the StoreError that prevented
    it, and then sending the same again stores nothing twice.
    """

    def __init__(
        self,
        store: DuckDBStore,
        *,
        linger_s: float = 0.03,
        min_free_bytes: int = 0,
        listener: Listener | None = None,
        measures: Measures | None = None,
    ) -> None:
        """Learn what the store holds and start the thread."""
        self._store = store
        self._measures = measures or Measures()
        self._listener = listener
        self._pending = Pending(linger_s)
        self._space = FreeSpace(store.path.parent, min_free_bytes)
        self._inbox: queue.Queue[Batch | _Flush | None] = queue.Queue(_INBOX)
        self._additions = Additions(store)
        with store.cursor() as cursor:
            self.digests = Digests(cursor)
        #: What is done now and then inside a commit.
        self.housekeeping: list[Also] = [self.digests.purge]
        self._purged_at = time.monotonic()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="culpa-insert", daemon=True)
        self._thread.start()

    def expect(self, more_is_coming: Callable[[], bool]) -> None:
        """Ask `more_is_coming` whether a batch that is not full should wait for company a little longer."""
        self._pending.more_is_coming = more_is_coming

    @property
    def is_alive(self) -> bool:
        """Say whether the insert thread runs."""
        return self._thread.is_alive()

    def check_space(self) -> None:
        """Do nothing while the store's file is in its place, and there is room. Errors: StoreGone, StoreFull."""
        self._store.check_presence()
        self._space.check()

    def submit(self, tables: Mapping[str, pa.Table], suspects: frozenset[str] = frozenset()) -> Future[None]:
        """Store rows; the future completes after the commit. Waits while the insert thread is far behind.

        Shape: keys are relations, columns exactly theirs. Rows beside `tail_positions` are committed with it.
        Errors: ValueError for other columns; StoreFull, StoreUnavailable (also by the future).
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()
        self.submit_batch(Batch(_checked(tables), suspects, done=done))
        return done

    def submit_bodies(
        self, tables: Mapping[str, pa.Table], suspects: frozenset[str], main: str, bodies: Sequence[Body]
    ) -> None:
        """Store the rows of several bodies, each of which is answered as soon as its own rows are durable.

        Errors: as for `submit`; then no body was answered.
        """
        self.submit_batch(Batch(_checked(tables), suspects, main, bodies))

    def submit_batch(self, batch: Batch) -> None:
        """Hand one batch to the insert thread. Errors: StoreFull, StoreUnavailable."""
        if self._is_closing:
            raise StoreUnavailable("the collector is shutting down; send again to the next one")
        self.check_space()
        self._inbox.put(batch)

    def flush(self) -> None:
        """Return when all that was submitted before is committed (or has failed)."""
        done: Future[None] = Future()
        self._inbox.put(_Flush(done))
        done.result()

    def close(self) -> None:
        """Commit what waits and end the thread; the store stays open. May be called twice."""
        if not self._is_closing:
            self._is_closing = True
            self._inbox.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            waiters: list[Future[None]] = []
            for item in self._received():
                if isinstance(item, _Flush):
                    waiters.append(item.done)
                elif item is None:
                    is_open = False
                else:
                    self._pending.add(item)
            while (taken := self._pending.take(everything=bool(waiters) or not is_open)) is not None:
                self._commit(taken)
            for waiter in waiters:
                waiter.set_result(None)

    def _received(self) -> list[Batch | _Flush | None]:
        """Return all that came in, after waiting for something to come or to be due."""
        try:
            items = [self._inbox.get(timeout=self._pending.due_in_s())]
        except queue.Empty:
            return []
        while True:
            try:
                items.append(self._inbox.get_nowait())
            except queue.Empty:
                return items

    def _commit(self, taken: Taken) -> None:
        began = time.monotonic()
        try:
            committed = self._store_patiently(taken)
        except StoreError as error:
            self._give_up(taken, error)
            return
        except Exception as error:
            # Whatever it was, nothing is stored: senders are told so, and the thread lives on.
            logger.exception("a commit failed")
            self._give_up(taken, StoreUnavailable(f"cannot store: {error}; send again"))
            return
        self._measures.committed(taken.tables, committed, time.monotonic() - began)
        for body in taken.bodies:
            self.digests.settle(body.digest, is_stored=True)
            body.answer.set_result(body.receipt)
        for batch in taken.batches:
            if batch.done:
                batch.done.set_result(None)
        if self._listener:
            suspects = frozenset[str]().union(*(batch.suspects for batch in taken.batches))
            self._listener(committed, suspects)

    def _give_up(self, taken: Taken, error: StoreError) -> None:
        self._measures.gave_up()
        # The rest goes too: part of its rows may have been in this commit.
        rest = self._pending.abandon()
        for body in (*taken.bodies, *rest.bodies):
            self.digests.settle(body.digest, is_stored=False)
            body.answer.set_exception(error)
        for batch in (*taken.batches, *rest.batches):
            if batch.done:
                batch.done.set_exception(error)

    def _store_patiently(self, taken: Taken) -> Mapping[str, pa.Table]:
        give_up_at = time.monotonic() + (1.0 if self._is_closing else _PATIENCE_S)
        pause_s = 0.02
        while True:
            try:
                return self._store_once(taken)
            except StoreFull:
                raise
            except StoreUnavailable as error:
                if time.monotonic() > give_up_at:
                    raise
                logger.warning("commit is tried again: %s", error)
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, 1.0)

    def _store_once(self, taken: Taken) -> Mapping[str, pa.Table]:
        self._space.check()
        is_purging = time.monotonic() - self._purged_at > _PURGE_S
        digests = [body.digest for body in taken.bodies if body.digest]
        committed = self._additions.add(taken.tables, digests, self.housekeeping if is_purging else ())
        if is_purging:
            self._purged_at = time.monotonic()
        return committed


def _checked(tables: Mapping[str, pa.Table]) -> Mapping[str, pa.Table]:
    """Refuse rows that would fail inside a commit, where they would take others with them."""
    for relation, rows in tables.items():
        expected = arrow_schema(relation)
        if rows.schema.names != expected.names:
            raise ValueError(f"rows for {relation} have the columns {rows.schema.names}, expected {expected.names}")
        for name, given, wanted in zip(expected.names, rows.schema.types, expected.types, strict=True):
            if given != wanted:
                raise ValueError(f"column {name} of {relation} is {given}, expected {wanted}")
    return tables
