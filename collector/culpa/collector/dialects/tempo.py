"""OTLP under other names: what Tempo, Grafana and Jaeger's third API answer, and OTLP before 0.15.

Source: Tempo's HTTP API (`batches` of /api/traces, `trace` of /api/v2/traces; Go's encoder writes ids in base64);
opentelemetry-proto 0.9-0.18 (`instrumentationLibrarySpans`); Java's OtlpJsonLoggingSpanExporter (a group a line).
"""

from collections.abc import Iterable, Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_object, rows, table
from culpa.instrumentation.patterns import late_pattern

_WRAPPED = late_pattern(rb'\s*\{\s*"(?:trace|result|data)"\s*:\s*\{\s*"(?:resourceSpans|batches|resource_spans)"')
_BATCHES = late_pattern(rb'\s*\{\s*"batches"\s*:\s*\[\s*\{\s*"(?:resource|scopeSpans|instrumentationLibrarySpans)"')
_BARE_GROUP = late_pattern(
    rb'\s*\{\s*"resource"\s*:\s*\{[^\n]{0,32768}?"(?:scopeSpans|instrumentationLibrarySpans)"\s*:'
)
_EXPORT = late_pattern(rb'\s*\{\s*"resource(?:Spans|Logs)"')
_OLD_NAMES = late_pattern(rb'"instrumentationLibrary(?:Spans|Logs)"\s*:|"traceId"\s*:\s*"[A-Za-z0-9+/]{22}=="')

_OUTER = ("trace", "result", "data")
_GROUPS = {"resourceSpans": "traces", "batches": "traces", "resource_spans": "traces", "resourceLogs": "logs"}
#: Of each signal: the list of scopes, and of items.
_LEVELS = {
    "traces": (("scopeSpans", "instrumentationLibrarySpans", "scope_spans"), "spans"),
    "logs": (("scopeLogs", "instrumentationLibraryLogs", "scope_logs"), "logRecords"),
}


def _is_spoken(head: bytes) -> bool:
    if _WRAPPED.match(head) or _BATCHES.match(head) or _BARE_GROUP.match(head):
        return True
    return _EXPORT.match(head) is not None and _OLD_NAMES.search(head) is not None


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    for value in rows(list(values)):
        yield from _of(value)


def _of(value: dict[str, Value]) -> Iterator[Piece]:
    for name in _OUTER:
        if is_object(value.get(name)):
            value = value[name]
    signals = [(name, signal) for name, signal in _GROUPS.items() if name in value]
    for name, signal in signals:
        for group in rows(value[name]):
            yield Piece(signal, _group(signal, group))
    if not signals and any(name in value for name in _LEVELS["traces"][0]):
        yield Piece("traces", _group("traces", value))
    elif not signals:
        raise Unreadable(f"no spans of OTLP in an object with the keys {', '.join(list(value)[:8])}")


def _group(signal: str, group: dict[str, Value]) -> dict[str, Value]:
    (new, *old), items = _LEVELS[signal]
    scopes: list[Value] = []
    for name in (new, *old):
        for scoped in rows(group.get(name)):
            scope = table(scoped, "scope") or table(scoped, "instrumentationLibrary")
            scopes.append({"scope": scope, items: [_item(one) for one in rows(scoped.get(items))]})
    return {"resource": table(group, "resource"), new: scopes}


def _item(item: dict[str, Value]) -> dict[str, Value]:
    fixed = item | {
        "traceId": ids.trace_id(item.get("traceId")),
        "spanId": ids.span_id(item.get("spanId")),
        "parentSpanId": ids.span_id(item.get("parentSpanId")),
    }
    if "links" in item:
        fixed["links"] = [
            link | {"traceId": ids.trace_id(link.get("traceId")), "spanId": ids.span_id(link.get("spanId"))}
            for link in rows(item["links"])
        ]
    return fixed


TEMPO = Dialect("OTLP under other names", _is_spoken, _pieces, by_line=True)
