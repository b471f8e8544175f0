"""Suspects that lie in another system, fetched into a local store and settled there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from culpa.collector.abroad.fetching import fetch
from culpa.collector.abroad.shares import Mark
from culpa.collector.abroad.there import Signal, Suspect, There
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

    def __init__(self, there: There, store: DuckDBStore, settle: Settle) -> None:
        """Judge into that store."""
        self._there = there
        self._store = store
        self._settle = settle
        self._report = Report(command="judge")
        self._gathering = Gathering(store, self._report)
        self.changed: list[str] = []  # ids of traces that were judged since something of them was new

    @property
    def where(self) -> str:
        """Return the address of what is judged."""
        return self._there.where

    def marks(self, some: Sequence[Suspect]) -> Mapping[str, Mark]:
        """Return the sizes of those that the store holds."""
        sizes = self._sizes(some)
        return {one.trace_id: Mark(sizes[one.local_id], is_closed=False) for one in some if one.local_id in sizes}

    def counts(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Return how many rows these traces have there."""
        found: dict[str, int] = {}
        for batch in batches(some):
            found |= self._there.counts(batch)
        return found

    def judge(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Fetch these traces, and judge those of which something is new."""
        for batch in batches(some):
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
        signals: tuple[Signal, ...] = ("logs", "traces")
        for signal in signals:
            if place := self._there.place(signal):
                foreign = ForeignTraces(self._gathering, self._report, Path(place))
                fetch(self._there, signal, some, foreign, self._report)
        self._gathering.finish()

    def _sizes(self, some: Sequence[Suspect]) -> dict[str, Any]:
        rows = self._store.query(_SIZES, {"wanted": [one.local_id for one in some]}).to_pylist()
        return {row["trace_id"]: row["n"] for row in rows}


def batches(some: Sequence[Suspect]) -> Iterator[list[Suspect]]:
    """Yield suspects, as many as are fetched and judged at once."""
    rest = iter(some)
    while batch := list(islice(rest, _BATCH)):
        yield batch
