"""Healthy requests of the places of failed ones, nearest in time: what a failure is compared with."""

from collections.abc import Sequence

from culpa.collector.clickhouse.client import Client, Parameter
from culpa.collector.clickhouse.fetching import Suspect, text
from culpa.collector.clickhouse.questions import SERVERS, attribute, bounds, may_fail
from culpa.collector.clickhouse.tables import Table
from culpa.store import DuckDBStore

_MOST = 20
#: Of how many failures of one trace.
_MOST_FAILURES = 3
_AROUND_NS = 3_600_000_000_000
_NEEDED = frozenset({"SpanAttributes", "SpanKind", "ServiceName"})
_PLACES = """
    select v.service, v.route, epoch_ns(v.ended_at) as at_ns from failures as v
    where list_contains($wanted, v.trace_id) and v.route <> '' order by v.surfaced desc, at_ns limit $most
"""


def near(client: Client, store: DuckDBStore, traces: Table, trace_ids: Sequence[str]) -> list[Suspect]:
    """Return healthy requests of the places at which these traces failed. Errors: StoreError."""
    if not traces.columns.keys() >= _NEEDED:
        return []
    with store.cursor() as cursor:
        places = cursor.execute(_PLACES, {"wanted": list(trace_ids), "most": _MOST_FAILURES}).fetchall()
    found: dict[str, Suspect] = {}
    for service, route, at_ns in places:
        asked: dict[str, Parameter] = {
            "since_ns": max(0, at_ns - _AROUND_NS),
            "until_ns": at_ns + _AROUND_NS,
            "at_ns": at_ns,
            "service": service,
            "route": route,
        }
        for rows in client.query(_healthy(traces), asked):
            for row in rows:
                one = Suspect(text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))
                found[one.trace_id] = one
    return list(found.values())


def _healthy(traces: Table) -> str:
    """Return the question. Parameters: since_ns, until_ns, at_ns, service, route."""
    at = "toUnixTimestamp64Nano(toDateTime64(t.`Timestamp`, 9))"
    return (
        f"select t.`TraceId` as TraceId, min({at}) as first_ns, max({at}) as last_ns "
        f"from {traces.source} as t where {bounds(traces)} and t.`ServiceName` = {{service:String}} "
        f"and t.`SpanKind` in {SERVERS} and {attribute(traces, 'http.route')} = {{route:String}} "
        f"and not {may_fail(traces)} group by TraceId order by min(abs({at} - {{at_ns:Int64}})) limit {_MOST}"
    )
