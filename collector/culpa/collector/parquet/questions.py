"""The SQL that is asked of files of one shape. Parameters of all: since_ns, until_ns."""

from collections.abc import Sequence

from culpa.collector.abroad.there import MOST_ROWS
from culpa.collector.recorded.shapes import Shape, quoted

_BOUNDS = "t.at_ns >= $since_ns and t.at_ns < $until_ns"
_IS_SERVER = "t.kind ilike '%server'"
#: Of 56 bits, as OpenTelemetry's sampling has it.
_ALL = 2**56
_STATUS = "coalesce(try_cast({} as usmallint), 0) >= 500"
_MAY_FAIL = (
    f"({_STATUS.format('t.status')} or {_STATUS.format('t.old_status')} "
    f"or (t.outcome ilike '%error' and ({_IS_SERVER} or t.name = 'response')))"
)
_THRESHOLD = "regexp_extract(t.trace_state, 'ot=[^,]*th:([0-9a-f]+)', 1)"
#: For how many spans a span stands, as its sender says: as `decode.sampling` reads it.
_WEIGHT = (
    f"case when {_THRESHOLD} <> '' then {_ALL} / ({_ALL} - try_cast('0x' || rpad({_THRESHOLD}, 14, '0') as bigint)) "
    "else greatest(coalesce(try_cast(t.rate as double), 1), 1) end"
)


def failing(shape: Shape, source: str) -> str:
    """Return the question which traces may hold a failed request: trace_id, first_ns, last_ns."""
    return (
        f"select t.trace_id, min(t.at_ns) as first_ns, max(t.at_ns) as last_ns from {_spans(shape, source)} as t "
        f"where {_BOUNDS} and t.trace_id <> '' and {_MAY_FAIL} group by t.trace_id"
    )


def rows_of(shape: Shape, source: str) -> str:
    """Return the question for all rows of some traces, with the exporter's columns. Parameter: trace_ids."""
    chosen = ", ".join(f"{value} as {quoted(name)}" for name, value in shape.columns.items())
    order = ('t."ServiceName", ' if "ServiceName" in shape.columns else "") + 't."Timestamp"'
    return (
        f'select t.* from (select {chosen} from {source}) as t where t."Timestamp" >= $since_ns '
        'and t."Timestamp" < $until_ns and list_contains($trace_ids, t."TraceId") '
        f'qualify row_number() over (partition by t."TraceId") <= {MOST_ROWS + 1} order by {order}'
    )


def spots(shape: Shape, source: str) -> str:
    """Return the question when some traces were, and how many rows they have: trace_id, first_ns, last_ns, n."""
    return (
        "select t.trace_id, min(t.at_ns) as first_ns, max(t.at_ns) as last_ns, count(*) as n "
        f"from {_told(shape, source, ())} as t where {_BOUNDS} and list_contains($trace_ids, t.trace_id) "
        "group by t.trace_id"
    )


def beginning_with(shape: Shape, source: str, most: int) -> str:
    """Return the question for ids that begin so, in order. Parameter: digits."""
    return (
        f"select distinct t.trace_id from {_told(shape, source, ())} as t where {_BOUNDS} "
        f"and starts_with(t.trace_id, $digits) order by t.trace_id limit {most}"
    )


def requests(shape: Shape, source: str, *, with_failed: bool) -> str:
    """Return the question how often places were asked in each stretch. Parameters: places, stretch_ns.

    Columns: service, place, name, at_ns, duration_ns, requests.
    """
    chosen = "" if with_failed else f"and not {_MAY_FAIL} "
    return (
        "select t.service, t.route, arg_max(t.name, t.at_ns) as name, max(t.at_ns) as at_ns, "
        f"arg_max(t.duration_ns, t.at_ns) as duration_ns, sum({_WEIGHT}) as requests "
        f"from {_spans(shape, source)} as t where {_BOUNDS} and {_IS_SERVER} "
        f"and list_contains($places, t.route) {chosen}"
        "group by t.service, t.route, t.at_ns // $stretch_ns"
    )


def healthy(shape: Shape, source: str) -> str:
    """Return the question for healthy requests of a place: trace_id, first_ns, last_ns, distance_ns.

    Parameters: service, route, at_ns, most.
    """
    return (
        "select t.trace_id, min(t.at_ns) as first_ns, max(t.at_ns) as last_ns, "
        "min(abs(t.at_ns - $at_ns)) as distance_ns "
        f"from {_spans(shape, source)} as t where {_BOUNDS} and t.service = $service and {_IS_SERVER} "
        f"and t.route = $route and not {_MAY_FAIL} group by t.trace_id order by distance_ns limit $most"
    )


_COLUMNS = {
    "SpanKind": "kind",
    "StatusCode": "outcome",
    "SpanName": "name",
    "ServiceName": "service",
    "TraceState": "trace_state",
}
_ATTRIBUTES = {
    "status": "http.response.status_code",
    "old_status": "http.status_code",
    "route": "http.route",
    "rate": "SampleRate",
}


def _spans(shape: Shape, source: str) -> str:
    """Return spans as questions see them."""
    absent = "''"
    chosen = [f"{shape.columns.get(name, absent)} as {said}" for name, said in _COLUMNS.items()]
    chosen += [f"{shape.attributes(key)} as {said}" for said, key in _ATTRIBUTES.items()]
    return _told(shape, source, [*chosen, f"{shape.columns['Duration']} as duration_ns"])


def _told(shape: Shape, source: str, more: Sequence[str]) -> str:
    chosen = ", ".join([f"{shape.columns['Timestamp']} as at_ns", f"{shape.columns['TraceId']} as trace_id", *more])
    return f"(select {chosen} from {source})"
