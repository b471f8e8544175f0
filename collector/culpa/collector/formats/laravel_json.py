"""Monolog's JSON lines as a Laravel channel writes them (`formatter => JsonFormatter::class`).

The ids are there if the exception handler's `context()` adds `request_id` (X-Request-Id) or `traceparent`.
"""

from collections.abc import Mapping

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._laravel import request_in
from culpa.collector.formats._levels import WARNING, severity_of
from culpa.collector.formats._php import event_of, php_chain, php_stack
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, json_object, mapping, path_of, query_of, text
from culpa.instrumentation.patterns import late_pattern

#: Monolog writes all of these into each line; no other logger does.
_KEYS = {"message", "context", "level", "level_name", "channel", "datetime"}
#: Told cheaply, for most lines are of these levels; quotes inside a message have a backslash before them.
_UNIMPORTANT = late_pattern(r'"level_name":"(?:DEBUG|INFO|NOTICE)"')
_IDS = late_pattern(r"trace|request|correlation")
_NO_ERROR: Mapping[str, object] = {}
#: Exceptions in a chain that are read: more than any wrapper makes.
_CHAIN = 20


def _is_ours(line: str) -> bool:
    if '"level_name"' not in line:
        return False
    try:
        return json_object(line).keys() >= _KEYS
    except Unreadable:
        return False


def _read(record: Record, source: Source) -> LogRow | None:
    if _UNIMPORTANT.search(text_of(record)) and not _IDS.search(text_of(record)):
        return None
    line = json_object(record.text)
    if not line.keys() >= _KEYS:
        raise Unreadable("not a line of Monolog's JSON format")
    severity = severity_of(text(line["level_name"]))
    # Monolog writes an empty context as [].
    context = _mapping(line["context"])
    request = request_in({**_mapping(line.get("extra")), **context})
    if severity < WARNING and not request.trace_id:
        return None
    errors = _chain(context.get("exception"))
    outer = errors[0] if errors else _NO_ERROR
    at = iso_ns(_time(line["datetime"]), source.zone)
    keys, values = attributes([("url.query", query_of(request.target)), *request.others])
    message = text(outer.get("message"))
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=request.trace_id,
        span_id=request.span_id,
        severity_number=severity,
        severity_text=text(line["level_name"]),
        service_name=FORMAT.service_name,
        body=text(line["message"]),
        event_name=event_of(message or text(line["message"])),
        scope_name=text(line["channel"]),
        format=FORMAT.name,
        request_id=request.request_id,
        http_request_method=request.method,
        url_path=path_of(request.target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=text(outer.get("class")),
        exception_message=message,
        stacktrace=php_chain([_printed(error) for error in errors]),
    )


def _chain(exception: object) -> list[Mapping[str, object]]:
    """Return an exception and those that led to it, outermost first."""
    found: list[Mapping[str, object]] = []
    while isinstance(exception, dict) and len(found) < _CHAIN:
        error = mapping(exception)  # pyright: ignore[reportUnknownArgumentType]  # JSON objects have text keys
        found.append(error)
        exception = error.get("previous")
    return found


def _printed(error: Mapping[str, object]) -> str:
    trace = error.get("trace")
    frames = [text(frame) for frame in trace] if isinstance(trace, list) else []  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]  # JSON of any kind
    shown = [_frame(frame) for frame in frames]
    return php_stack(text(error.get("class")), text(error.get("message")), text(error.get("file")), shown)


def _frame(place: str) -> str:
    """Return a place of Monolog's (`file:line`) as PHP shows a frame."""
    file, colon, line = place.rpartition(":")
    return f"{file}({line}): " if colon and line.isdecimal() else place


def _mapping(value: object) -> dict[str, object]:
    return mapping(value) if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownArgumentType]  # as above


def _time(value: object) -> str:
    # Monolog 1 wrote {"date": "2026-11-22 08:17:30.573691", "timezone": "UTC"}.
    return text(mapping(value).get("date")) if isinstance(value, dict) else text(value)  # pyright: ignore[reportUnknownArgumentType]  # as above


FORMAT = Format(name="laravel_json", service_name="laravel", read=_read, opens=_is_ours)
