"""The access log of Kubernetes' ingress-nginx: the combined format, and behind it time, upstream and what it answered.

Source: ingress-nginx 1.11, `User guide: log format`; 0.9, which knew neither another upstream nor an id.
"""

from culpa.collector.formats._combined import access_row
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import had_connection, with_upstream
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import last_attempt, seconds_ns, text
from culpa.instrumentation.patterns import late_pattern

_ATTEMPTS = r"(?:-|[\d.]{1,20})(?:(?:, | : )(?:-|[\d.]{1,20})){0,20}"
_PLACES = r"(?:-|[^\s,]{3,200})(?:(?:, | : )[^\s,]{3,200}){0,20}"
_UNAVAILABLE = 503
_MORE = late_pattern(
    r'" (?P<length>\d+) (?P<time>\d{1,9}\.\d{1,6}) \[(?P<name>[^\]\s]*)\] '
    r"(?:\[(?P<other>[^\]\s]*)\] )?"
    rf"(?P<address>{_PLACES}) (?P<size>{_ATTEMPTS}) (?P<took>{_ATTEMPTS}) "
    rf"(?P<status>{_ATTEMPTS})(?: (?P<id>[0-9a-f]{{32}}|-))?$"
)


def _opens(line: str) -> bool:
    return _MORE.search(line[:SHORT_LINE].rstrip()) is not None


def _read(record: Record, source: Source) -> AccessRow:
    found = _MORE.search(text_of(record)[:SHORT_LINE].rstrip())
    if not found:
        raise Unreadable("not a line of ingress-nginx's access log")
    row = access_row(FORMAT.name, FORMAT.service_name, record, source)
    status = text(last_attempt(found["status"]))
    took = seconds_ns(last_attempt(found["took"]))
    # It says nothing of the connection: what was answered by nginx itself had no time and no bytes.
    has_answered = bool(status) and (status not in ("502", "504") or last_attempt(found["size"]) not in ("0", "-"))
    # With a Service, but nobody to forward to: the controller's own answer.
    is_empty = (
        row.http_response_status_code == _UNAVAILABLE and found["name"] not in ("", "-") and found["address"] == "-"
    )
    return with_upstream(
        row,
        address=text(found["address"]),
        status=found["status"],
        name=text(found["name"]),
        took_ns=took,
        has_answered=has_answered,
        has_connected=has_answered or had_connection(status, took),
        duration_ns=seconds_ns(found["time"], absent=0),
        request_id=text(found["id"] or ""),
        reason="ingress-nginx 503 without an endpoint" if is_empty else "",
    )


FORMAT = Format(name="ingress_nginx", service_name="nginx", read=_read, opens=_opens)
