"""Follow log files on a thread: read, parse, store; the position goes with the lines in one commit."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import pyarrow as pa

from culpa.collector.formats import Format, Found, Row, Source, by_name, source_name, suspects_of, tables_of
from culpa.collector.tail.generation import Generation, Progress
from culpa.collector.tail.log import FollowedLog
from culpa.collector.tail.positions import Position, position_rows
from culpa.collector.wrappers import outcome_of

logger = logging.getLogger("culpa.collector")

#: Takes rows by relation and the trace ids that hold a sign of failure; completes when they are durable.
Submit = Callable[[Mapping[str, pa.Table], frozenset[str]], Future[None]]

#: Often enough for a provisional verdict within 2 s, seldom enough to cost nothing.
_POLL_S = 0.25
_MAX_PAUSE_S = 5.0
#: How long `stop` goes on storing what was written before it.
_LAST_WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One log to follow."""

    format: Format
    path: Path


def parse_entry(text: str) -> Entry:
    """Read `format=/path/of/the.log`. Errors: ValueError, saying what is expected."""
    name, equals, path = text.partition("=")
    if not equals or not name.strip() or not path.strip():
        raise ValueError(f"{text!r} does not name a log to follow; write format=/path/of/the.log")
    return Entry(by_name(name.strip()), Path(path.strip()).absolute())


class Tailer:
    """Follows logs until it is stopped.

    Promise: a line is stored once, also across rotation (renamed or copied and emptied), restart and kill -9,
    as long as `positions` are those that the store holds. Times without a zone are this machine's.
    """

    def __init__(
        self,
        entries: Iterable[str | Entry],
        submit: Submit,
        *,
        positions: Iterable[Position] = (),
        zone: tzinfo | None = None,
        poll_s: float = _POLL_S,
    ) -> None:
        """Prepare; nothing is read before `start`. Errors: ValueError for an entry that cannot be one."""
        self._submit = submit
        self._zone = zone
        self._poll_s = poll_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing: set[Path] = set()
        #: Lines and records that could not be read, by log.
        self.unreadable: Counter[str] = Counter()
        kept = list(positions)
        parsed = [parse_entry(entry) if isinstance(entry, str) else entry for entry in entries]
        self._logs = [
            FollowedLog(entry.path, entry.format, [position for position in kept if position.path == str(entry.path)])
            for entry in {entry.path: entry for entry in parsed}.values()
        ]
        self._saved = {(position.path, position.inode): position for position in kept}

    @property
    def is_alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to follow, on a thread of its own."""
        if self._logs and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="culpa-tail", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Store what was written until now and end. May be called twice."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        for log in self._logs:
            log.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._poll():
                self._stopping.wait(self._poll_s)
        give_up_at = time.monotonic() + _LAST_WORDS_S
        while self._poll() and time.monotonic() < give_up_at:
            pass

    def _poll(self) -> bool:
        """Read each log on; return whether any has more."""
        has_more = False
        for log in self._logs:
            try:
                has_more |= self._read_on(log)
                self._failing.discard(log.path)
            except Exception:
                # One log that our own code cannot cope with must not end the thread for all others.
                if log.path not in self._failing:
                    logger.exception("cannot follow %s; it is tried again", log.path)
                self._failing.add(log.path)
        return has_more

    def _read_on(self, log: FollowedLog) -> bool:
        has_more = False
        for generation in log.generations():
            is_safe_to = generation.kept_to
            try:
                progress = generation.read()
                is_stored = self._store(generation, progress)
            except BaseException:
                generation.rewind(is_safe_to)
                raise
            if not is_stored:
                generation.rewind(is_safe_to)
                return False
            has_more |= progress.has_more
        for generation in list(log.left()):
            if self._store(generation, generation.rest()):
                log.forget(generation)
        return has_more

    def _store(self, generation: Generation, progress: Progress) -> bool:
        """Store what was read, and how far; return whether that is safe."""
        position = generation.position
        key = (position.path, position.inode)
        if not progress.records and position == self._saved.get(key):
            return True
        rows = self._rows(generation, progress.records)
        if progress.cut_lines:
            self._complain(generation, "a line longer than is read was cut", progress.cut_lines)
        # A log that was only seen is kept too: it may be rotated before its first line is stored.
        if position.offset or rows or key not in self._saved:
            lost: list[Row] = []
            tables = {**tables_of(rows, lost), "tail_positions": position_rows([position])}
            if lost:
                self._complain(generation, "no row can be made of a line", len(lost))
            if not self._submit_until_stored(tables, suspects_of(rows)):
                return False
            self._saved[key] = position
        return True

    def _rows(self, generation: Generation, records: Iterable[Found]) -> list[Row]:
        source = Source(source_name(generation.path.name), self._zone, time.time_ns())
        rows: list[Row] = []
        for found in records:
            known, row, trouble = outcome_of(found, source)
            if trouble:
                self._complain(generation, f"not {known.name} at byte {found.record.offset}: {trouble}")
            if row is not None:
                rows.append(row)
        return rows

    def _complain(self, generation: Generation, why: str, number: int = 1) -> None:
        path = str(generation.path)
        if not self.unreadable[path]:
            logger.warning("%s: %s; such lines are counted, and kept as they are where they can be", path, why)
        self.unreadable[path] += number

    def _submit_until_stored(self, tables: Mapping[str, pa.Table], suspects: frozenset[str]) -> bool:
        """Store, trying again while the store cannot: the file keeps the lines, so waiting loses nothing."""
        pause_s = 0.25
        while True:
            try:
                self._submit(tables, suspects).result()
                return True
            except Exception as error:
                if self._stopping.is_set():
                    # Not stored, so not behind the saved position: the next start reads them again.
                    logger.warning("log lines were not stored before the end: %s", error)
                    return False
                logger.warning("log lines wait, storing is tried again: %s", error)
                self._stopping.wait(pause_s)
                pause_s = min(pause_s * 2, _MAX_PAUSE_S)
