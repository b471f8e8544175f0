"""Suspects of a ClickHouse, fetched into a local store and settled there: by one judge alone, or by one of several."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from culpa.collector.clickhouse import marks, table
from culpa.collector.clickhouse.client import Client
from culpa.collector.clickhouse.fetching import Suspect, fetch, row_counts
from culpa.collector.clickhouse.shares import Mark, Share
from culpa.collector.clickhouse.tables import Tables
from culpa.collector.recorded import Gathering, Report
from culpa.collector.recorded.foreign import ForeignTraces
from culpa.store import DuckDBStore

Settle = Callable[[DuckDBStore, Sequence[str]], None]

#: Traces that are fetched and judged at once.
_BATCH = 200
_SIZES = """
    select trace_id, sum(n)::bigint as n from (
        select trace_id, count(*) as n from spans where list_contains($wanted, trace_id) group by all
        union all
        select trace_id, count(*) as n from logs where list_contains($wanted, trace_id) group by all
    ) group by all
"""


class Alone:
    """A judge of whose work nobody else knows: what its store holds it has judged."""

    def __init__(self, client: Client, tables: Tables, store: DuckDBStore, settle: Settle) -> None:
        """Judge into that store."""
        self._client = client
        self._tables = tables
        self._store = store
        self._settle = settle
        self._report = Report(command="judge")
        self._gathering = Gathering(store, self._report)
        self.changed: list[str] = []  # ids of traces that were judged since something of them was new

    def marks(self, some: Sequence[Suspect]) -> Mapping[str, Mark]:
        """Return the sizes of those that the store holds."""
        sizes = self._sizes(some)
        return {one.trace_id: Mark(sizes[one.local_id], is_closed=False) for one in some if one.local_id in sizes}

    def counts(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Return how many rows these traces have there."""
        found: dict[str, int] = {}
        for batch in _batches(some):
            found |= row_counts(self._client, self._tables, batch)
        return found

    def judge(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Fetch these traces, and judge those of which something is new."""
        for batch in _batches(some):
            before = self._sizes(batch)
            self.fetch(batch)
            after = self._sizes(batch)
            new = [one.local_id for one in batch if after.get(one.local_id) != before.get(one.local_id)]
            if new:
                self._settle(self._store, new)
            self.changed += new
        return {}

    def mark(self, left: Mapping[str, Mark], some: Sequence[Suspect]) -> None:
        """Leave nothing: the rows are in the store."""

    def fetch(self, some: Sequence[Suspect]) -> None:
        """Store all rows of these traces."""
        # Logs first: of an exception that a record and a span tell, the record is mostly the one that was sent first.
        for of in (*([self._tables.logs] if self._tables.logs else []), self._tables.traces):
            fetch(self._client, of, some, ForeignTraces(self._gathering, self._report, Path(of.name)), self._report)
        self._gathering.finish()

    def _sizes(self, some: Sequence[Suspect]) -> dict[str, Any]:
        rows = self._store.query(_SIZES, {"wanted": [one.local_id for one in some]}).to_pylist()
        return {row["trace_id"]: row["n"] for row in rows}


class Shared(Alone):
    """A judge that writes its verdicts there, and a mark of each trace, by which others know that it was done."""

    def __init__(self, client: Client, tables: Tables, store: DuckDBStore, settle: Settle, share: Share) -> None:
        """Judge into that store, and write what comes of it into the tables there."""
        super().__init__(client, tables, store, settle)
        self._share = share
        self._at_ns = 0  # one time for verdicts and marks: of two judges the same one has the last word in both

    def marks(self, some: Sequence[Suspect]) -> Mapping[str, Mark]:
        """Return the marks that any judge left there."""
        self._at_ns = time.time_ns()
        return marks.read(self._client, some)

    def judge(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Judge these traces, whatever the store knows of them, and write their verdicts.

        They are counted before they are fetched: what comes in between makes another number the next time.
        """
        counts = self.counts(some)
        began_ns = time.time_ns()
        for batch in _batches(some):
            self.fetch(batch)
            self._settle(self._store, [one.local_id for one in batch])
        judged = [one.local_id for one in some]
        self._at_ns = time.time_ns()
        table.write(self._client, self._store, judged, began_ns, self._at_ns)
        self.changed += judged
        return counts

    def mark(self, left: Mapping[str, Mark], some: Sequence[Suspect]) -> None:
        """Leave marks there."""
        marks.write(self._client, left, some, self._share, self._at_ns)


def _batches(some: Sequence[Suspect]) -> Iterator[list[Suspect]]:
    rest = iter(some)
    while batch := list(islice(rest, _BATCH)):
        yield batch
