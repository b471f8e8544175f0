"""Requests as Google Cloud's load balancer and Cloud Run log them: entries of Cloud Logging with `httpRequest`.

Source: Cloud Logging `LogEntry`, Cloud Load Balancing `Logging and monitoring` (statusDetails), 2025.
"""

from collections.abc import Mapping

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import count, json_object, seconds_ns, text
from culpa.instrumentation.patterns import late_pattern

_URL = late_pattern(r"(?P<scheme>https?)://(?P<host>[^/?#]*)(?P<target>[^#]*)")
#: Google itself runs what answers there: the server's address is that of Google's own entrance.
_RUN_BY_GOOGLE = ("cloud_run_revision", "gae_app", "cloud_function")
_BY_BACKEND = ("response_sent_by_backend", "response_from_cache")


def _opens(line: str) -> bool:
    if '"httpRequest"' not in line or not line.startswith("{"):
        return False
    try:
        found = json_object(line)
    except Unreadable:
        return False
    request = found.get("httpRequest")
    return isinstance(request, dict) and "status" in request and "resource" in found


def _read(record: Record, source: Source) -> AccessRow:
    entry = json_object(text_of(record))
    request = _object(entry.get("httpRequest"))
    status = count(request.get("status"), limit=999)
    if "status" not in request:
        raise Unreadable("no status")
    payload, resource = _object(entry.get("jsonPayload")), _object(entry.get("resource"))
    labels = _object(resource.get("labels"))
    # Cloud Run says it in a sentence, and only of what it answered itself.
    details = text(payload.get("statusDetails")) or text(entry.get("textPayload"))
    url = _URL.match(text(request.get("requestUrl")))
    duration = seconds_ns(text(request.get("latency")).removesuffix("s"), absent=0)
    written_at = text(entry.get("timestamp"))
    exchange = Exchange(
        status=status,
        # The time is that of the begin.
        ended_ns=(iso_ns(written_at, source.zone) if written_at else source.read_at_ns) + duration,
        duration_ns=duration,
        method=text(request.get("requestMethod")),
        target=url["target"] if url else "",
        client=text(request.get("remoteIp")),
        host=url["host"] if url else "",
        scheme=url["scheme"] if url else "",
        upstream="" if resource.get("type") in _RUN_BY_GOOGLE else text(request.get("serverIp")),
        upstream_status=str(status) if details in _BY_BACKEND else "",
        upstream_name=text(labels.get("backend_service_name"))
        or text(labels.get("service_name") or labels.get("module_id") or labels.get("function_name")),
        header_ns=duration if details in _BY_BACKEND else -1,
        trace_id=text(entry.get("trace")).rpartition("/")[2],
        span_id=text(entry.get("spanId")),
        bytes_sent=count(request.get("responseSize")),
        reason=f"GCP {details}" if details and details not in _BY_BACKEND else "",
        has_client_left=details.startswith("client_disconnected"),
        extras=[("user_agent.original", request.get("userAgent")), ("gcp.resource", resource.get("type"))],
    )
    return gateway_row(FORMAT, exchange, record, source)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON objects have text keys


FORMAT = Format(name="gcp_requests", service_name="google-cloud", read=_read, opens=_opens)
