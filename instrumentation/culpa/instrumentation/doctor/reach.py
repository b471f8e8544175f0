"""Whether the collector answers."""

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

from culpa.instrumentation.doctor.spot import Level, Spot, blind
from culpa.instrumentation.export.sender import failed, judge, shown
from culpa.instrumentation.export.transport import Answer, Transport

_TIMEOUT_S = 2.0


def check_collector(environ: Mapping[str, str]) -> Spot:
    """Ask the collector to take nothing, as the exporter would."""
    endpoint = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    endpoint = endpoint or "http://127.0.0.1:4317"  # the SDK's own default for gRPC
    where = shown(endpoint)
    todo = "start it (culpa collect), or name its address: --endpoint URL"
    try:
        if environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc":
            url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
            with socket.create_connection((url.hostname or "", url.port or 4317), _TIMEOUT_S):
                return Spot(Level.SEEN, "collector", f"{where} accepts connections")
        answer = _post(endpoint, environ)
    except Exception as error:
        reason = failed(error).words
        return blind("collector", f"{where} does not answer ({reason}): all telemetry is lost", todo)
    trouble = judge(answer)
    if trouble is None:
        return Spot(Level.SEEN, "collector", f"{where} takes telemetry")
    if answer.status in (401, 403):
        return blind(
            "collector", f"{where} refuses it (HTTP {answer.status})", "set OTEL_EXPORTER_OTLP_HEADERS=authorization=…"
        )
    if trouble.kind == "false":
        return blind("collector", f"{where} is no collector: {trouble.words}", todo)
    return blind("collector", f"{where} answers HTTP {answer.status} to /v1/traces: it takes no OTLP there", todo)


def _post(endpoint: str, environ: Mapping[str, str]) -> Answer:
    """Send nothing, by the exporter's own way: no redirect is followed, and no answer is waited for in vain."""
    is_whole = bool(environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
    name = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
    given = environ.get(name) or environ.get("OTEL_EXPORTER_OTLP_HEADERS", "")
    transport = Transport(endpoint if is_whole else f"{endpoint.rstrip('/')}/v1/traces")
    try:
        return transport.post(b"", parse_env_headers(given, liberal=True), _TIMEOUT_S)
    finally:
        transport.close()
