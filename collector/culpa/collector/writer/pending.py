"""Rows that wait for their commit, and who waits for them."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa

from culpa.collector.writer.receipt import Receipt
from culpa.store import ROW_GROUP_ROWS

#: Relations that come in bulk. Only whole row groups of them are committed while more keeps coming (but see WHOLE);
#: the rows of all others go along with any commit.
BULK = ("spans", "logs", "metric_points", "access")

#: Of these the rows have no key by which a repeat could be told, so no body's rows may be in two commits: after a kill
#: between them, a retry of the body would store those of the first commit once more.
WHOLE = ("metric_points",)

#: Under load a row group fills in fewer lingers, and an aligned commit costs half of a ragged one.
_BUSY_FACTOR = 10


@dataclass(frozen=True)
class Body:
    """One sender's body inside a batch: how many rows of the main relation it has, and who waits for it."""

    rows: int
    digest: str
    receipt: Receipt
    answer: Future[Receipt]


@dataclass(frozen=True)
class Batch:
    """Rows that arrived together. `bodies` divide the rows of `main` in order; `done` hears of the whole."""

    tables: Mapping[str, pa.Table]
    suspects: frozenset[str]
    main: str = ""
    bodies: Sequence[Body] = ()
    done: Future[None] | None = None

    @property
    def is_atomic(self) -> bool:
        """Say whether all rows must be in one commit: a log's lines and how far it was read."""
        return "tail_positions" in self.tables


@dataclass
class _Column:
    """The waiting rows of one relation; `taken` and `added` count rows since the start."""

    tables: deque[pa.Table] = field(default_factory=lambda: deque[pa.Table]())
    rows: int = 0
    added: int = 0
    taken: int = 0
    since: float = float("inf")


@dataclass(frozen=True)
class _Mark:
    """How many rows of each relation (since the start) must be taken before somebody is answered."""

    targets: Mapping[str, int]
    body: Body | None = None
    batch: Batch | None = None


@dataclass(frozen=True)
class Taken:
    """The rows of one commit, and whom it makes happy."""

    tables: Mapping[str, pa.Table]
    bodies: Sequence[Body]
    batches: Sequence[Batch]


class Pending:
    """The rows that wait. Not thread-safe: the insert thread owns it."""

    def __init__(self, linger_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Hold nothing; small batches may wait `linger_s` seconds."""
        self._linger_s = linger_s
        self._clock = clock
        self._columns: dict[str, _Column] = {}
        self._atomic: list[Batch] = []
        #: Says that more rows are being made already: then whole row groups are worth a longer wait.
        self.more_is_coming: Callable[[], bool] = lambda: False
        #: Since when somebody waits who has no rows in `_columns`.
        self._since = float("inf")
        self._marks: deque[_Mark] = deque()

    def add(self, batch: Batch) -> None:
        """Take a batch in."""
        now = self._clock()
        tables = {} if batch.is_atomic else {name: rows for name, rows in batch.tables.items() if rows.num_rows}
        if batch.is_atomic:
            self._atomic.append(batch)
        if not tables:
            self._since = min(self._since, now)
        start = self._column(batch.main).added if batch.main else 0
        for relation, rows in tables.items():
            column = self._column(relation)
            column.tables.append(rows)
            column.rows += rows.num_rows
            column.added += rows.num_rows
            column.since = min(column.since, now)
        targets = {relation: self._column(relation).added for relation in tables}
        for body in batch.bodies:
            start += body.rows
            self._marks.append(_Mark({**targets, batch.main: start}, body=body))
        self._marks.append(_Mark(targets, batch=batch))

    def _column(self, relation: str) -> _Column:
        return self._columns.setdefault(relation, _Column())

    def due_in_s(self) -> float | None:
        """Return how long the oldest rows may still wait; None when nothing waits."""
        oldest = min((column.since for column in self._columns.values()), default=self._since)
        oldest = min(oldest, self._since)
        return None if oldest == float("inf") else max(0.0, oldest + self._patience_s() - self._clock())

    def _patience_s(self) -> float:
        return self._linger_s * (_BUSY_FACTOR if self.more_is_coming() else 1)

    def take(self, *, everything: bool = False) -> Taken | None:
        """Remove what should be committed now; None when that is better left waiting."""
        due_in_s = self.due_in_s()
        is_full = any(self._columns[name].rows >= ROW_GROUP_ROWS for name in BULK if name in self._columns)
        if due_in_s is None or not (is_full or due_in_s <= 0.0 or everything):
            return None
        now = self._clock()
        tables: dict[str, list[pa.Table]] = {}
        for relation, column in self._columns.items():
            rows = column.rows if everything else self._share(relation, column, now)
            if rows:
                tables[relation] = _remove(column, rows)
                column.since = now if column.rows else float("inf")
        for batch in self._atomic:
            for relation, table in batch.tables.items():
                tables.setdefault(relation, []).append(table)
        self._atomic, self._since = [], float("inf")
        bodies, batches = self._reached()
        return Taken({name: pa.concat_tables(parts) for name, parts in tables.items()}, bodies, batches)

    def _share(self, relation: str, column: _Column, now: float) -> int:
        """Return how many rows of one relation a commit should hold."""
        if relation not in BULK:
            return column.rows
        if column.rows >= ROW_GROUP_ROWS:
            # Bodies are added whole, so all that waits ends where a body does.
            return column.rows if relation in WHOLE else column.rows // ROW_GROUP_ROWS * ROW_GROUP_ROWS
        return column.rows if now - column.since >= self._patience_s() else 0

    def _reached(self) -> tuple[list[Body], list[Batch]]:
        """Remove the marks whose rows are all taken. Those of atomic batches have no rows in the columns."""
        bodies: list[Body] = []
        batches: list[Batch] = []
        kept: deque[_Mark] = deque()
        for mark in self._marks:
            if any(self._columns[name].taken < rows for name, rows in mark.targets.items()):
                kept.append(mark)
            elif mark.body:
                bodies.append(mark.body)
            elif mark.batch:
                batches.append(mark.batch)
        self._marks = kept
        return bodies, batches

    def abandon(self) -> Taken:
        """Remove everything uncommitted, for those who wait to be told."""
        marks = list(self._marks)
        self._columns, self._atomic, self._since, self._marks = {}, [], float("inf"), deque()
        return Taken({}, [mark.body for mark in marks if mark.body], [mark.batch for mark in marks if mark.batch])


def _remove(column: _Column, rows: int) -> list[pa.Table]:
    removed: list[pa.Table] = []
    column.rows -= rows
    column.taken += rows
    while rows:
        table = column.tables.popleft()
        if table.num_rows > rows:
            column.tables.appendleft(table.slice(rows))
            table = table.slice(0, rows)
        rows -= table.num_rows
        removed.append(table)
    return removed
