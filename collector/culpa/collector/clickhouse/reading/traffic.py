"""How often the places of failed requests were asked: a span of each stretch of time, and how many it stands for.

Shares and silences of problems are counted over all requests, and only the failing ones are here.
"""

from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

from culpa.collector.clickhouse.client import Client, Parameter, quoted
from culpa.collector.clickhouse.fetching import text
from culpa.collector.clickhouse.questions import SERVERS, attribute, bounds, may_fail
from culpa.collector.clickhouse.tables import Table
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.recorded import Gathering, Report
from culpa.collector.recorded.foreign import ForeignTraces
from culpa.store import DuckDBStore

#: Stretches of one window; none is shorter than a minute, as those of a day are.
_STRETCHES = 1_440
_MINUTE_NS = 60_000_000_000
_PLACES = "select distinct v.route from failures as v where v.route <> ''"
_NEEDED = frozenset({"SpanAttributes", "SpanKind"})
#: Of 56 bits, as OpenTelemetry's sampling has it.
_ALL = 2**56


class Traffic:
    """Counts into one store, each place and time once."""

    def __init__(self, store: DuckDBStore, traces: Table, *, with_failed: bool = False) -> None:
        """Begin with nothing counted; `with_failed` where the spans of failed requests are not in the store."""
        self._store = store
        self._with_failed = with_failed
        self._traces = traces
        self._counted: dict[str, tuple[int, int]] = {}  # by place: from, until

    def count(self, client: Client, since_ns: int, until_ns: int) -> None:
        """Count the requests of all places at which some failed. Errors: StoreError."""
        if not self._traces.columns.keys() >= _NEEDED:
            return
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
        foreign = ForeignTraces(gathering, report, Path(self._traces.name))
        for (first, last), some in gaps.items():
            foreign.take(CLICKHOUSE, list(self._requests(client, some, first, last)))
        gathering.finish()

    def _requests(self, client: Client, places: list[str], since_ns: int, until_ns: int) -> Iterator[dict[str, Any]]:
        sql = _question(self._traces, with_failed=self._with_failed)
        asked: dict[str, Parameter] = {
            "since_ns": since_ns,
            "until_ns": until_ns,
            "places": places,
            "stretch_ns": max(_MINUTE_NS, (until_ns - since_ns) // _STRETCHES),
        }
        for rows in client.query(sql, asked):
            for row in rows:
                service, place, at_ns = text(row["ServiceName"]), text(row["place"]), int(row["at_ns"])
                # Ids of its own, or it would stand in the place of a real span of a trace that is copied later.
                name = md5(f"{service}\0{place}\0{at_ns}".encode(), usedforsecurity=False).hexdigest()
                yield {
                    "Timestamp": at_ns,
                    "TraceId": name,
                    "SpanId": name[:16],
                    "SpanName": text(row["SpanName"]),
                    "SpanKind": "Server",
                    "ServiceName": service,
                    "Duration": int(row["Duration"]),
                    "SpanAttributes": {"http.route": place, "SampleRate": str(float(row["requests"]))},
                }


def _question(traces: Table, *, with_failed: bool) -> str:
    """Return the question how many requests came to places, with one of each stretch. Parameters: as above."""
    at = "toUnixTimestamp64Nano(toDateTime64(t.`Timestamp`, 9))"
    route = attribute(traces, "http.route")
    service = "t.`ServiceName`" if "ServiceName" in traces.columns else "''"
    newest = ", ".join(f"argMax(t.{quoted(name)}, {at}) as {name}" for name in ("SpanName", "Duration"))
    chosen = "" if with_failed else f"and not {may_fail(traces)} "
    return (
        f"select {newest}, {service} as ServiceName, {route} as place, max({at}) as at_ns, "
        f"sum({weight(traces)}) as requests "
        f"from {traces.source} as t where {bounds(traces)} and t.`SpanKind` in {SERVERS} "
        f"and {route} in {{places:Array(String)}} {chosen}"
        f"group by ServiceName, place, intDiv({at}, {{stretch_ns:Int64}})"
    )


def weight(traces: Table) -> str:
    """Return for how many spans a span stands, as its sender says: as `decode.sampling` reads it."""
    told = f"toFloat64OrZero({attribute(traces, 'SampleRate')})"
    told = f"if({told} >= 1, {told}, 1)"
    if "TraceState" not in traces.columns:
        return told
    # No braces: the client takes them for parameters.
    threshold = "extract(t.`TraceState`, 'ot=[^,]*th:([0-9a-f]+)')"
    kept = f"{_ALL} - reinterpretAsUInt64(reverse(unhex(rightPad({threshold}, 14, '0'))))"
    return f"if({threshold} != '', {_ALL} / ({kept}), {told})"
