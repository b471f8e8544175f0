"""Telemetry that lies in a folder of Parquet files, as it is asked for."""

import heapq
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb

from culpa.collector.abroad.fetching import around
from culpa.collector.abroad.there import MOST_ALIKE, MOST_TRACES, NEAR_NS, Row, Signal, Stretch, Suspect
from culpa.collector.parquet import questions
from culpa.collector.parquet.address import Address
from culpa.collector.parquet.engine import Engine, Value
from culpa.collector.parquet.folder import Columns, Folder, Part
from culpa.collector.parquet.place import Found, Place
from culpa.collector.recorded.shapes import Shape
from culpa.store import StoreNotFound, StoreRefused

_SIGNALS: tuple[Signal, ...] = ("traces", "logs")
#: What DuckDB raises where no file is to blame; of one that is not whole it raises many things.
_NOT_OF_FILES = (
    duckdb.OutOfMemoryException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.InterruptException,
)
Question = Callable[[Shape, str], str]


class ParquetFolder:
    """One folder. What cannot be read in it is said once, and left out."""

    #: To look for a trace is to read the ids of all that lie there.
    reach_ns = 86_400_000_000_000

    def __init__(self, address: Address, say: Callable[[str], None]) -> None:
        """Look whether it is there. Errors: StoreError."""
        self._place = Place(address)
        self._engine: Engine | None = None
        self._folder = Folder(self._place, self._describe, say)
        self._folder.check()

    @property
    def where(self) -> str:
        """Return the address."""
        return str(self._place.address)

    def place(self, signal: Signal) -> str:
        """Return the folder, and what of it."""
        return f"{self._place.whole('')} ({signal})"

    def failing(self, since_ns: int, until_ns: int) -> Iterator[Suspect]:
        """Yield traces that may hold a failed request, oldest first."""
        found = self._suspects(("traces",), questions.failing, since_ns, until_ns, {})
        yield from heapq.nsmallest(MOST_TRACES + 1, found.values(), key=lambda one: (one.first_ns, one.trace_id))

    def rows(self, signal: Signal, some: Sequence[Suspect]) -> Iterator[list[Row]]:
        """Yield all rows of traces."""
        since_ns, until_ns = around(some)
        asked: dict[str, Value] = {"trace_ids": [one.trace_id for one in some]}
        return self._answers(signal, questions.rows_of, since_ns, until_ns, asked)

    def counts(self, some: Sequence[Suspect]) -> dict[str, int]:
        """Return how many rows of traces lie there."""
        counts: dict[str, int] = {}
        if not some:
            return counts
        since_ns, until_ns = around(some)
        asked: dict[str, Value] = {"trace_ids": [one.trace_id for one in some]}
        for signal in _SIGNALS:
            for rows in self._answers(signal, questions.spots, since_ns, until_ns, asked):
                for row in rows:
                    counts[row["trace_id"]] = counts.get(row["trace_id"], 0) + row["n"]
        return counts

    def spots(self, trace_ids: Sequence[str], since_ns: int, until_ns: int) -> list[Suspect]:
        """Return when these traces were."""
        asked: dict[str, Value] = {"trace_ids": list(trace_ids)}
        return list(self._suspects(_SIGNALS, questions.spots, since_ns, until_ns, asked).values())

    def beginning_with(self, digits: str, since_ns: int, until_ns: int) -> list[str]:
        """Return ids that begin so."""

        def question(shape: Shape, source: str) -> str:
            return questions.beginning_with(shape, source, MOST_ALIKE)

        asked: dict[str, Value] = {"digits": digits}
        found = self._answers("traces", question, since_ns, until_ns, asked)
        return sorted({str(row["trace_id"]) for rows in found for row in rows})[:MOST_ALIKE]

    def requests(
        self, places: Sequence[str], since_ns: int, until_ns: int, stretch_ns: int, *, with_failed: bool
    ) -> Iterator[Stretch]:
        """Yield how often places were asked."""

        def question(shape: Shape, source: str) -> str:
            return questions.requests(shape, source, with_failed=with_failed)

        asked: dict[str, Value] = {"places": list(places), "stretch_ns": stretch_ns}
        for rows in self._answers("traces", question, since_ns, until_ns, asked):
            for row in rows:
                yield Stretch(*row.values())

    def healthy(self, service: str, place: str, at_ns: int, most: int) -> list[Suspect]:
        """Return healthy requests, nearest in time."""
        asked: dict[str, Value] = {"service": service, "route": place, "at_ns": at_ns, "most": most}
        found = [
            row
            for rows in self._answers("traces", questions.healthy, max(0, at_ns - NEAR_NS), at_ns + NEAR_NS, asked)
            for row in rows
        ]
        nearest = heapq.nsmallest(most, found, key=lambda row: row["distance_ns"])
        return [Suspect(row["trace_id"], row["first_ns"], row["last_ns"]) for row in nearest]

    def let_go(self) -> None:
        """Let go of the engine."""
        if self._engine:
            self._engine.close()
        self._engine = None

    def _suspects(
        self, signals: Sequence[Signal], question: Question, since_ns: int, until_ns: int, asked: Mapping[str, Value]
    ) -> dict[str, Suspect]:
        """Return traces, of which files of several shapes may each hold a part."""
        found: dict[str, Suspect] = {}
        for signal in signals:
            for rows in self._answers(signal, question, since_ns, until_ns, asked):
                for row in rows:
                    one = Suspect(row["trace_id"], row["first_ns"], row["last_ns"])
                    known = found.get(one.trace_id, one)
                    first_ns, last_ns = min(one.first_ns, known.first_ns), max(one.last_ns, known.last_ns)
                    found[one.trace_id] = Suspect(one.trace_id, first_ns, last_ns)
        return found

    def _answers(
        self, signal: Signal, question: Question, since_ns: int, until_ns: int, asked: Mapping[str, Value]
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield what all files answer that may hold rows of that time."""
        bound: dict[str, Value] = {"since_ns": since_ns, "until_ns": until_ns, **asked}
        with self._told():
            for part in self._folder.parts(signal, since_ns, until_ns):
                yield from self._of(part, question, bound)

    def _of(self, part: Part, question: Question, bound: Mapping[str, Value]) -> Iterator[list[dict[str, Any]]]:
        files = part.files
        while files:
            try:
                # What broke in the middle is asked once more, so nothing is told of an answer before it is whole: but
                # for rows, which may be many, and which are stored once however often they are told.
                blocks = self._opened().rows(question(part.shape, self._opened().source(files)), bound)
                yield from blocks if question is questions.rows_of else list(blocks)
                return
            except duckdb.Error as error:
                if isinstance(error, _NOT_OF_FILES):
                    raise
                with suppress(StoreNotFound, StoreRefused):
                    self._place.probe(files[0].path)  # or each would be asked of a store that does not answer
                whole = self._without_broken(files, part, question, bound)
                if len(whole) == len(files):
                    raise
                files = whole

    def _without_broken(
        self, files: Sequence[Found], part: Part, question: Question, bound: Mapping[str, Value]
    ) -> tuple[Found, ...]:
        """Ask each file by itself, and leave out those that cannot be read."""
        whole: list[Found] = []
        for file in files:
            try:
                for _ in self._opened().rows(question(part.shape, self._opened().source([file])), bound):
                    pass
            except duckdb.Error as error:
                if isinstance(error, _NOT_OF_FILES):
                    raise
                self._folder.leave_out(file, _line(error))
            else:
                whole.append(file)
        self._folder.tell()
        return tuple(whole)

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise StoreRefused(f"{self.where}: {_line(error)}; ask for less with --since and --until") from None
        except duckdb.Error as error:
            raise StoreRefused(f"{self.where}: {_line(error)}") from None

    def _describe(self, file: Found) -> Columns | str:
        try:
            return self._opened().describe(file)
        except duckdb.Error as error:
            return _line(error)

    def _opened(self) -> Engine:
        self._engine = self._engine or Engine(self._place)
        return self._engine


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
