"""Verdicts of a ClickHouse that holds none: what failed is fetched and judged here, as `culpa judge` does it."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from culpa.collector.clickhouse.client import Client
from culpa.collector.clickhouse.fetching import Suspect, suspects
from culpa.collector.clickhouse.settling import Alone, Settle
from culpa.collector.clickhouse.shares import ALONE
from culpa.collector.clickhouse.tables import Tables
from culpa.collector.clickhouse.windows import OVERLAP_NS
from culpa.collector.clickhouse.working import work
from culpa.store import DuckDBStore, NotAStore, StoreRefused

#: Traces that are judged for one look: some seconds. Who has more has a judge.
MOST_TRACES = 2_000
#: Spans come late, so what failed lately is looked at again.
_LATE_NS = 120_000_000_000
_JOINED = """
    select distinct left(j.joined, 32) as trace_id
    from (select unnest(v.joined) as joined from failures as v where list_contains($wanted, v.trace_id)) as j
"""


class Verdicts(Protocol):
    """Where the verdicts of a ClickHouse come from. Errors of all: StoreError."""

    def window(self, client: Client, since_ns: int, until_ns: int) -> None:
        """Bring what failed in a time."""
        ...

    def again(self, client: Client, since_ns: int, until_ns: int, now_ns: int) -> None:
        """Bring what changed since `until_ns` of what failed from `since_ns` on."""
        ...

    def rows(self, client: Client, since_ns: int, now_ns: int) -> None:
        """Bring spans and log records of what failed since then."""
        ...

    def traces(self, client: Client, named: Sequence[str], found: Sequence[Suspect]) -> list[str]:
        """Bring these traces whole, with their verdicts; return ids of others that were judged with them."""
        ...

    def healthy(self, client: Client, found: Sequence[Suspect]) -> None:
        """Bring traces that nobody has to judge."""
        ...


class JudgedHere:
    """Judges what failed."""

    def __init__(self, store: DuckDBStore, tables: Tables) -> None:
        """Judge into that store."""
        self._store = store
        self._tables = tables

    def window(self, client: Client, since_ns: int, until_ns: int) -> None:
        """Judge what failed in a time. Errors: StoreRefused if it is too much for one look."""
        found = list(suspects(client, self._tables.traces, since_ns, until_ns, closed="", share=ALONE, now_ns=until_ns))
        if len(found) > MOST_TRACES:
            raise StoreRefused(
                f"{client.address}: more than {MOST_TRACES} traces may have failed in that time, too many to judge at "
                "a look; ask for less with --since, or let `culpa judge --store … --follow --write` run, whose "
                "verdicts are read then"
            )
        work(self._judge(client), ALONE, found, until_ns, is_thorough=True)

    def again(self, client: Client, since_ns: int, until_ns: int, now_ns: int) -> None:
        """Judge what failed since, and once more what may have got late spans."""
        self.window(client, max(since_ns, until_ns - _LATE_NS - OVERLAP_NS), now_ns)

    def rows(self, client: Client, since_ns: int, now_ns: int) -> None:
        """Do nothing: they came with the verdicts."""

    def traces(self, client: Client, named: Sequence[str], found: Sequence[Suspect]) -> list[str]:
        """Fetch and judge these traces."""
        if found:
            self._judge(client).judge(found)
        return joined(self._store, named)

    def healthy(self, client: Client, found: Sequence[Suspect]) -> None:
        """Fetch these traces."""
        if found:
            self._judge(client).fetch(found)

    def _judge(self, client: Client) -> Alone:
        return Alone(client, self._tables, self._store, settler())


def joined(store: DuckDBStore, named: Sequence[str]) -> list[str]:
    """Return ids of traces that hold a part of the failed requests of these."""
    with store.cursor() as cursor:
        rows = cursor.execute(_JOINED, {"wanted": list(named)}).fetchall()
    return [trace_id for (trace_id,) in rows]


@cache
def settler() -> Settle:
    """Return who judges. Errors: NotAStore where nobody is installed."""
    for point in entry_points(group="culpa.settlers"):
        loaded: Settle = point.load()
        return loaded
    raise NotAStore(
        "what failed there has to be judged, and nobody is installed who does: pip install 'culpa[analysis]'"
    )
