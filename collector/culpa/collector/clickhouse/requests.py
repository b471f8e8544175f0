"""How often places were asked, as a ClickHouse counts it."""

from collections.abc import Iterator, Mapping

from culpa.collector.abroad.fetching import text
from culpa.collector.abroad.there import Stretch
from culpa.collector.clickhouse.client import Client, Parameter, quoted
from culpa.collector.clickhouse.questions import SERVERS, attribute, bounds, may_fail
from culpa.collector.clickhouse.tables import Table

_NEEDED = frozenset({"SpanAttributes", "SpanKind"})
#: Of 56 bits, as OpenTelemetry's sampling has it.
_ALL = 2**56


def of(client: Client, traces: Table, asked: Mapping[str, Parameter], *, with_failed: bool) -> Iterator[Stretch]:
    """Yield the requests to places, one of each stretch; none where the columns do not tell. Errors: StoreError.

    Parameters: since_ns, until_ns, places, stretch_ns.
    """
    if not traces.columns.keys() >= _NEEDED:
        return
    for rows in client.query(_question(traces, with_failed=with_failed), asked):
        for row in rows:
            yield Stretch(
                text(row["ServiceName"]),
                text(row["place"]),
                text(row["SpanName"]),
                int(row["at_ns"]),
                int(row["Duration"]),
                float(row["requests"]),
            )


def _question(traces: Table, *, with_failed: bool) -> str:
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
