"""CloudFront's standard log: fields as the header above the lines names them, apart by tabs.

Source: AWS, Amazon CloudFront Developer Guide, `Configure and use standard logs` (2025).
"""

from collections.abc import Mapping
from datetime import UTC
from urllib.parse import unquote

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._values import count, seconds_ns
from culpa.collector.formats._w3c import is_header, named
from culpa.instrumentation.patterns import late_pattern

#: A file that was cut has no header; fields are only ever added at the end.
_USUAL = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)
_LINE = late_pattern(
    r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}\d{1,3}(?:-[A-Z]\d{1,2})?\t\d{1,15}\t[0-9a-fA-F.:]{3,45}\t"
)
_FIRST_FAILURE = 500
#: What is written of a viewer that was gone, instead of a status.
_NO_STATUS = "000"


def _opens(line: str) -> bool:
    is_ours = is_header(line) and "x-edge-location" in line and "sc-status" in line
    return is_ours or _LINE.match(line) is not None


def _read(record: Record, source: Source) -> Row | None:
    line = text_of(record).rstrip("\r\n")
    if line.startswith("#") or not line:
        return None
    fields = named(record, line.split("\t"), lambda count: _USUAL.split()[:count])
    has_client_left = fields.get("sc-status") == _NO_STATUS
    status = count(fields.get("sc-status"), limit=999)
    if not status and not has_client_left:
        raise Unreadable("no status")
    query = fields.get("cs-uri-query", "").strip("-")
    exchange = Exchange(
        status=status,
        ended_ns=iso_ns(f"{fields.get('date', '')} {fields.get('time', '')}", UTC),
        duration_ns=max(seconds_ns(fields.get("time-taken", "")), 0),
        method=fields.get("cs-method", ""),
        target=fields.get("cs-uri-stem", "") + (f"?{query}" if query else ""),
        client=fields.get("c-ip", ""),
        host=fields.get("x-host-header", ""),
        scheme=fields.get("cs-protocol", ""),
        request_id=fields.get("x-edge-request-id", ""),
        bytes_sent=count(fields.get("sc-bytes")),
        reason=_reason(status, fields),
        has_client_left=has_client_left,
        extras=[("user_agent.original", unquote(fields.get("cs(User-Agent)", "")))],
    )
    return gateway_row(FORMAT, exchange, record, source)


def _reason(status: int, fields: Mapping[str, str]) -> str:
    """Return why there was an error, where CloudFront tells more than that there was one."""
    told = fields.get("x-edge-detailed-result-type", "") or fields.get("x-edge-response-result-type", "")
    return f"CloudFront {told}" if status >= _FIRST_FAILURE and told not in ("", "-", "Error") else ""


FORMAT = Format(name="cloudfront_access", service_name="cloudfront", read=_read, dates=is_header, opens=_opens)
