"""Sentry's events and transactions, as its API gives them out, one a line, or in envelopes.

Source: Sentry's "Event Payloads" and "Envelopes" (times in seconds or as dates;
exceptions from the origin to the last).
"""

from collections.abc import Iterable, Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_list, is_object, known, path_of, rows, table, text
from culpa.collector.dialects.span import Event, Record, Span, pieces_of
from culpa.collector.dialects.stack import Frame, Raised, printed
from culpa.collector.dialects.times import moment
from culpa.instrumentation.patterns import late_pattern

_BEGIN = late_pattern(rb"\s*[\[{]")
_EVENT_ID = late_pattern(rb'"event(?:_id|ID)"\s*:\s*"[0-9a-f-]{32,36}"')
_OWN = late_pattern(rb'"(?:exception|spans|entries|logentry|contexts|sdk|breadcrumbs)"\s*:')
_S = 1_000_000_000
_LANGUAGES = {"python": "python", "java": "java"}
_DB_OPS = ("db", "cache")
#: Numbers of OTLP for the levels of events, breadcrumbs and logs.
LEVELS = {"trace": 1, "debug": 5, "info": 9, "log": 9, "warn": 13, "warning": 13, "error": 17, "fatal": 21}
#: Of what happened before an event, and of the data of each.
_MOST_CRUMBS, _MOST_DATA = 100, 16
_WELL = ("ok", "", "cancelled")


def _is_spoken(head: bytes) -> bool:
    return _BEGIN.match(head) is not None and _EVENT_ID.search(head) is not None and _OWN.search(head) is not None


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of(_spans(list(rows(list(values)))))


def _spans(values: list[dict[str, Value]]) -> Iterator[Span]:
    events = [value for value in values if _is_event(value)]
    if values and not events:
        raise Unreadable("no event of Sentry's that tells an exception or a transaction")
    for event in events:
        yield from spans_of(event, root_of(event))


def spans_of(event: dict[str, Value], root: Span) -> Iterator[Span]:
    """Yield the span of a request, and those below it."""
    yield root
    for one in rows(event.get("spans")):
        yield _child(one, root)


def record_of(event: dict[str, Value], root: Span) -> Record:
    """Return a log record of an event whose request is told elsewhere: its exception, or its message."""
    told: dict[str, Value] = dict(root.events[0].attributes) if root.events else {}
    entry = _entry(event, "message", "logentry")
    words = table({"entry": entry}, "entry")
    message = text(words.get("formatted") or words.get("message") or event.get("message"))
    if told and _is_handled(event):
        told["exception.handled"] = True
    return Record(
        root.end_ns,
        message
        or ": ".join(part for part in (text(told.get("exception.type")), text(told.get("exception.message"))) if part),
        text(event.get("level")).upper() or "ERROR",
        root.trace_id,
        root.span_id,
        LEVELS.get(text(event.get("level")), 17),
        known({"log.logger": text(event.get("logger"))}) | told,
        root.resource,
    )


def crumbs_of(event: dict[str, Value], root: Span) -> Iterator[Record]:
    """Yield what happened before an event, the oldest first."""
    given = _entry(event, "breadcrumbs", "breadcrumbs")
    for one in list(rows(given.get("values") if is_object(given) and "values" in given else given))[-_MOST_CRUMBS:]:
        data = table(one, "data")
        category, level = text(one.get("category")), text(one.get("level"))
        said = text(one.get("message")) or " ".join(
            text(data.get(name)) for name in ("method", "url", "status_code") if data.get(name)
        )
        if said:
            yield Record(
                moment(one.get("timestamp"), _S) or root.end_ns,
                said,
                level.upper() or "INFO",
                root.trace_id,
                root.span_id,
                LEVELS.get(level, 9),
                known({"sentry.breadcrumb.category": category})
                | {f"sentry.{key}": data[key] for key in list(data)[:_MOST_DATA]},
                root.resource,
            )


def _is_unhandled(event: dict[str, Value]) -> bool:
    errors = _entry(event, "exception", "exception")
    several = rows(errors.get("values") if is_object(errors) and "values" in errors else errors)
    return any(table(one, "mechanism").get("handled") is False for one in several)


def _is_handled(event: dict[str, Value]) -> bool:
    """Say whether the program says that it coped with it; who says nothing did not."""
    errors = _entry(event, "exception", "exception")
    several = list(rows(errors.get("values") if is_object(errors) and "values" in errors else errors))
    return bool(several) and all(table(one, "mechanism").get("handled") is True for one in several)


def _is_event(value: dict[str, Value]) -> bool:
    return any(name in value for name in ("exception", "entries", "spans", "logentry", "transaction", "message"))


def _entry(event: dict[str, Value], kind: str, name: str) -> Value:
    """Return a part of an event: under its name, or among the entries of the API's form."""
    entries = (one for one in rows(event.get("entries")) if one.get("type") == kind)
    return event.get(name) or next((one.get("data") for one in entries), None)


def root_of(event: dict[str, Value]) -> Span:
    """Return the span of a request that an event is about."""
    trace, tags = table(event, "contexts", "trace"), _tags(event.get("tags"))
    event_id = text(event.get("event_id") or event.get("eventID") or event.get("id"))
    end = moment(event.get("timestamp") or event.get("dateCreated") or event.get("datetime"), _S)
    request = _entry(event, "request", "request")
    request = request if is_object(request) else {}
    exceptions = _entry(event, "exception", "exception")
    chain = list(_chain(exceptions))[::-1]
    is_request = bool(request) or text(trace.get("op")).startswith("http.server")
    status = _http_status(event, tags, trace)
    # Where no answer is told of: what no handler caught made it a 500.
    if (
        status is None
        and is_request
        and (text(trace.get("status")) == "internal_error" or (chain and _is_unhandled(event)))
    ):
        status = 500
    url = text(request.get("url"))
    package, version = release_of(event.get("release"))
    return Span(
        ids.trace_id(trace.get("trace_id")) or ids.trace_id(event_id),
        ids.span_id(trace.get("span_id")) or ids.trace_id(event_id)[:16],
        text(event.get("transaction") or tags.get("transaction") or event.get("culprit") or event.get("title")),
        moment(event.get("start_timestamp") or event.get("startTimestamp"), _S) or end,
        end,
        parent_id=ids.span_id(trace.get("parent_span_id")),
        kind=2 if is_request else 1,
        status=2 if chain or (status or 0) >= 500 or text(trace.get("status")) not in _WELL else 0,
        attributes=known(
            {
                "http.request.method": text(request.get("method")),
                "url.path": path_of(url),
                "http.route": _route(event),
                "http.response.status_code": status,
            }
        ),
        resource=known(
            {
                "service.name": text(
                    tags.get("service") or tags.get("service.name") or event.get("project_slug") or package
                ),
                "service.version": version,
                "telemetry.sdk.language": text(event.get("platform")),
                "host.name": text(event.get("server_name") or tags.get("server_name")),
                "deployment.environment.name": text(event.get("environment") or tags.get("environment")),
            }
        ),
        events=[_exception(chain, text(event.get("platform")), end)] if chain else [],
    )


def release_of(release: Value) -> tuple[str, str]:
    """Return service and version of a release: `checkout@1.4.3`, as Sentry recommends it, names the service, too."""
    package, _, version = (release if isinstance(release, str) else "").rpartition("@")
    return package, version


def _http_status(event: dict[str, Value], tags: dict[str, Value], trace: dict[str, Value]) -> int | None:
    status_codes = (
        table(event, "contexts", "response").get("status_code"),
        table(trace, "data").get("http.response.status_code"),
        tags.get("http.status_code"),
        tags.get("status_code"),
    )
    for code in status_codes:
        if text(code).isdecimal() and len(text(code)) == 3:
            return int(text(code))
    return None


def _route(event: dict[str, Value]) -> str:
    info = table(event, "transaction_info") or table(event, "transactionInfo")
    name = text(event.get("transaction")).rpartition(" ")[2]
    return name if text(info.get("source")) == "route" and name.startswith("/") else ""


def _tags(tags: Value) -> dict[str, Value]:
    """Return tags given as an object, as objects with a key, or as pairs."""
    if is_object(tags):
        return tags
    found = {text(one.get("key")): one.get("value") for one in rows(tags)}
    pairs = tags if is_list(tags) else []
    return found | {text(one[0]): one[1] for one in pairs if is_list(one) and len(one) == 2}


def _chain(error: Value) -> Iterator[Raised]:
    """Yield exceptions from the origin to the last."""
    for one in list(rows(error.get("values") if is_object(error) and "values" in error else error))[:32]:
        name, module = text(one.get("type")), text(one.get("module"))
        is_bare = not module or module in ("builtins", "__main__", "exceptions") or "." in name
        frames = [_frame(each) for each in rows(table(one, "stacktrace").get("frames"))]
        yield Raised(name if is_bare else f"{module}.{name}", text(one.get("value")), frames)


def _frame(frame: dict[str, Value]) -> Frame:
    line = frame.get("lineno") or frame.get("lineNo")
    return Frame(
        text(frame.get("abs_path") or frame.get("absPath") or frame.get("filename")),
        line if isinstance(line, int) else 0,
        text(frame.get("function")),
        text(frame.get("module")),
        text(frame.get("context_line")),
    )


def _exception(chain: list[Raised], platform: str, time_ns: int) -> Event:
    last = chain[0]
    trace = printed(_LANGUAGES.get(platform, ""), chain)
    return Event(
        "exception",
        time_ns,
        known({"exception.type": last.type, "exception.message": last.message, "exception.stacktrace": trace}),
    )


def _child(one: dict[str, Value], root: Span) -> Span:
    op, data = text(one.get("op")), table(one, "data") | _tags(one.get("tags"))
    start = moment(one.get("start_timestamp"), _S)
    method, _, url = text(one.get("description")).partition(" ")
    is_http = op.startswith("http.client")
    is_store = op.split(".")[0] in _DB_OPS
    status = text(one.get("status"))
    return Span(
        ids.trace_id(one.get("trace_id")) or root.trace_id,
        ids.span_id(one.get("span_id")),
        text(one.get("description")) or op,
        start,
        moment(one.get("timestamp"), _S) or start,
        parent_id=ids.span_id(one.get("parent_span_id")) or root.span_id,
        kind=3 if is_http or is_store else 1,
        status=0 if status in _WELL else 2,
        message="" if status in _WELL else status,
        attributes=known(
            {
                "db.query.text": text(one.get("description")) if is_store else "",
                "url.full": url if is_http and "://" in url else "",
                "http.request.method": method if is_http else "",
            }
        )
        | data,
        resource=root.resource,
    )


SENTRY = Dialect("Sentry", _is_spoken, _pieces)
