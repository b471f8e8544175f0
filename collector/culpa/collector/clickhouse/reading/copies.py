"""What of a ClickHouse is here already, and what is copied next."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from culpa.collector.clickhouse.client import Client
from culpa.collector.clickhouse.fetching import Suspect
from culpa.collector.clickhouse.reading import spots
from culpa.collector.clickhouse.reading.judging import JudgedHere
from culpa.collector.clickhouse.reading.problems import ProblemsThere, has_problems
from culpa.collector.clickhouse.reading.told import ToldThere, are_told
from culpa.collector.clickhouse.reading.traffic import Traffic
from culpa.collector.clickhouse.reading.twins import near
from culpa.collector.clickhouse.reading.wanted import Wanted
from culpa.collector.clickhouse.tables import Tables
from culpa.store import DuckDBStore

if TYPE_CHECKING:
    from culpa.collector.clickhouse.reading.judging import Verdicts

#: What is older than this is looked for again: a page, a watch or an alarm sees what comes.
_FRESH_NS = 15_000_000_000
_MOST_JOINED = 20


class Copies:
    """Copies into one store."""

    def __init__(self, store: DuckDBStore, client: Client, tables: Tables) -> None:
        """Look whether verdicts lie there. Errors: StoreError."""
        self._store = store
        self._tables = tables
        is_told = are_told(client)
        self._verdicts: Verdicts = ToldThere(store, tables) if is_told else JudgedHere(store, tables)
        self._traffic = Traffic(store, tables.traces, with_failed=is_told)
        self._problems = ProblemsThere(store) if is_told and has_problems(client) else None
        self._since_ns = 0  # what failed from then on
        self._until_ns = 0  # up to then is here
        self._copied_ns: dict[str, int] = {}  # when what was copied: traces by their ids, and what else has a name

    def lacks(self, what: Wanted, since_ns: int, now_ns: int) -> bool:
        """Say whether something of it has to be copied first."""
        return (
            not self._until_ns
            or since_ns < self._since_ns
            or now_ns - self._until_ns > _FRESH_NS
            or (what.has_problems and self._is_old("problems", now_ns))
            or (what.has_rows and self._is_old(f"rows since {since_ns}", now_ns))
            or (bool(what.beginning) and self._is_old(what.beginning, now_ns))
            or any(self._is_old(one, now_ns) for one in what.trace_ids)
        )

    def fill(self, client: Client, what: Wanted, since_ns: int, now_ns: int) -> None:
        """Copy it. Errors: StoreError."""
        is_moved = self._window(client, since_ns, now_ns)
        if what.has_rows and self._is_old(f"rows since {since_ns}", now_ns):
            self._verdicts.rows(client, since_ns, now_ns)
            self._copied_ns[f"rows since {since_ns}"] = now_ns
        if what.has_problems and (is_moved or self._is_old("problems", now_ns)):
            self._copied_ns["problems"] = now_ns
            self._traffic.count(client, self._since_ns, self._until_ns)
            if self._problems:
                self._problems.bring(client)
        named = list(what.trace_ids)
        if what.beginning and self._is_old(what.beginning, now_ns):
            self._copied_ns[what.beginning] = now_ns
            named += spots.beginning_with(client, self._tables.traces, what.beginning, since_ns, now_ns)
        self._named(client, named, since_ns, now_ns)

    def _is_old(self, what: str, now_ns: int) -> bool:
        return now_ns - self._copied_ns.get(what, 0) > _FRESH_NS

    def _window(self, client: Client, since_ns: int, now_ns: int) -> bool:
        """Bring the verdicts of a time that are not here; say whether the time is another one than before."""
        before = (self._since_ns, self._until_ns)
        if not self._until_ns:
            self._verdicts.window(client, since_ns, now_ns)
            self._since_ns, self._until_ns = since_ns, now_ns
        if since_ns < self._since_ns:
            self._verdicts.window(client, since_ns, self._since_ns)
            self._since_ns = since_ns
        if now_ns - self._until_ns > _FRESH_NS:
            self._verdicts.again(client, self._since_ns, self._until_ns, now_ns)
            self._until_ns = now_ns
        return before != (self._since_ns, self._until_ns)

    def _named(self, client: Client, named: Iterable[str], since_ns: int, now_ns: int) -> None:
        due = [one for one in dict.fromkeys(named) if self._is_old(one, now_ns)]
        if not due:
            return
        joined = self._copied(client, due, since_ns, now_ns)
        self._copied(client, [one for one in joined if one not in self._copied_ns][:_MOST_JOINED], since_ns, now_ns)
        self._verdicts.healthy(client, near(client, self._store, self._tables.traces, due))

    def _copied(self, client: Client, due: Sequence[str], since_ns: int, now_ns: int) -> list[str]:
        """Copy traces; return others that hold a part of their requests."""
        if not due:
            return []
        found: list[Suspect] = spots.of(client, self._tables, due, since_ns, now_ns)
        self._copied_ns |= dict.fromkeys(due, now_ns)
        return self._verdicts.traces(client, due, found)
