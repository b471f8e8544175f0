"""Verdicts of telemetry beside which none lie: what failed is fetched and judged here, as `culpa judge` does it."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from culpa.collector.abroad.settling import Alone, Settle
from culpa.collector.abroad.shares import ALONE
from culpa.collector.abroad.there import Suspect, There
from culpa.collector.abroad.windows import OVERLAP_NS
from culpa.collector.abroad.working import work
from culpa.instrumentation.offers import offered
from culpa.store import DuckDBStore, NotAStore, StoreRefused

#: Traces that are judged for one look: some seconds. Who has more has a judge.
MOST_LOOKED_AT = 2_000
#: Spans come late, so what failed lately is looked at again.
_LATE_NS = 120_000_000_000
_JOINED = """
    select distinct left(j.joined, 32) as trace_id
    from (select unnest(v.joined) as joined from failures as v where list_contains($wanted, v.trace_id)) as j
"""


class Verdicts(Protocol):
    """Where the verdicts of what lies in another system come from. Errors of all: StoreError."""

    def window(self, since_ns: int, until_ns: int) -> None:
        """Bring what failed in a time."""
        ...

    def again(self, since_ns: int, until_ns: int, now_ns: int) -> None:
        """Bring what changed since `until_ns` of what failed from `since_ns` on."""
        ...

    def rows(self, since_ns: int, now_ns: int) -> None:
        """Bring spans and log records of what failed since then."""
        ...

    def traces(self, named: Sequence[str], found: Sequence[Suspect]) -> list[str]:
        """Bring these traces whole, with their verdicts; return ids of others that were judged with them."""
        ...

    def healthy(self, found: Sequence[Suspect]) -> None:
        """Bring traces that nobody has to judge."""
        ...


class JudgedHere:
    """Judges what failed."""

    def __init__(self, store: DuckDBStore, there: There, advice: str) -> None:
        """Judge into that store; `advice` says what to do instead where it is too much."""
        self._store = store
        self._there = there
        self._advice = advice

    def window(self, since_ns: int, until_ns: int) -> None:
        """Judge what failed in a time. Errors: StoreRefused if it is too much for one look."""
        found = list(self._there.failing(since_ns, until_ns))
        if len(found) > MOST_LOOKED_AT:
            raise StoreRefused(
                f"{self._there.where}: more than {MOST_LOOKED_AT} traces may have failed in that time, too many to "
                f"judge at a look; ask for less with --since, or {self._advice}"
            )
        work(self._judge(), ALONE, found, until_ns, is_thorough=True)

    def again(self, since_ns: int, until_ns: int, now_ns: int) -> None:
        """Judge what failed since, and once more what may have got late spans."""
        self.window(max(since_ns, until_ns - _LATE_NS - OVERLAP_NS), now_ns)

    def rows(self, since_ns: int, now_ns: int) -> None:
        """Do nothing: they came with the verdicts."""

    def traces(self, named: Sequence[str], found: Sequence[Suspect]) -> list[str]:
        """Fetch and judge these traces."""
        if found:
            self._judge().judge(found)
        return joined(self._store, named)

    def healthy(self, found: Sequence[Suspect]) -> None:
        """Fetch these traces."""
        if found:
            self._judge().fetch(found)

    def _judge(self) -> Alone:
        return Alone(self._there, self._store, settler())


def joined(store: DuckDBStore, named: Sequence[str]) -> list[str]:
    """Return ids of traces that hold a part of the failed requests of these."""
    with store.cursor() as cursor:
        rows = cursor.execute(_JOINED, {"wanted": list(named)}).fetchall()
    return [trace_id for (trace_id,) in rows]


@cache
def settler() -> Settle:
    """Return who judges. Errors: NotAStore where nobody is installed."""
    for point in offered("culpa.settlers"):
        loaded: Settle = point.load()
        return loaded
    raise NotAStore(
        "what failed there has to be judged, and nobody is installed who does: pip install 'culpa[analysis]'"
    )
