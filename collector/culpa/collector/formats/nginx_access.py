"""nginx's access log as JSON (`log_format … escape=json`), keys named after our snippet or nginx's variables.

Keys may be missing and in any order; those without a column of their own become attributes.
"""

from collections.abc import Mapping, Sequence

from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import had_connection
from culpa.collector.formats._ids import RequestIds, from_traceparent, record_id, request_ids
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import (
    attributes,
    count,
    host_and_port,
    json_object,
    last_attempt,
    path_of,
    query_of,
    seconds_ns,
    text,
    written,
)
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

#: What a key of the log means here: our names first, then nginx's own variables for the same thing.
_MEANINGS = {
    "ts": "ended", "msec": "ended",
    "time_iso8601": "written", "@timestamp": "written", "timestamp": "written", "time": "written", "date": "written",
    "time_local": "local",
    "trace_id": "trace_id", "otel_trace_id": "trace_id",
    "span_id": "span_id", "otel_span_id": "span_id",
    "parent_span_id": "parent_span_id", "otel_parent_id": "parent_span_id",
    "traceparent": "traceparent", "http_traceparent": "traceparent",
    "request_id": "request_id",
    "pid": "pid",
    "connection": "connection",
    "connection_requests": "connection_requests",
    "method": "method", "request_method": "method",
    "scheme": "scheme",
    "host": "host", "http_host": "host",
    "server_name": "server_name",
    "server_port": "server_port",
    "request_uri": "request_uri",
    "uri": "uri",
    "request": "request_line",
    "status": "status",
    "bytes": "bytes", "bytes_sent": "bytes",
    "request_time": "request_time",
    "completion": "completion", "request_completion": "completion",
    "upstream_addr": "upstream_addr",
    "upstream_status": "upstream_status",
    "upstream_connect_time": "connect_time",
    "upstream_header_time": "header_time",
    "upstream_response_time": "response_time",
    "upstream_bytes_received": "bytes_received",
    "proxy_host": "proxy_host",
}  # fmt: skip

#: Attributes that OpenTelemetry has a name for.
_ATTRIBUTE_NAMES = {
    "remote_addr": "client.address",
    "user_agent": "user_agent.original",
    "http_user_agent": "user_agent.original",
    "args": "url.query",
    "query_string": "url.query",
    "request_length": "http.request.size",
    "body_bytes_sent": "http.response.body.size",
    "protocol": "network.protocol.name",
    "server_protocol": "network.protocol.name",
}

#: Besides `status`, a line of nginx has at least one of these names, which no other server's log uses.
_OF_NGINX_ONLY = {
    "upstream_addr",
    "upstream_status",
    "upstream_response_time",
    "request_uri",
    "request_time",
    "request_completion",
    "connection_requests",
    "proxy_host",
}

_DATE = late_pattern(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_LOCAL = late_pattern(r"(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) ([+-]\d{4})")
#: nginx's own code for a client that left before the answer.
_CLIENT_LEFT = 499


def _recognises(file_name: str, lines: Sequence[str]) -> bool:
    return any(_is_ours(file_name, line) for line in lines)


def _opens(line: str) -> bool:
    return line.startswith("{") and _is_ours("", line)


def _is_ours(file_name: str, line: str) -> bool:
    if '"status"' not in line:
        return False
    try:
        keys = json_object(line).keys()
    except Unreadable:
        return False
    if keys & _OF_NGINX_ONLY:
        return True
    return "nginx" in file_name.lower() and {"status", "connection"} <= keys


def _read(record: Record, source: Source) -> AccessRow:
    fields, extras = _sorted_out(json_object(record.text))
    status = count(fields.get("status"), limit=999)
    if not status:
        raise Unreadable("no status")
    method, target = _request(fields)
    path = path_of(target)
    ids = _ids(fields, source, record)
    duration = seconds_ns(fields.get("request_time"), absent=0)
    ended = _ended_ns(fields, source)
    # The path before and after rewrites: loops and error pages show in the difference.
    rewritten = text(fields.get("uri"))
    extras += [
        ("nginx.uri", rewritten if rewritten != path else ""),
        ("url.query", query_of(target)),
    ]
    server, attr_host = _virtual_host(fields)
    keys, values = attributes([*extras, ("http.request.header.host", attr_host)])
    return AccessRow(
        access_id=record_id(FORMAT.name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        parent_span_id=ids.parent_span_id,
        format=FORMAT.name,
        service_name=FORMAT.service_name,
        start_time=max(ended - duration, 0),
        duration_ns=duration,
        http_request_method=method,
        url_path=path,
        http_response_status_code=status,
        url_scheme=text(fields.get("scheme")),
        server_address=server,
        server_port=count(fields.get("server_port"), limit=65_535),
        process_pid=count(fields.get("pid")),
        connection_id=text(fields.get("connection")),
        connection_requests=count(fields.get("connection_requests")),
        request_id=text(fields.get("request_id")),
        upstream_address=written(fields.get("upstream_addr")),
        upstream_status=written(fields.get("upstream_status")),
        upstream_name=text(fields.get("proxy_host")),
        upstream_connect_ns=_connect_ns(fields),
        upstream_header_ns=seconds_ns(last_attempt(fields.get("header_time"))),
        upstream_response_ns=seconds_ns(last_attempt(fields.get("response_time"))),
        upstream_bytes_received=count(last_attempt(fields.get("bytes_received")), absent=-1),
        bytes_sent=count(fields.get("bytes")),
        completed=_completed(fields, status),
        attr_keys=keys,
        attr_vals=values,
    )


def _ended_ns(fields: Mapping[str, object], source: Source) -> int:
    """Return when the answer left: in seconds with their ms, or written as `$time_iso8601` and `$time_local` are."""
    counted = seconds_ns(fields.get("ended"), absent=0)
    dated, local = text(fields.get("written")), _LOCAL.fullmatch(text(fields.get("local")))
    if not counted and _DATE.match(dated):
        return iso_ns(dated, source.zone)
    if not counted and local:
        return time_ns(local[1], "%d/%b/%Y:%H:%M:%S", zone_of(local[2], source.zone))
    return counted or source.read_at_ns


def _connect_ns(fields: Mapping[str, object]) -> int:
    if "connect_time" in fields or "header_time" in fields:
        return seconds_ns(last_attempt(fields.get("connect_time")))
    # A log format of one's own, without the times of the attempt.
    status = text(last_attempt(fields.get("upstream_status")))
    return 0 if had_connection(status, seconds_ns(last_attempt(fields.get("response_time")))) else -1


def _sorted_out(line: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, object]]]:
    fields: dict[str, object] = {}
    extras: list[tuple[str, object]] = []
    for key, value in line.items():
        meaning = _MEANINGS.get(key)
        if meaning:
            fields.setdefault(meaning, value)
        else:
            extras.append((_ATTRIBUTE_NAMES.get(key, key), value))
    return fields, extras


def _request(fields: Mapping[str, object]) -> tuple[str, str]:
    """Return method and target as the client sent them; `$uri` is what rewrites made of it."""
    parts = text(fields.get("request_line")).split(" ")
    method, target = (parts[0], parts[1]) if len(parts) == 3 else ("", "")
    return (
        text(fields.get("method")) or method,
        text(fields.get("request_uri")) or target or text(fields.get("uri")),
    )


def _ids(fields: Mapping[str, object], source: Source, record: Record) -> RequestIds:
    trace, parent = text(fields.get("trace_id")), text(fields.get("parent_span_id"))
    if not trace:
        trace, parent = from_traceparent(text(fields.get("traceparent")))
    return request_ids(trace, text(fields.get("span_id")), parent, source=source, record=record)


def _virtual_host(fields: Mapping[str, object]) -> tuple[str, str]:
    host = host_and_port(text(fields.get("host")))[0]
    server = text(fields.get("server_name"))
    return (server, host if host != server else "") if server not in {"", "_"} else (host, "")


def _completed(fields: Mapping[str, object], status: int) -> bool:
    completion = fields.get("completion")
    return status != _CLIENT_LEFT if completion is None else completion == "OK"


FORMAT = Format(name="nginx_access", service_name="nginx", recognises=_recognises, read=_read, opens=_opens)
