"""Traefik's access log, as JSON and in its extension of the common log format.

Source: Traefik 3 `Observability: access logs`. It names the router and the server, but not why it answered itself.
"""

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import CLIENT_LEFT, Exchange, gateway_row, milliseconds_ns
from culpa.collector.formats._ids import from_traceparent
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import count, json_object, text
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_LINE = late_pattern(
    r"(?P<client>\S{1,60}) \S{1,60} (?P<user>\S{1,60}) "
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) (?P<zone>[+-]\d{4})\] "
    r'"(?P<method>\S{1,40}) (?P<target>\S+) [^\s"]*" (?P<status>\d{1,3}|-) (?P<bytes>\d+|-) '
    rf'{_QUOTED} {_QUOTED} \d+ "(?P<router>[^"]*)" "(?P<url>[^"]*)" (?P<ms>\d{{1,12}})ms'
)
_URL = late_pattern(r"(?P<scheme>[a-z0-9]{1,10})://(?P<place>[^/\s]+)")


def _opens(line: str) -> bool:
    if not line.startswith("{"):
        return _LINE.match(line[:SHORT_LINE]) is not None
    if '"DownstreamStatus"' not in line:
        return False
    try:
        return "DownstreamStatus" in json_object(line)
    except Unreadable:
        return False


def _read(record: Record, source: Source) -> AccessRow:
    line = text_of(record)
    exchange = _of_json(line, source) if line.startswith("{") else _of_text(line, source)
    return gateway_row(FORMAT, exchange, record, source)


def _of_text(line: str, source: Source) -> Exchange:
    found = _LINE.fullmatch(line.rstrip())
    if not found:
        raise Unreadable("not a line of Traefik's access log")
    status, duration = count(found["status"], limit=999), milliseconds_ns(found["ms"])
    # The time is that of the begin.
    started = time_ns(found["time"], "%d/%b/%Y:%H:%M:%S", zone_of(found["zone"], source.zone))
    return Exchange(
        status=status,
        ended_ns=started + duration,
        duration_ns=duration,
        method=found["method"],
        target=found["target"],
        client=found["client"],
        upstream=_place(found["url"]),
        upstream_name=text(found["router"]),
        bytes_sent=count(found["bytes"]),
        has_client_left=status == CLIENT_LEFT,
    )


def _of_json(line: str, source: Source) -> Exchange:
    fields = json_object(line)
    status, duration = count(fields.get("DownstreamStatus"), limit=999), count(fields.get("Duration"))
    origin, took = count(fields.get("OriginStatus"), limit=999), count(fields.get("OriginDuration"))
    started = text(fields.get("StartUTC")) or text(fields.get("StartLocal"))
    ended = text(fields.get("time"))
    trace, parent = from_traceparent(text(fields.get("request_Traceparent")))
    return Exchange(
        status=status,
        ended_ns=iso_ns(started, source.zone) + duration if started else iso_ns(ended, source.zone) if ended else 0,
        duration_ns=duration,
        method=text(fields.get("RequestMethod")),
        target=text(fields.get("RequestPath")),
        client=text(fields.get("ClientHost")),
        host=text(fields.get("RequestHost")) or text(fields.get("RequestAddr")),
        upstream=_place(text(fields.get("ServiceURL"))) or text(fields.get("ServiceAddr")),
        # Traefik's own 502 stands here, too.
        upstream_status=str(origin) if origin and took else "",
        upstream_name=text(fields.get("ServiceName")) or text(fields.get("RouterName")),
        trace_id=text(fields.get("TraceId")) or trace,
        span_id=text(fields.get("SpanId")),
        parent_span_id=parent,
        bytes_sent=count(fields.get("DownstreamContentSize")),
        has_client_left=status == CLIENT_LEFT,
        extras=[("traefik.retry_attempts", fields.get("RetryAttempts"))],
    )


def _place(url: str) -> str:
    found = _URL.match(url)
    return found["place"] if found else ""


FORMAT = Format(name="traefik_access", service_name="traefik", read=_read, opens=_opens)
