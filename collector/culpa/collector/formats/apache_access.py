r"""Apache's access log in the JSON shape of our snippet, which Apache's escapes keep from being strict JSON.

Apache writes bytes that it does not print as `\xHH`, a vertical tab as `\v`, and `-` for what is absent.
"""

import re
from collections.abc import Mapping

import msgspec

from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import RequestIds, md5_hex, record_id, request_ids, usable_trace_id
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import (
    MOST_MICROSECONDS,
    attributes,
    count,
    host_and_port,
    json_object,
    text,
)
from culpa.instrumentation.patterns import late_pattern

#: Keys that have a column; all others become attributes.
_COLUMNS = {
    "ts_us", "end_us", "dur_us", "trace_id", "span_id", "parent_span_id", "unique_id", "log_id", "pid", "tid",
    "method", "uri", "status", "bytes", "conn", "keepalive", "handler", "vhost", "scheme", "port",
    "proxy_status", "balancer_worker", "balancer_name", "query", "file",
}  # fmt: skip

_ATTRIBUTE_NAMES = {
    "remote": "client.address",
    "status_first": "apache.status_first",
    "redirect_status": "apache.redirect_status",
    "user_agent": "user_agent.original",
    "protocol": "network.protocol.name",
}

#: Besides `status`, a line of Apache has one of these names, which no other server's log uses.
_OF_APACHE_ONLY = {"unique_id", "status_first", "dur_us", "ts_us", "keepalive", "vhost"}

#: What %f has of a request that was passed on: where to, and the path and query there.
_PASSED_ON = late_pattern(r"proxy:(?P<place>[a-z]+://[^/?]+)")

_ESCAPES = late_pattern(r"\\\\|((?:\\x[0-9a-fA-F]{2})+)|\\v")
_BARE_DASH = late_pattern(r"(?<=[:,\[])-(?=[,}\]])")


def _is_ours(line: str) -> bool:
    if '"status"' not in line:
        return False
    try:
        return bool(_decode(line).keys() & _OF_APACHE_ONLY)
    except Unreadable:
        return False


def _read(record: Record, source: Source) -> AccessRow:
    line = _decode(record.text)
    status = count(line.get("status"), limit=999)
    if not status:
        raise Unreadable("no status")
    ids = _ids(line, source, record)
    start, duration = _times(line, source)
    server, port = host_and_port(text(line.get("vhost")))
    extras = [(_ATTRIBUTE_NAMES.get(k, k), v) for k, v in line.items() if k not in _COLUMNS]
    passed_on = _PASSED_ON.match(text(line.get("file")))
    keys, values = attributes(
        [
            *extras,
            ("url.query", text(line.get("query")).removeprefix("?")),
            ("apache.passed_on_to", passed_on["place"] if passed_on else ""),
            ("apache.answered_at_once", "true" if _is_answered_at_once(line) else ""),
        ]
    )
    return AccessRow(
        access_id=record_id(FORMAT.name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        parent_span_id=ids.parent_span_id,
        format=FORMAT.name,
        service_name=FORMAT.service_name,
        start_time=start,
        duration_ns=duration,
        http_request_method=text(line.get("method")),
        url_path=text(line.get("uri")),
        http_response_status_code=status,
        url_scheme=text(line.get("scheme")),
        server_address=server,
        server_port=count(line.get("port"), absent=port, limit=65_535),
        process_pid=count(line.get("pid")),
        thread_id=text(line.get("tid")),
        # Counted from 0 by Apache (%k), from 1 by nginx; from 1 here.
        connection_requests=count(line.get("keepalive"), absent=-1, limit=MOST_MICROSECONDS) + 1,
        request_id=text(line.get("unique_id")),
        log_id=text(line.get("log_id")),
        handler=text(line.get("handler")),
        upstream_status=text(line.get("proxy_status")),
        upstream_name=text(line.get("balancer_worker")) or text(line.get("balancer_name")),
        bytes_sent=count(line.get("bytes")),
        # %X: X is a connection that broke before the answer was complete.
        completed=line.get("conn") != "X",
        attr_keys=keys,
        attr_vals=values,
    )


def _is_answered_at_once(line: dict[str, object]) -> bool:
    """Say whether it was answered before a file or a handler was looked for, as `Redirect 503` does."""
    return line.get("handler") == "-" and line.get("file", "-") == "-"


def _decode(line: str) -> dict[str, object]:
    try:
        return json_object(line)
    except Unreadable:
        # Apache's own escapes, or an unquoted `-` for a number that is absent.
        return json_object(_BARE_DASH.sub("null", _ESCAPES.sub(_as_json, line)))


def _as_json(escape: re.Match[str]) -> str:
    if escape[0] == "\\\\":
        return escape[0]
    if escape[1] is None:
        return "\\u000b"
    # A run of \xHH is a run of bytes: usually one character of UTF-8.
    run = bytes.fromhex(escape[1].replace("\\x", "")).decode("utf-8", "replace")
    return msgspec.json.encode(run).decode()[1:-1]


def _ids(line: Mapping[str, object], source: Source, record: Record) -> RequestIds:
    trace, span = text(line.get("trace_id")), text(line.get("span_id"))
    unique = text(line.get("unique_id"))
    if unique and not usable_trace_id(trace):
        # The request failed before the server's expressions ran; these are the same expressions.
        trace, span = md5_hex(unique), md5_hex(f"{unique}-span")[:16]
    return request_ids(trace, span, text(line.get("parent_span_id")), source=source, record=record)


def _times(line: Mapping[str, object], source: Source) -> tuple[int, int]:
    start, end, duration = _ns(line.get("ts_us")), _ns(line.get("end_us")), _ns(line.get("dur_us"), absent=-1)
    if duration < 0:
        duration = max(end - start, 0) if start and end else 0
    return start or max((end or source.read_at_ns) - duration, 0), duration


def _ns(value: object, absent: int = 0) -> int:
    return count(value, absent, limit=MOST_MICROSECONDS) * 1000


FORMAT = Format(name="apache_access", service_name="apache", read=_read, opens=_is_ours)
