"""Apache SkyWalking's JSON: what its query protocol answers of a trace, and segments as its agents report them.

Ids are texts of its own; what OTLP has in their place is made of them.
Source: SkyWalking 8 to 10, query protocol `trace.graphqls` (queryTrace), `Tracing.proto` (SegmentObject); times in ms.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import md5

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Value
from culpa.collector.dialects.shape import known, path_of, rows, table, text
from culpa.collector.dialects.span import Event, Span, pieces_of
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import names_by_any_name, names_by_port

_BEGIN = late_pattern(rb"\s*[\[{]")
_OWN = late_pattern(rb'"(?:segmentId|traceSegmentId)"\s*:')
_PARENT = late_pattern(rb'"parentSpanId"\s*:\s*-?\d')
_MS = 1_000_000
#: Its layers, and what of OTLP's kinds its types are there.
_KINDS = {"Entry": 2, "Exit": 3, "Local": 1}
_QUEUE_KINDS = {"Entry": 5, "Exit": 4, "Local": 1}
_DATABASES = ("Database", "Cache", "NoSQL")
_PEER = late_pattern(r"(?P<host>\[[0-9a-fA-F:]+\]|[^\s:,;]{1,253})(?::(?P<port>\d{1,5}))?(?=$|[,;])")
_STATUS = ("http.status_code", "status_code", "http.status.code")
#: What a log of a span tells, and OpenTelemetry's name of it.
_RAISED = {"error.kind": "exception.type", "message": "exception.message", "stack": "exception.stacktrace"}


def _is_spoken(head: bytes) -> bool:
    return all(pattern.search(head) for pattern in (_OWN, _PARENT)) and _BEGIN.match(head) is not None


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of(_span(one, segment) for value in rows(list(values)) for one, segment in _spans(value))


def _spans(value: dict[str, Value]) -> Iterator[tuple[dict[str, Value], dict[str, Value]]]:
    """Yield the spans of an answer or of a segment, each with what stands around it."""
    trace = next(
        (found for outer in (("data", "trace"), ("data", "queryTrace"), ("trace",)) if (found := table(value, *outer))),
        value,
    )
    for each in rows(trace.get("spans")):
        yield each, trace


def _span(one: dict[str, Value], segment: dict[str, Value]) -> Span:
    own = text(one.get("segmentId") or segment.get("traceSegmentId"))
    kinds = _QUEUE_KINDS if text(one.get("layer") or one.get("spanLayer")) == "MQ" else _KINDS
    tags = {text(each.get("key")): each.get("value") for each in rows(one.get("tags"))}
    kind = kinds.get(text(one.get("type") or one.get("spanType")), 1)
    events = [_event(each) for each in rows(one.get("logs"))]
    return Span(
        _trace_id(text(one.get("traceId") or segment.get("traceId"))),
        _span_id(own, text(one.get("spanId", 0))),
        text(one.get("endpointName") or one.get("operationName")),
        counted(one.get("startTime"), _MS),
        counted(one.get("endTime"), _MS),
        parent_id=_parent_id(one, own),
        kind=kind,
        status=2 if one.get("isError") is True else 0,
        scope=text(one.get("component")),
        attributes=_attributes(one, tags, kind),
        resource=known(
            {
                "service.name": text(one.get("serviceCode") or segment.get("service")),
                "service.instance.id": text(one.get("serviceInstanceName") or segment.get("serviceInstance")),
            }
        ),
        events=events,
    )


def _trace_id(written: str) -> str:
    return ids.trace_id(written) if len(written) == 32 else _made(written, 32)


def _span_id(segment: str, number: str) -> str:
    return _made(f"{segment}/{number}", 16)


def _made(written: str, digits: int) -> str:
    return md5(written.encode(), usedforsecurity=False).hexdigest()[:digits] if written else ""


def _parent_id(one: dict[str, Value], segment: str) -> str:
    """Return the span above: of the same segment, else the one in another process that the first reference names."""
    above = one.get("parentSpanId", -1)
    if isinstance(above, int) and above >= 0:
        return _span_id(segment, str(above))
    ref = next(rows(one.get("refs")), None)
    if ref is None:
        return ""
    return _span_id(
        text(ref.get("parentSegmentId") or ref.get("parentTraceSegmentId")), text(ref.get("parentSpanId", 0))
    )


def _attributes(one: dict[str, Value], tags: dict[str, Value], kind: int) -> dict[str, Value]:
    status = next((tags[key] for key in _STATUS if tags.get(key)), None)
    url = text(tags.get("url"))
    rest = {key: value for key, value in tags.items() if key not in (*_STATUS, "url", "db.type", "db.instance")}
    named: dict[str, Value] = {"http.status_code": status, "http.url": url if kind == 3 else ""}
    if kind == 2 and url:
        named["url.path"] = path_of(url) or "/"
    layer = text(one.get("layer") or one.get("spanLayer"))
    if kind in (3, 4):
        named |= _of_callee(text(one.get("peer")), layer, text(one.get("component")), tags)
    return known(named | rest)


def _of_callee(peer: str, layer: str, component: str, tags: dict[str, Value]) -> dict[str, Value]:
    found = _PEER.match(peer)
    host, port = (found["host"].strip("[]"), found["port"] or "") if found else ("", "")
    told: dict[str, Value] = {"server.address": host, "server.port": int(port) if port else None}
    system = _system(component, text(tags.get("db.type")), int(port) if port else 0)
    if layer in _DATABASES:
        told |= {"db.system.name": system or "other_sql", "db.namespace": tags.get("db.instance")}
    elif layer == "MQ":
        told |= {"messaging.system": system or component.lower().partition("-")[0]}
    return told


def _system(component: str, told: str, port: int) -> str:
    """Return the system by the name of its client: SkyWalking calls all that speak JDBC `sql`."""
    lowered = (component.lower(), told.lower())
    by_name = next((system for name, system in _longest_first() for word in lowered if name in word), "")
    return by_name or names_by_port().get(port, "")


@cache
def _longest_first() -> list[tuple[str, str]]:
    """Return each name of a system with the system's own."""
    return sorted(names_by_any_name().items(), key=lambda named: len(named[0]), reverse=True)


def _event(log: dict[str, Value]) -> Event:
    data = {text(each.get("key")): text(each.get("value")) for each in rows(log.get("data"))}
    is_error = data.get("event") == "error" or "error.kind" in data
    attributes = {_RAISED.get(key, key) if is_error else key: value for key, value in data.items()}
    return Event(
        "exception" if is_error else data.get("event", "log"), counted(log.get("time"), _MS), known(attributes)
    )


SKYWALKING = Dialect("SkyWalking", _is_spoken, _pieces)
