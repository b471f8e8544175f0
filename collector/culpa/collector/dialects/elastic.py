"""Elastic APM: events as agents send them (intake v2, a line each), and the documents that are kept of them.

Source: apm-data's "Intake API v2" (durations in ms, timestamps in µs or as dates); ECS (`duration.us`, `http`, `url`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_object, known, path_of, rows, table, text
from culpa.collector.dialects.span import Event, Record, Span, pieces_of
from culpa.collector.dialects.stack import Frame, Raised, printed
from culpa.collector.dialects.times import counted, moment, written
from culpa.instrumentation.patterns import late_pattern

_INTAKE = late_pattern(rb'\s*\{\s*"(?:metadata|transaction|span|error|metricset)"\s*:\s*\{')
_ID = late_pattern(rb'"(?:trace_id|transaction_id|id)"\s*:\s*"[0-9a-f]{16,32}"')
_STORED = late_pattern(rb'"processor"\s*:\s*\{[^{}]{0,200}"event"\s*:\s*"(?:transaction|span|error)"')
_BEGIN = late_pattern(rb"\s*[\[{]")
_US, _MS = 1_000, 1_000_000
_REQUESTS = ("request", "web", "http")
_LANGUAGES = {"python": "python", "java": "java", "kotlin": "java"}
_HTTP_RESULT = late_pattern(r"HTTP ([1-5])xx")
_FIRST_FAILURE = 500


@dataclass(slots=True)
class _Error(Record):
    """An error, and the request that failed by it, for files that do not hold the request's transaction."""

    request: Span | None = None


def _is_spoken(head: bytes) -> bool:
    if _BEGIN.match(head) and _STORED.search(head):
        return True
    return _INTAKE.match(head) is not None and _ID.search(head) is not None


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of(_on_their_spans(list(_read(values))))


def _on_their_spans(items: list[Span | Record]) -> Iterator[Span | Record]:
    """Make errors events of the spans in which they were raised, where the file has those."""
    spans = {(one.trace_id, one.span_id): one for one in items if isinstance(one, Span)}
    for one in items:
        span = spans.get((one.trace_id, one.span_id))
        if isinstance(one, Record) and span is not None and one.attributes:
            span.events.append(Event("exception", one.time_ns, one.attributes))
    for one in items:
        if isinstance(one, Span) or not one.attributes or (one.trace_id, one.span_id) not in spans:
            yield one.request if isinstance(one, _Error) and one.request else one


def _read(values: Iterable[Value]) -> Iterator[Span | Record]:
    metadata: dict[str, Value] = {}
    for value in rows(list(values)):
        if "metadata" in value:
            metadata = table(value, "metadata")
            continue
        for document in _documents(value):
            if is_object(document.get("processor")):
                yield from _of_document(document)
            else:
                yield from _of_event(document, metadata)


def _documents(value: dict[str, Value]) -> Iterator[dict[str, Value]]:
    if "hits" in value:
        for hit in rows(table(value, "hits").get("hits")):
            yield table(hit, "_source")
    else:
        yield table(value, "_source") or value


def _of_event(value: dict[str, Value], metadata: dict[str, Value]) -> Iterator[Span | Record]:
    event: dict[str, Callable[[dict[str, Value], dict[str, Value]], Span | Record]]
    event = {"transaction": _transaction, "span": _span, "error": _error}
    kind = next((name for name in event if is_object(value.get(name))), "")
    if kind:
        one = value[kind]
        service = table(metadata, "service") | table(one, "context", "service")
        yield event[kind](one, _resource(service, table(metadata, "process"), table(metadata, "system")))
    elif "metricset" not in value and "log" not in value:
        raise Unreadable(f"no event of Elastic APM in an object with the keys {', '.join(list(value)[:8])}")


def _resource(service: dict[str, Value], process: dict[str, Value], host: dict[str, Value]) -> dict[str, Value]:
    return known(
        {
            "service.name": text(service.get("name")),
            "service.version": text(service.get("version")),
            "telemetry.sdk.language": text(table(service, "language").get("name")),
            "process.pid": process.get("pid") if isinstance(process.get("pid"), int) else None,
            "host.name": text(host.get("detected_hostname") or host.get("hostname") or host.get("name")),
        }
    )


def _transaction(one: dict[str, Value], resource: dict[str, Value]) -> Span:
    start = moment(one.get("timestamp"), _US)
    context = table(one, "context")
    request, response = table(context, "request"), table(context, "response")
    is_request = text(one.get("type")) in _REQUESTS or bool(request)
    url = table(request, "url")
    status = response.get("status_code")
    return Span(
        ids.trace_id(one.get("trace_id")),
        ids.span_id(one.get("id")),
        text(one.get("name")),
        start,
        start + counted(one.get("duration"), _MS),
        parent_id=ids.span_id(one.get("parent_id")),
        kind=2 if is_request else 5 if text(one.get("type")) == "messaging" else 1,
        status=_status(one, status),
        attributes=known(
            {
                "http.request.method": text(request.get("method")),
                "http.response.status_code": status if isinstance(status, int) else None,
                "http.route": _route(text(one.get("name"))),
                "url.path": text(url.get("pathname")) or path_of(text(url.get("full") or url.get("raw"))),
            }
        ),
        resource=resource,
    )


def _status(one: dict[str, Value], status: Value) -> int:
    result = _HTTP_RESULT.fullmatch(text(one.get("result")))
    is_failed = (isinstance(status, int) and status >= 500) or (result and result[1] == "5")
    return 2 if is_failed or (one.get("outcome") == "failure" and not status) else 0


def _route(name: str) -> str:
    """Return the route in a transaction's name: `GET /orders/{id}`."""
    method, _, route = name.partition(" ")
    return route if method.isupper() and route.startswith("/") else ""


def _span(one: dict[str, Value], resource: dict[str, Value]) -> Span:
    start = moment(one.get("timestamp"), _US)
    context = table(one, "context")
    db, http, peer = table(context, "db"), table(context, "http"), table(context, "destination")
    status = table(http, "response").get("status_code", http.get("status_code"))
    kind = text(one.get("type")).partition(".")
    subtype = text(one.get("subtype")) or kind[2].partition(".")[0]
    return Span(
        ids.trace_id(one.get("trace_id")),
        ids.span_id(one.get("id")),
        text(one.get("name")),
        start,
        start + counted(one.get("duration"), _MS),
        parent_id=ids.span_id(one.get("parent_id") or one.get("transaction_id")),
        kind=3 if kind[0] in ("db", "external", "cache", "messaging", "storage") else 1,
        status=2 if one.get("outcome") == "failure" else 0,
        attributes=_call(kind[0], subtype, db, http.get("url"), http.get("method"), status, peer),
        resource=resource,
    )


def _call(
    kind: str, subtype: str, db: dict[str, Value], url: Value, method: Value, status: Value, peer: dict[str, Value]
) -> dict[str, Value]:
    address, _, port = text(table(peer, "service").get("resource")).rpartition(":")
    return known(
        {
            "db.system": subtype if kind in ("db", "cache") else "",
            "messaging.system": subtype if kind == "messaging" else "",
            "db.namespace": text(db.get("instance")),
            "db.query.text": text(db.get("statement")),
            "url.full": text(url),
            "http.request.method": text(method).upper(),
            "http.response.status_code": status if isinstance(status, int) else None,
            "server.address": text(peer.get("address")) or (address if kind == "external" else ""),
            "server.port": peer.get("port") or (port if kind == "external" and port.isdecimal() else None),
        }
    )


def _error(one: dict[str, Value], resource: dict[str, Value]) -> _Error:
    chain = list(_chain(one.get("exception")))
    language = _LANGUAGES.get(text(resource.get("telemetry.sdk.language")).lower(), "")
    words = chain[0].words if chain else text(table(one, "log").get("message"))
    error = _Error(
        moment(one.get("timestamp"), _US),
        words,
        "ERROR",
        ids.trace_id(one.get("trace_id")),
        ids.span_id(one.get("parent_id") or one.get("transaction_id")),
        attributes=known(
            {
                "exception.type": chain[0].type,
                "exception.message": chain[0].message,
                "exception.stacktrace": printed(language, chain)
                if any(each.frames for each in chain) or chain[1:]
                else "",
            }
        )
        if chain
        else {},
        resource=resource,
    )
    error.request = _request_failed_by(error, one)
    return error


def _request_failed_by(error: _Error, one: dict[str, Value]) -> Span | None:
    """Return the request that an error tells of and that failed: by its status, or because nobody handled the error."""
    context = table(one, "context")
    status = table(context, "response").get("status_code")
    if not isinstance(status, int) and any(
        each.get("handled") is False for each in list(rows(one.get("exception")))[:1]
    ):
        status = _FIRST_FAILURE
    if not (table(context, "request") and error.attributes and isinstance(status, int) and status >= _FIRST_FAILURE):
        return None
    transaction = {
        "trace_id": one.get("trace_id"),
        "id": one.get("transaction_id") or one.get("parent_id"),
        "name": table(one, "transaction").get("name"),
        "type": _REQUESTS[0],
        "timestamp": one.get("timestamp"),
        "context": context | {"response": {"status_code": status}},
    }
    span = _transaction(transaction, dict(error.resource))
    span.events.append(Event("exception", error.time_ns, error.attributes))
    return span


def _chain(error: Value) -> Iterator[Raised]:
    """Yield an exception and its causes: stored as a list, sent within each other."""
    for one in list(rows(error))[:32]:
        name, module = text(one.get("type")), text(one.get("module"))
        is_bare = not module or name.startswith(module) or module in ("builtins", "__main__")
        frames = [_frame(each) for each in rows(one.get("stacktrace"))]
        yield Raised(name if is_bare else f"{module}.{name}", text(one.get("message")), frames[::-1])
        cause = one.get("cause")
        if cause and cause is not error:
            yield from _chain(cause)


def _frame(frame: dict[str, Value]) -> Frame:
    line = frame.get("lineno", table(frame, "line").get("number"))
    source = text(frame.get("context_line") or table(frame, "line").get("context"))
    return Frame(
        text(frame.get("abs_path") or frame.get("filename")),
        line if isinstance(line, int) else 0,
        text(frame.get("function")),
        text(frame.get("classname") or frame.get("module")),
        source,
    )


def _of_document(document: dict[str, Value]) -> Iterator[Span | Record]:
    """Read a stored document by making it the event that it was."""
    kind = text(table(document, "processor").get("event"))
    resource = _resource(table(document, "service"), table(document, "process"), table(document, "host"))
    one = table(document, kind) | {
        "trace_id": table(document, "trace").get("id"),
        "parent_id": table(document, "parent").get("id"),
        "transaction_id": table(document, "transaction").get("id"),
        "timestamp": table(document, "timestamp").get("us") or written(document.get("@timestamp")) // _US,
        "outcome": table(document, "event").get("outcome"),
    }
    micros = table(one, "duration").get("us")
    one["duration"] = micros / 1_000 if isinstance(micros, int | float) else None
    http, url = table(document, "http"), table(document, "url")
    status = table(http, "response").get("status_code")
    if kind in ("transaction", "error"):
        request = table(http, "request")
        shown = {"full": url.get("full") or url.get("original"), "pathname": url.get("path")}
        one["context"] = {
            "request": request | {"url": shown} if request or url else {},
            "response": {"status_code": status},
        }
        yield _transaction(one, resource) if kind == "transaction" else _error(one, resource)
    elif kind == "span":
        outer = table(one, "http")
        one["context"] = {
            "db": table(one, "db"),
            "destination": table(one, "destination") | known(table(document, "destination")),
            "http": {
                "url": url.get("original") or url.get("full") or table(outer, "url").get("original"),
                "method": table(http, "request").get("method") or outer.get("method"),
                "status_code": status if status is not None else table(outer, "response").get("status_code"),
            },
        }
        yield _span(one, resource)


ELASTIC = Dialect("Elastic APM", _is_spoken, _pieces)
