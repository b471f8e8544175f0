"""Envoy's and Istio's access log, in the default text and as JSON with the same names.

Source: Envoy 1.31 `Configuration: access logging`, Istio 1.22 `pilot/pkg/model/telemetry_logging.go`.
"""

import re
from collections.abc import Mapping

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row, milliseconds_ns
from culpa.collector.formats._ids import from_traceparent
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import count, json_object, text
from culpa.instrumentation.patterns import late_pattern

_FLAGS = r"(?P<response_flags>-|[A-Z]{2,8}(?:,[A-Z]{2,8}){0,7})"
#: Istio puts in between why, and behind it the cluster and who spoke to whom.
_LINE = late_pattern(
    r"(?:ACCESS )?(?:\[(?P<start_time>\d{4}-\d\d-\d\dT[\d:.]{8,20}Z)\] )?"
    r'"?(?P<method>[^\s"]{1,40}) (?P<path>[^\s"]*) (?P<protocol>[^\s"]*)" '
    rf"(?P<response_code>\d{{1,3}}) {_FLAGS} "
    r"(?:(?P<response_code_details>\S+) (?P<connection_termination_details>\S+) "
    r'"(?P<upstream_transport_failure_reason>[^"]*)" )?'
    r"(?P<bytes_received>\d+) (?P<bytes_sent>\d+) (?P<duration>\d+|-) (?P<upstream_service_time>\d+|-) "
    r'"(?P<x_forwarded_for>[^"]*)" "(?P<user_agent>[^"]*)" "(?P<request_id>[^"]*)" "(?P<authority>[^"]*)" '
    r'"(?P<upstream_host>[^"]*)"'
    r"(?: (?P<upstream_cluster>\S+))?(?: .*)?",
    re.DOTALL,
)
#: Without a time, as people quote it, it is told by why it failed; then a first quote may be missing, too.
#: Ambassador puts a word before.
_BEGINS = late_pattern(
    rf'(?:ACCESS )?\[\d{{4}}-\d\d-\d\dT[\d:.]{{8,20}}Z\] "\S{{1,40}} [^\s"]* [^\s"]*" \d{{1,3}} {_FLAGS} '
    r'|"?[^\s"]{1,40} [^\s"]* HTTP/[\d.]{1,3}" \d{3} [A-Z]{2,8}(?:,[A-Z]{2,8}){0,7} '
    r'(?:[a-z_]{4,60}(?:\{[^}\s]{1,120}\})? |\d{1,12} \d{1,12} \d{1,9} (?:\d{1,9}|-) ")'
)
#: Who ended it, of Envoy's flags: the client, before any answer or within it.
_CLIENT_LEFT = {"DC", "DPE", "DR"}


def _opens(line: str) -> bool:
    if not line.startswith("{"):
        return _BEGINS.match(line[:SHORT_LINE]) is not None
    if '"response_flags"' not in line or '"response_code"' not in line:
        return False
    try:
        return {"response_flags", "response_code"} <= json_object(line).keys()
    except Unreadable:
        return False


def _read(record: Record, source: Source) -> AccessRow:
    line = text_of(record)
    if line.startswith("{"):
        fields: Mapping[str, object] = json_object(line)
    else:
        found = _LINE.fullmatch(line.rstrip())
        if not found:
            raise Unreadable("not a line of Envoy's access log")
        fields = found.groupdict()
    return gateway_row(FORMAT, _exchange(fields, source), record, source)


def _exchange(fields: Mapping[str, object], source: Source) -> Exchange:
    flags = text(fields.get("response_flags"))
    details = text(fields.get("response_code_details"))
    host, served = text(fields.get("upstream_host")), text(fields.get("upstream_service_time"))
    status = count(fields.get("response_code"), limit=999)
    duration = max(milliseconds_ns(text(fields.get("duration"))), 0)
    started = text(fields.get("start_time")) or text(fields.get("@timestamp"))
    has_answered = not flags and host and (details == "via_upstream" or served)
    trace, parent = from_traceparent(text(fields.get("traceparent")))
    return Exchange(
        status=status,
        ended_ns=(iso_ns(started, source.zone) if started else source.read_at_ns) + duration,
        duration_ns=duration,
        method=text(fields.get("method")),
        target=text(fields.get("path")),
        client=text(fields.get("x_forwarded_for")).partition(",")[0],
        host=text(fields.get("authority")),
        upstream=host.removeprefix("envoy://"),
        upstream_status=str(status) if has_answered else "",
        upstream_name=text(fields.get("upstream_cluster")),
        header_ns=max(milliseconds_ns(served), 0) if has_answered else -1,
        request_id=text(fields.get("request_id")),
        trace_id=trace,
        parent_span_id=parent,
        bytes_sent=count(fields.get("bytes_sent")),
        reason=_reason(flags, details, text(fields.get("upstream_transport_failure_reason"))),
        is_cut=details.startswith("upstream_reset_after_response_started"),
        has_client_left=bool(_CLIENT_LEFT.intersection(flags.split(","))),
        extras=[
            ("user_agent.original", fields.get("user_agent")),
            ("envoy.connection_termination_details", fields.get("connection_termination_details")),
            ("envoy.route_name", fields.get("route_name")),
        ],
    )


def _reason(flags: str, details: str, failure: str) -> str:
    """Return why Envoy answered itself, '' where the answer is the upstream's."""
    if not flags:
        return ""
    return " ".join(part for part in (f"Envoy {flags}", details, failure) if part)


FORMAT = Format(name="envoy_access", service_name="envoy", read=_read, opens=_opens)
