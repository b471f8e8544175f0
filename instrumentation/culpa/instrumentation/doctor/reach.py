"""Whether the collector answers."""

import http.client
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from culpa.instrumentation.doctor.spot import Level, Spot, blind

_TIMEOUT_S = 2.0


def check_collector(environ: Mapping[str, str]) -> Spot:
    """Ask the collector to take nothing, as the exporter would."""
    endpoint = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    endpoint = endpoint or "http://127.0.0.1:4317"  # the SDK's own default for gRPC
    url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
    todo = "start it (culpa collect), or name its address: --endpoint URL"
    try:
        if environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc":
            with socket.create_connection((url.hostname or "", url.port or 4317), _TIMEOUT_S):
                return Spot(Level.SEEN, "collector", f"{endpoint} accepts connections")
        status = _post(endpoint, is_whole="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" in environ)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return blind("collector", f"{endpoint} does not answer ({reason}): all telemetry is lost", todo)
    if status == 200:
        return Spot(Level.SEEN, "collector", f"{endpoint} takes telemetry")
    if status in (401, 403):
        return blind(
            "collector", f"{endpoint} refuses it (HTTP {status})", "set OTEL_EXPORTER_OTLP_HEADERS=authorization=…"
        )
    return blind("collector", f"{endpoint} answers HTTP {status} to /v1/traces: it takes no OTLP there", todo)


def _post(endpoint: str, *, is_whole: bool) -> int:
    url = urlsplit(endpoint)
    path = url.path if is_whole else url.path.rstrip("/") + "/v1/traces"
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", path, b"", {"Content-Type": "application/x-protobuf"})
        return connection.getresponse().status
    finally:
        connection.close()
