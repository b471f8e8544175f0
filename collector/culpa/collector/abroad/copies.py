"""What of another system is here already, and what is copied next."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from culpa.collector.abroad.judging import Verdicts
from culpa.collector.abroad.there import Suspect, There
from culpa.collector.abroad.traffic import Traffic
from culpa.collector.abroad.twins import near
from culpa.collector.abroad.wanted import Wanted
from culpa.store import DuckDBStore

#: What is older than this is looked for again: a page, a watch or an alarm sees what comes.
_FRESH_NS = 15_000_000_000
#: Clocks differ, and requests take time.
BEYOND_NS = 3_600_000_000_000
_MOST_JOINED = 20


class Problems(Protocol):
    """Problems that lie there, worked out."""

    def bring(self) -> None:
        """Bring them as they stand now. Errors: StoreError."""
        ...


class Copies:
    """Copies into one store."""

    def __init__(
        self, store: DuckDBStore, there: There, verdicts: Verdicts, traffic: Traffic, problems: Problems | None = None
    ) -> None:
        """Begin with nothing; without `problems` they are what the verdicts make of them."""
        self._store = store
        self._there = there
        self._verdicts = verdicts
        self._traffic = traffic
        self._problems = problems
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

    def fill(self, what: Wanted, since_ns: int, now_ns: int) -> None:
        """Copy it. Errors: StoreError."""
        is_moved = self._window(since_ns, now_ns)
        if what.has_rows and self._is_old(f"rows since {since_ns}", now_ns):
            self._verdicts.rows(since_ns, now_ns)
            self._copied_ns[f"rows since {since_ns}"] = now_ns
        if what.has_problems and (is_moved or self._is_old("problems", now_ns)):
            self._copied_ns["problems"] = now_ns
            self._traffic.count(self._since_ns, self._until_ns)
            if self._problems:
                self._problems.bring()
        named = list(what.trace_ids)
        if what.beginning and self._is_old(what.beginning, now_ns):
            self._copied_ns[what.beginning] = now_ns
            named += self._there.beginning_with(what.beginning, since_ns, now_ns + BEYOND_NS)
        self._named(named, since_ns, now_ns)

    def _is_old(self, what: str, now_ns: int) -> bool:
        return now_ns - self._copied_ns.get(what, 0) > _FRESH_NS

    def _window(self, since_ns: int, now_ns: int) -> bool:
        """Bring the verdicts of a time that are not here; say whether the time is another one than before."""
        before = (self._since_ns, self._until_ns)
        if not self._until_ns:
            self._verdicts.window(since_ns, now_ns)
            self._since_ns, self._until_ns = since_ns, now_ns
        if since_ns < self._since_ns:
            self._verdicts.window(since_ns, self._since_ns)
            self._since_ns = since_ns
        if now_ns - self._until_ns > _FRESH_NS:
            self._verdicts.again(self._since_ns, self._until_ns, now_ns)
            self._until_ns = now_ns
        return before != (self._since_ns, self._until_ns)

    def _named(self, named: Iterable[str], since_ns: int, now_ns: int) -> None:
        due = [one for one in dict.fromkeys(named) if self._is_old(one, now_ns)]
        if not due:
            return
        joined = self._copied(due, since_ns, now_ns)
        self._copied([one for one in joined if one not in self._copied_ns][:_MOST_JOINED], since_ns, now_ns)
        self._verdicts.healthy(near(self._there, self._store, due))

    def _copied(self, due: Sequence[str], since_ns: int, now_ns: int) -> list[str]:
        """Copy traces; return others that hold a part of their requests."""
        if not due:
            return []
        found: list[Suspect] = self._there.spots(due, reaching_ns(self._there, since_ns, now_ns), now_ns + BEYOND_NS)
        self._copied_ns |= dict.fromkeys(due, now_ns)
        return self._verdicts.traces(due, found)


def reaching_ns(there: There, since_ns: int, now_ns: int) -> int:
    """Return since when a trace is looked for that is named: as far as the system reaches, or since then."""
    return min(since_ns, now_ns - there.reach_ns)
