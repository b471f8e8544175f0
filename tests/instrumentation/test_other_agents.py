"""Beside the agents of other vendors: the service answers as before, they have their telemetry and culpa has its own."""

import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

AGENTS = Path(__file__).parents[2] / ".cache/agents/bin/python"
#: Where each agent sends what it has seen of a request.
PATHS = {"ddtrace": "/v0.5/traces", "sentry": "/api/1/envelope/", "elastic": "/intake/v2/events"}
TRACE = "a9e27" + "0" * 27

pytestmark = pytest.mark.skipif(not AGENTS.exists(), reason="other vendors' agents are installed by `make agents`")


@pytest.fixture(scope="module")
def backend() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Take what agents send, by path."""
    taken: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b""
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            taken[path] = taken.get(path, b"") + body
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PUT = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", taken
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("agent", ["ddtrace", "sentry", "elastic", "logfire"])
def test_both_see_the_failure(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, backend: Any, agent: str, tmp_path: Path
) -> None:
    """One request span with one exception for culpa, whatever the other wraps; the other's own telemetry goes on."""
    address, taken = backend
    port = free_port()
    program = os.path.relpath(AGENTS, Path(sys.executable).parent)
    command = culpa_run(sink.url, program, "-m", "uvicorn", "--port", str(port), "agent_shop:app")
    file = tmp_path / "spans"
    environ = {
        "AGENT": agent,
        "AGENT_ADDRESS": address,
        "AGENT_FILE": str(file),
        "DD_TRACE_AGENT_URL": f"http://{address}",
    }
    taken.clear()
    server = serve(command, port, environ)
    trace = TRACE[:-1] + str(len(agent))
    assert 500 == server.get("/order", trace).status_code
    failed = sink.wait(lambda s: [one for one in s.spans if one.kind == 2 and one.name == "GET /order" and one.error])[
        -1
    ]
    assert ["LookupError"] == [one["exception.type"] for one in failed.exceptions]
    assert 500 == failed.attributes["http.response.status_code"]
    if agent in PATHS:
        sink.wait(lambda _: taken.get(PATHS[agent]))
    server.stop()
    assert "Skipping" not in server.output
    assert "culpa:" not in server.output
    if agent == "logfire":
        assert "LookupError" in file.read_text()
