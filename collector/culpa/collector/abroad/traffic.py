"""How often the places of failed requests were asked: a span of each stretch of time, and how many it stands for.

Shares and silences of problems are counted over all requests, and only the failing ones are here.
"""

from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

from culpa.collector.abroad.there import Row, There
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.recorded import Gathering, Report
from culpa.collector.recorded.foreign import ForeignTraces
from culpa.store import DuckDBStore

#: Stretches of one window; none is shorter than a minute, as those of a day are.
_STRETCHES = 1_440
_MINUTE_NS = 60_000_000_000
_PLACES = "select distinct v.route from failures as v where v.route <> ''"


class Traffic:
    """Counts into one store, each place and time once."""

    def __init__(self, store: DuckDBStore, there: There, *, with_failed: bool = False) -> None:
        """Begin with nothing counted; `with_failed` where the spans of failed requests are not in the store."""
        self._store = store
        self._there = there
        self._with_failed = with_failed
        self._counted: dict[str, tuple[int, int]] = {}  # by place: from, until

    def count(self, since_ns: int, until_ns: int) -> None:
        """Count the requests of all places at which some failed. Errors: StoreError."""
        gaps: dict[tuple[int, int], list[str]] = {}
        with self._store.cursor() as cursor:
            places = [place for (place,) in cursor.execute(_PLACES).fetchall()]
        for place in places:
            first, last = self._counted.get(place, (until_ns, until_ns))
            for gap in ((since_ns, first), (last, until_ns)):
                if gap[0] < gap[1]:
                    gaps.setdefault(gap, []).append(place)
            self._counted[place] = (min(first, since_ns), until_ns)
        report = Report(command="read")
        gathering = Gathering(self._store, report)
        foreign = ForeignTraces(gathering, report, Path(self._there.place("traces")))
        for (first, last), some in gaps.items():
            foreign.take(CLICKHOUSE, list(self._requests(some, first, last)))
        gathering.finish()

    def _requests(self, places: list[str], since_ns: int, until_ns: int) -> Iterator[Row]:
        stretch_ns = max(_MINUTE_NS, (until_ns - since_ns) // _STRETCHES)
        for one in self._there.requests(places, since_ns, until_ns, stretch_ns, with_failed=self._with_failed):
            # Ids of its own, or it would stand in the place of a real span of a trace that is copied later.
            name = md5(f"{one.service}\0{one.place}\0{one.at_ns}".encode(), usedforsecurity=False).hexdigest()
            yield {
                "Timestamp": one.at_ns,
                "TraceId": name,
                "SpanId": name[:16],
                "SpanName": one.name,
                "SpanKind": "Server",
                "ServiceName": one.service,
                "Duration": one.duration_ns,
                "SpanAttributes": {"http.route": one.place, "SampleRate": str(one.requests)},
            }
