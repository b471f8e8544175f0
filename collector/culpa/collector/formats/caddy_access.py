"""Caddy's JSON log: requests (`http.log.access…`) to `access`, all else it says to `logs`.

One format for both, because Caddy writes both to one place unless told otherwise. The lines about a failed
request carry no ids; they are joined by `connection_id`, the client's address and port, which both have.
"""

import errno
import os
import re
from collections.abc import Mapping
from datetime import datetime

from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._ids import RequestIds, from_traceparent, record_id, request_ids
from culpa.collector.formats._rows import AccessRow, LogRow
from culpa.collector.formats._values import (
    attributes,
    count,
    host_and_port,
    json_object,
    mapping,
    path_of,
    query_of,
    seconds_ns,
    text,
)
from culpa.instrumentation.patterns import late_pattern

_ACCESS = "http.log.access"
_SEVERITY = {"debug": 5, "info": 9, "warn": 13, "error": 17, "panic": 19, "dpanic": 19, "fatal": 21}

#: Keys of a line that have a column, or say nothing of their own.
_COLUMNS = {
    "level", "ts", "logger", "msg", "request", "traceID", "spanID", "status", "size", "resp_headers",
    "upstream_address",
}  # fmt: skip

_DURATION = late_pattern(r"(?<!\d)(\d{1,12}+(?:\.\d{1,9}+)?)(h|ms|µs|us|ns|m|s)")
_UNIT_NS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "µs": 1_000,
    "us": 1_000,
    "ns": 1,
}

#: How Go words what is not reached: `dial tcp 127.0.0.1:80: connect: …`, `lookup shop on …: no such host`.
_UNREACHED = late_pattern(r"\b(?:dial|read|write) (?P<net>tcp|udp|unix)[46]? (?P<place>\S++) ")
_LOOKUP = late_pattern(r"\blookup (?P<host>[^\s:]+)")

#: Go prints the system's words for an error and drops its number.
_ERRNO = {os.strerror(number).lower(): str(number) for number in sorted(errno.errorcode, reverse=True)}
_WORDS = late_pattern("|".join(sorted(map(re.escape, _ERRNO), key=len, reverse=True)))

#: Caddy's own code for a client that left before the answer, as nginx's.
_CLIENT_LEFT = 499
_FIRST_FAILURE = 500


def _is_ours(line: str) -> bool:
    if '"level"' not in line or '"msg"' not in line:
        return False
    try:
        found = json_object(line)
    except Unreadable:
        return False
    logger = text(found.get("logger"))
    # Who shortens a line to show it leaves out the time, and nobody else has such a logger.
    if not {"level", "msg"} <= found.keys() or not ("ts" in found or logger.startswith("http.log.")):
        return False
    # Caddy's first lines have no logger, and other programs log with the same library (zap).
    return logger.startswith(("http.", "tls", "admin")) or logger == "http" or "caddy" in line.lower()


def _read(record: Record, source: Source) -> Row:
    line = json_object(record.text)
    request = mapping(line.get("request") or {}, "request")
    if text(line.get("logger")).startswith(_ACCESS):
        return _access(line, request, record, source)
    return _log(line, request, record, source)


def _access(line: Mapping[str, object], request: Mapping[str, object], record: Record, source: Source) -> AccessRow:
    status = count(line.get("status"), limit=999)
    answer = _headers(line.get("resp_headers"))
    method, target = text(request.get("method")), text(request.get("uri"))
    host, port = host_and_port(text(request.get("host")))
    duration = _duration_ns(line.get("duration"))
    ids = _ids(line, request, source, record)
    size = count(line.get("size"))
    asked = _headers(request.get("headers"))
    keys, values = attributes(
        [
            ("client.address", request.get("client_ip") or request.get("remote_ip")),
            ("user_agent.original", asked.get("user-agent")),
            ("network.protocol.name", request.get("proto")),
            ("url.query", query_of(target)),
            ("http.response.header.server", answer.get("server")),
            ("http.response.header.via", answer.get("via")),
            *((key, value) for key, value in line.items() if key not in _COLUMNS and key != "duration"),
        ]
    )
    return AccessRow(
        access_id=record_id(FORMAT.name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        parent_span_id=ids.parent_span_id,
        format=FORMAT.name,
        service_name=FORMAT.service_name,
        # The line is written when the answer has left.
        start_time=max(_time_ns(line.get("ts"), source) - duration, 0),
        duration_ns=duration,
        http_request_method=method,
        url_path=path_of(target),
        http_response_status_code=status,
        url_scheme="https" if request.get("tls") else "http",
        server_address=host,
        server_port=port,
        connection_id=_connection(request),
        request_id=asked.get("x-request-id", ""),
        # There if the site says `log_append upstream_address {http.reverse_proxy.upstream.hostport}`.
        upstream_address=text(line.get("upstream_address")),
        # Caddy adds itself to Via where an answer came from behind it.
        handler="reverse_proxy" if "caddy" in answer.get("via", "").lower() else "",
        bytes_sent=size,
        completed=status != _CLIENT_LEFT and not _cut_short(method, status, size, answer),
        attr_keys=keys,
        attr_vals=values,
    )


def _log(line: Mapping[str, object], request: Mapping[str, object], record: Record, source: Source) -> LogRow:
    level = text(line.get("level"))
    words = text(line.get("error"))
    body = f"{text(line.get('msg'))}: {words}" if words else text(line.get("msg"))
    target = text(request.get("uri"))
    trace, span = from_traceparent(_headers(request.get("headers")).get("traceparent", ""))
    # The proxy's lines show the request as it was sent on, so with Caddy's own span; others the client's.
    ours = text(line.get("logger")).startswith("http.handlers.reverse_proxy")
    # The line that ends a request which Caddy answers with an error of its own.
    is_answer = text(line.get("logger")).startswith("http.log.error") and count(line.get("status")) >= _FIRST_FAILURE
    keys, values = attributes(
        [
            ("client.address", request.get("client_ip") or request.get("remote_ip")),
            ("server.address", request.get("host")),
            ("url.query", query_of(target)),
            ("http.response.status_code", line.get("status")),
            *((key, value) for key, value in line.items() if key not in _COLUMNS),
        ]
    )
    at = _time_ns(line.get("ts"), source)
    number = _WORDS.search(body.lower())
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=trace,
        span_id=span if ours else "",
        severity_number=_SEVERITY.get(level, 0),
        severity_text=level,
        service_name=FORMAT.service_name,
        body=body,
        event_name="request.failed" if is_answer else "",
        scope_name=text(line.get("logger")),
        format=FORMAT.name,
        connection_id=_connection(request),
        error_code=_ERRNO[number[0]] if number else "",
        http_request_method=text(request.get("method")),
        url_path=path_of(target),
        upstream_address=text(line.get("upstream")) or _unreached(body),
        attr_keys=keys,
        attr_vals=values,
    )


def _ids(line: Mapping[str, object], request: Mapping[str, object], source: Source, record: Record) -> RequestIds:
    trace = text(line.get("traceID"))
    sent, parent = from_traceparent(_headers(request.get("headers")).get("traceparent", ""))
    if trace and trace != sent:
        parent = ""
    return request_ids(trace or sent, text(line.get("spanID")), parent, source=source, record=record)


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        name.lower(): ", ".join(map(text, values)) if isinstance(values, list) else text(values)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]  # JSON of any kind
        for name, values in mapping(value).items()  # pyright: ignore[reportUnknownArgumentType]  # as above
    }


def _connection(request: Mapping[str, object]) -> str:
    address, port = text(request.get("remote_ip")), text(request.get("remote_port"))
    return f"{address}:{port}" if port else ""


def _cut_short(method: str, status: int, size: int, answer: Mapping[str, str]) -> bool:
    promised = count(answer.get("content-length"))
    return method != "HEAD" and status not in {204, 304} and size < promised


def _unreached(words: str) -> str:
    lookup = _LOOKUP.search(words)
    if lookup:
        return lookup["host"]
    found = _UNREACHED.search(words + " ")
    if not found:
        return ""
    place = found["place"].rpartition("->")[2].removesuffix(":")
    return f"unix/{place}" if found["net"] == "unix" else place


def _time_ns(value: object, source: Source) -> int:
    """Return a time as Caddy's `time_format` may have written it: seconds since 1970, or ISO text."""
    number = seconds_ns(value)
    if number < 0:
        return _iso_ns(text(value)) or source.read_at_ns
    # A float of seconds holds about 0.2 us: what is behind the sixth digit is noise.
    return (number + 500) // 1000 * 1000


def _iso_ns(value: str) -> int:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return 0
    return max(int(at.timestamp() * 1_000_000), 0) * 1_000


def _duration_ns(value: object) -> int:
    number = seconds_ns(value)
    if number >= 0:
        return number
    parts = _DURATION.findall(text(value))
    return sum(int(float(amount) * _UNIT_NS[unit]) for amount, unit in parts)


FORMAT = Format(name="caddy_access", service_name="caddy", read=_read, opens=_is_ours, includes=("zap_json",))
