"""A stop on the way of telemetry: it writes each export down as a line of JSON, and hands it on to the collector.

Run: `python record.py PORT COLLECTOR_URL FILE`. The lines are those of the OpenTelemetry Collector's file exporter.
"""

import base64
import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_KINDS = {"/v1/traces": ExportTraceServiceRequest, "/v1/logs": ExportLogsServiceRequest}
_IDS = {"traceId", "spanId", "parentSpanId"}


def as_json(path: str, kind: str, body: bytes) -> dict[str, Any]:
    """Return an export as OTLP/JSON has it, ids in hex and enums as numbers, whatever the client has sent."""
    if kind.startswith("application/json"):
        sent: dict[str, Any] = json.loads(body)
        return sent
    told: dict[str, Any] = MessageToDict(_KINDS[path].FromString(body), use_integers_for_enums=True)
    _to_hex(told)
    return told


def _to_hex(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _IDS:
                value[key] = base64.b64decode(inner).hex()
            else:
                _to_hex(inner)
    elif isinstance(value, list):
        for inner in value:
            _to_hex(inner)


def main(port: int, collector: str, file: str) -> None:
    """Serve until killed."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            names = ("Content-Type", "Content-Encoding")
            headers = {name: self.headers[name] for name in names if self.headers[name]}
            try:
                answered = urlopen(Request(collector + self.path, raw, headers))
            except HTTPError as refused:
                answered = refused
            with answered:
                status, said = answered.status, answered.read()
            body = gzip.decompress(raw) if headers.get("Content-Encoding") == "gzip" else raw
            if self.path in _KINDS:
                with lock, Path(file).open("a") as lines:
                    lines.write(
                        json.dumps(as_json(self.path, headers.get("Content-Type", ""), body), separators=(",", ":"))
                        + "\n"
                    )
            self.send_response(status)
            self.send_header("Content-Type", answered.headers["Content-Type"])
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
