"""Telemetry that lies in a ClickHouse, as it is asked for."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from culpa.collector.abroad.fetching import around, text
from culpa.collector.abroad.shares import ALONE, Share, overdue_ns
from culpa.collector.abroad.there import Row, Signal, Stretch, Suspect
from culpa.collector.clickhouse import healthy, requests, spots
from culpa.collector.clickhouse.address import Address
from culpa.collector.clickhouse.client import Client, Held, Parameter
from culpa.collector.clickhouse.questions import counts_of, failing, recognised, rows_of
from culpa.collector.clickhouse.tables import Table, Tables


class ClickHouse:
    """One database, connected to when it is asked, and anew after it was let go of."""

    #: A month: tables have an index of ids.
    reach_ns = 31 * 86_400_000_000_000

    def __init__(self, address: Address) -> None:
        """Look what lies there. Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`."""
        self.address = address
        self._held = Held(address)
        try:
            self.tables: Tables = recognised(self.client)
        except BaseException:
            self.let_go()
            raise

    @property
    def where(self) -> str:
        """Return the address, without its password."""
        return str(self.address)

    @property
    def client(self) -> Client:
        """Return the connection. Errors: StoreUnavailable, StoreRefused."""
        return self._held.client()

    def place(self, signal: Signal) -> str:
        """Return the name of a table; '' where there is none."""
        table = self._table(signal)
        return table.name if table else ""

    def failing(
        self, since_ns: int, until_ns: int, *, closed: str = "", share: Share = ALONE, now_ns: int = 0
    ) -> Iterator[Suspect]:
        """Yield what may be due for one judge, oldest first; `closed` is a question for what nobody has to look at."""
        asked: dict[str, Parameter] = {"since_ns": since_ns, "until_ns": until_ns}
        if share.of > 1:
            asked |= {"judges": share.of, "number": share.number, "overdue_ns": overdue_ns(now_ns)}
        for rows in self.client.query(failing(self.tables.traces, closed=closed, is_shared=share.of > 1), asked):
            for row in rows:
                yield Suspect(text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))

    def rows(self, signal: Signal, some: Sequence[Suspect]) -> Iterator[list[Row]]:
        """Yield all rows of traces."""
        if table := self._table(signal):
            yield from self.client.query(rows_of(table), _around(some))

    def counts(self, some: Sequence[Suspect]) -> dict[str, int]:
        """Return how many rows of traces lie there."""
        counts: dict[str, int] = {}
        for of in self.tables if some else ():
            for rows in self.client.query(counts_of(of), _around(some)) if of else ():
                for row in rows:
                    trace_id = text(row["TraceId"])
                    counts[trace_id] = counts.get(trace_id, 0) + int(row["n"])
        return counts

    def spots(self, trace_ids: Sequence[str], since_ns: int, until_ns: int) -> list[Suspect]:
        """Return when these traces were."""
        return spots.of(self.client, self.tables, trace_ids, since_ns, until_ns)

    def beginning_with(self, digits: str, since_ns: int, until_ns: int) -> list[str]:
        """Return ids that begin so."""
        return spots.beginning_with(self.client, self.tables.traces, digits, since_ns, until_ns)

    def requests(
        self, places: Sequence[str], since_ns: int, until_ns: int, stretch_ns: int, *, with_failed: bool
    ) -> Iterator[Stretch]:
        """Yield how often places were asked."""
        asked: dict[str, Parameter] = {
            "since_ns": since_ns,
            "until_ns": until_ns,
            "places": list(places),
            "stretch_ns": stretch_ns,
        }
        yield from requests.of(self.client, self.tables.traces, asked, with_failed=with_failed)

    def healthy(self, service: str, place: str, at_ns: int, most: int) -> list[Suspect]:
        """Return healthy requests, nearest in time."""
        return healthy.near(self.client, self.tables.traces, service, place, at_ns, most)

    def let_go(self) -> None:
        """Close the connection."""
        self._held.let_go()

    def _table(self, signal: Signal) -> Table | None:
        return self.tables.traces if signal == "traces" else self.tables.logs


@contextmanager
def there_for_a_while(address: Address) -> Generator[ClickHouse]:
    """Open one, and close it afterwards. Errors: as of `ClickHouse`."""
    there = ClickHouse(address)
    try:
        yield there
    finally:
        there.let_go()


def _around(some: Sequence[Suspect]) -> Mapping[str, Parameter]:
    since_ns, until_ns = around(some)
    return {"since_ns": since_ns, "until_ns": until_ns, "trace_ids": [one.trace_id for one in some]}
