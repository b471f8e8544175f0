"""A real collector that sends onward, and a backend that takes OTLP."""

import gzip
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from ..alarms.conftest import Collector, wait_for

__all__ = ["Backend", "Collector", "plain", "wait_for"]


class Backend:
    """Keeps each body that is posted, with path and headers; answers with `status`, `headers` and `answer`."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Listen on a free port of loopback."""
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.asked = 0
        self.status = 200
        self.headers: dict[str, str] = {}
        #: Gives by path the body of an answer.
        self.answer: Callable[[str], bytes] = lambda path: b""
        #: Called once, when a body has come and is not answered yet.
        self.interrupt: Callable[[], None] | None = None
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
                backend.asked += 1
                if backend.status < 300:
                    backend.got.append((self.path, dict(self.headers.items()), body))
                if backend.interrupt:
                    called, backend.interrupt = backend.interrupt, None
                    called()
                self.send_response(backend.status)
                for name, value in backend.headers.items():
                    self.send_header(name, value)
                answer = backend.answer(self.path)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/otlp"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def records(self) -> list[Any]:
        """Return the log records that came, in order."""
        exports = [ExportLogsServiceRequest.FromString(body) for path, _, body in self.got if path == "/otlp/v1/logs"]
        return [
            record
            for export in exports
            for group in export.resource_logs
            for scope in group.scope_logs
            for record in scope.log_records
        ]

    def spans(self) -> list[Any]:
        """Return the spans that came, in order."""
        exports = [
            ExportTraceServiceRequest.FromString(body) for path, _, body in self.got if path == "/otlp/v1/traces"
        ]
        return [
            span
            for export in exports
            for group in export.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def plain(pairs: Any) -> dict[str, Any]:
    """Return attributes as Python knows them."""

    def value(one: AnyValue) -> Any:
        kind = one.WhichOneof("value")
        return [value(each) for each in one.array_value.values] if kind == "array_value" else getattr(one, kind)

    several: list[KeyValue] = list(pairs)
    return {one.key: value(one.value) for one in several}


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Give a backend."""
    one = Backend()
    yield one
    one.close()


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """Give a collector that is not started yet, and reads its destinations from `onward.toml`."""
    one = Collector(tmp_path)
    one.flags = ["--onward", str(tmp_path / "onward.toml")]
    yield one
    one.kill()
    assert "Traceback" not in one.log.read_text("utf-8"), one.log.read_text("utf-8")
