"""Suspects of a ClickHouse, settled by one of several judges."""

import time
from collections.abc import Mapping, Sequence

from culpa.collector.abroad.settling import Alone, Settle, batches
from culpa.collector.abroad.shares import Mark, Share
from culpa.collector.abroad.there import Suspect
from culpa.collector.clickhouse import marks, table
from culpa.collector.clickhouse.there import ClickHouse
from culpa.store import DuckDBStore


class Shared(Alone):
    """A judge that writes its verdicts there, and a mark of each trace, by which others know that it was done."""

    def __init__(self, there: ClickHouse, store: DuckDBStore, settle: Settle, share: Share) -> None:
        """Judge into that store, and write what comes of it into the tables there."""
        super().__init__(there, store, settle)
        self._clickhouse = there  # as what it is
        self._share = share
        self._at_ns = 0  # one time for verdicts and marks: of two judges the same one has the last word in both

    def marks(self, some: Sequence[Suspect]) -> Mapping[str, Mark]:
        """Return the marks that any judge left there."""
        self._at_ns = time.time_ns()
        return marks.read(self._clickhouse.client, some)

    def judge(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Judge these traces, whatever the store knows of them, and write their verdicts.

        They are counted before they are fetched: what comes in between makes another number the next time.
        """
        counts = self.counts(some)
        began_ns = time.time_ns()
        for batch in batches(some):
            self.fetch(batch)
            self._settle(self._store, [one.local_id for one in batch])
        judged = [one.local_id for one in some]
        self._at_ns = time.time_ns()
        table.write(self._clickhouse.client, self._store, judged, began_ns, self._at_ns)
        self.changed += judged
        return counts

    def mark(self, left: Mapping[str, Mark], some: Sequence[Suspect]) -> None:
        """Leave marks there."""
        marks.write(self._clickhouse.client, left, some, self._share, self._at_ns)
