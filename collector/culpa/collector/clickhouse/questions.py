"""The SQL that is asked of a ClickHouse, for the columns that its tables have."""

from collections.abc import Iterable

from culpa.collector.abroad.there import MOST_ROWS, MOST_TRACES
from culpa.collector.clickhouse.client import Client, quoted, quoted_path
from culpa.collector.clickhouse.signoz import of_signoz
from culpa.collector.clickhouse.tables import Table, Tables
from culpa.collector.dialects import clickhouse
from culpa.store import NotAStore

_STATUSES = ("http.response.status_code", "http.status_code")
_ERRORS = "('Error', 'STATUS_CODE_ERROR')"
SERVERS = "('Server', 'SPAN_KIND_SERVER')"


def recognised(client: Client) -> Tables:
    """Recognise a schema by what its tables say of themselves, never by a version. Errors: NotAStore, StoreError."""
    address = client.address
    try:
        traces = _table(client, address.traces)
    except NotAStore as missing:
        if found := of_signoz(client):
            return found
        raise missing from None
    _check(traces, clickhouse.TRACES, address)
    try:
        logs = _table(client, address.logs)
    except NotAStore:
        return Tables(traces, None)
    _check(logs, clickhouse.LOGS, address)
    return Tables(traces, logs)


def _check(table: Table, needed: Iterable[str], address: object) -> None:
    if missing := sorted(set(needed) - table.columns.keys()):
        raise NotAStore(
            f"{address}: the table {table.name} has no column {', '.join(missing)}; read is what the OpenTelemetry "
            "Collector's ClickHouse exporter makes; name such a table with ?traces=…&logs=…"
        )


def _table(client: Client, name: str) -> Table:
    return Table(name, client.describe(name), quoted_path(name))


def failing(traces: Table, *, closed: str = "", is_shared: bool = False) -> str:
    """Return the question which traces may hold a failed request, oldest first.

    Parameters: since_ns, until_ns (ns since 1970); of one that shares: judges, number, overdue_ns; and those of
    `closed`, a question for (id, newest sign) of traces to leave out. Columns: TraceId, first_ns, last_ns. Means the
    same as `suspects`.
    """
    kept = ["true"]
    if is_shared:
        # As `shares.owner` has it.
        mine = "halfMD5(t.`TraceId`) % {judges:UInt32} + 1 = {number:UInt32}"
        kept.append(f"({mine} or last_ns < {{overdue_ns:Int64}})")
    if closed:
        kept.append(f"(TraceId, last_ns) not in ({closed})")
    return (
        "select t.`TraceId` as TraceId, min(toUnixTimestamp64Nano(t.`Timestamp`)) as first_ns, "
        "max(toUnixTimestamp64Nano(t.`Timestamp`)) as last_ns "
        f"from {traces.source} as t where {bounds(traces)} and t.`TraceId` != '' "
        f"and {may_fail(traces)} group by t.`TraceId` having {' and '.join(kept)} "
        f"order by first_ns, TraceId limit {MOST_TRACES + 1}"
    )


def rows_of(table: Table) -> str:
    """Return the question for all rows of some traces, as the dialect reads them.

    Parameters: since_ns, until_ns, trace_ids.
    """
    chosen = ", ".join(_chosen(name, kind) for name, kind in table.columns.items() if name in clickhouse.COLUMNS)
    order = "t.`ServiceName`, t.`Timestamp`" if "ServiceName" in table.columns else "t.`Timestamp`"
    return (
        f"select {chosen} from {table.source} as t where {bounds(table)} "
        f"and t.`TraceId` in {{trace_ids:Array(String)}} order by {order} limit {MOST_ROWS + 1} by t.`TraceId`"
    )


def counts_of(table: Table) -> str:
    """Return the question how many rows some traces have: TraceId, n. Parameters: as `rows_of`."""
    return (
        f"select t.`TraceId` as TraceId, count() as n from {table.source} as t where {bounds(table)} "
        "and t.`TraceId` in {trace_ids:Array(String)} group by t.`TraceId`"
    )


def may_fail(traces: Table) -> str:
    """Return the condition that a span may be of a failed request."""
    refused = " or ".join(f"{number(traces, key)} >= 500" for key in _STATUSES if "SpanAttributes" in traces.columns)
    has = traces.columns.keys()
    broken = "t.`StatusCode` in " + _ERRORS if "StatusCode" in has else "false"
    served = f"{broken} and (t.`SpanKind` in {SERVERS} or t.`SpanName` = 'response')" if "SpanKind" in has else broken
    return f"({refused or 'false'} or ({served}))"


def bounds(table: Table) -> str:
    """Bound the time, and what tables are cut and sorted by, which not every version works out of the time."""
    since, until = ("fromUnixTimestamp64Nano({" + name + ":Int64})" for name in ("since_ns", "until_ns"))
    bounds = [f"t.`Timestamp` >= {since}", f"t.`Timestamp` < {until}"]
    # Spans are sorted by the second, new tables of logs by five minutes, older ones by a column of their own.
    keys = ["toDateTime(t.`Timestamp`)", "toStartOfFiveMinutes(t.`Timestamp`)"]
    functions = ["toDateTime({})", "toStartOfFiveMinutes({})"]
    if "TimestampTime" in table.columns:
        keys.append("t.`TimestampTime`")
        functions.append("toDateTime({})")
    if "ts_bucket_start" in table.columns:
        # Half hours of SigNoz, in seconds.
        bounds.append("t.`ts_bucket_start` >= intDiv({since_ns:Int64}, 1000000000) - 1800")
        bounds.append("t.`ts_bucket_start` <= intDiv({until_ns:Int64}, 1000000000)")
    for key, function in zip(keys, functions, strict=True):
        bounds += [f"{key} >= {function.format(since)}", f"{key} <= {function.format(until)}"]
    return " and ".join(bounds)


def number(table: Table, key: str) -> str:
    """Return an attribute of a span as a small number, 0 where it is none."""
    return f"toUInt16OrZero({attribute(table, key)})"


def attribute(table: Table, key: str) -> str:
    """Return an attribute of a span as text, '' where it has none."""
    if key in table.quick:
        return table.quick[key]
    if _is_json(table.columns["SpanAttributes"]):
        path = ".".join(quoted(part) for part in key.split("."))
        return f"ifNull(toString(t.`SpanAttributes`.{path}), '')"
    return f"t.`SpanAttributes`['{key}']"


def _chosen(name: str, kind: str) -> str:
    column = f"t.{quoted(name)}"
    if kind.startswith("Array("):
        inner = _plain("v", kind.removeprefix("Array("))
        value = column if inner == "v" else f"arrayMap(v -> {inner}, {column})"
    else:
        value = _plain(column, kind)
    return f"{value} as {quoted(name)}"


def _plain(value: str, kind: str) -> str:
    """Return a value as Arrow and Python hold it whole: times as ns, JSON as text."""
    if kind.startswith("DateTime"):
        return f"toUnixTimestamp64Nano(toDateTime64({value}, 9))"
    return f"toJSONString({value})" if _is_json(kind) else value


def _is_json(kind: str) -> bool:
    return kind.startswith(("JSON", "Object("))
