"""Requests to a place that did not fail, nearest in time, as a ClickHouse tells them."""

from culpa.collector.abroad.fetching import text
from culpa.collector.abroad.there import NEAR_NS, Suspect
from culpa.collector.clickhouse.client import Client, Parameter
from culpa.collector.clickhouse.questions import SERVERS, attribute, bounds, may_fail
from culpa.collector.clickhouse.tables import Table

_NEEDED = frozenset({"SpanAttributes", "SpanKind", "ServiceName"})


def near(client: Client, traces: Table, service: str, place: str, at_ns: int, most: int) -> list[Suspect]:
    """Return healthy requests to a place of a service, none where the columns do not tell. Errors: StoreError."""
    if not traces.columns.keys() >= _NEEDED:
        return []
    asked: dict[str, Parameter] = {
        "since_ns": max(0, at_ns - NEAR_NS),
        "until_ns": at_ns + NEAR_NS,
        "at_ns": at_ns,
        "service": service,
        "route": place,
    }
    return [
        Suspect(text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))
        for rows in client.query(_healthy(traces, most), asked)
        for row in rows
    ]


def _healthy(traces: Table, most: int) -> str:
    """Return the question. Parameters: since_ns, until_ns, at_ns, service, route."""
    at = "toUnixTimestamp64Nano(toDateTime64(t.`Timestamp`, 9))"
    return (
        f"select t.`TraceId` as TraceId, min({at}) as first_ns, max({at}) as last_ns "
        f"from {traces.source} as t where {bounds(traces)} and t.`ServiceName` = {{service:String}} "
        f"and t.`SpanKind` in {SERVERS} and {attribute(traces, 'http.route')} = {{route:String}} "
        f"and not {may_fail(traces)} group by TraceId order by min(abs({at} - {{at_ns:Int64}})) limit {most}"
    )
