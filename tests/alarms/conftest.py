"""A real collector with rules, and real receivers of what it tells."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from culpa.store import RemoteStore

MS = 1_000_000


class Receiver:
    """Keeps each message that is posted, with its headers; answers with `status`."""

    def __init__(self) -> None:
        """Listen on a free port of loopback."""
        self.got: list[tuple[dict[str, str], Any]] = []
        self.asked = 0
        self.status = 200
        #: Called once, when a message has come and is not answered yet.
        self.interrupt: Callable[[], None] | None = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.asked += 1
                if receiver.status < 300:
                    receiver.got.append((dict(self.headers.items()), json.loads(body)))
                if receiver.interrupt:
                    called, receiver.interrupt = receiver.interrupt, None
                    called()
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                """Who comes here followed a redirect."""
                receiver.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def told(self, rule: str = "") -> list[tuple[str, str]]:
        """Return rule and state of each message, in order."""
        return [(one["rule"], one["state"]) for _, one in self.got if rule in ("", one["rule"])]

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


class Collector:
    """One `culpa collect` over a store; it may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        """Hold a folder for store, rules and log."""
        self.folder = folder
        self.rules = folder / "alarms.toml"
        self.log = folder / "log"
        #: More of the command line.
        self.flags: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, **environ: str) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--store", str(self.folder / "store")]
        command += ["--http-port", "0", "--grpc-port", "0", "--min-free-bytes", "0", "--settle-s", "0.5"]
        command += self.flags
        if self.rules.exists():
            command += ["--alarms", str(self.rules)]
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **environ},
            )
        wait_for(lambda: "OTLP/HTTP on " in self.log.read_text("utf-8")[begin:] or self.process.poll() is not None)
        seen = self.log.read_text("utf-8")[begin:]
        assert "OTLP/HTTP on " in seen, seen
        self.url = seen.partition("OTLP/HTTP on ")[2].partition(",")[0]

    def post(self, path: str, body: object) -> None:
        """Send one JSON object."""
        connection = HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2]), timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert 200 == answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> str:
        """Return what is shown there."""
        connection = HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2]), timeout=60)
        try:
            connection.request("GET", path, headers={"Accept": "text/html"})
            answer = connection.getresponse()
            text = answer.read().decode()
            assert 200 == answer.status, text
            return text
        finally:
            connection.close()

    def fail(self, *numbers: int, ago_s: float = 1, service: str = "shop", route: str = "/checkout") -> None:
        """Send failed requests of one problem."""
        self.post("/v1/traces", traces(numbers, ago_s=ago_s, service=service, route=route))

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return rows."""
        return RemoteStore(self.url).query(sql).to_pylist()

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)


def traces(
    numbers: tuple[int, ...], *, ago_s: float = 1, service: str = "shop", route: str = "/checkout", fails: bool = True
) -> dict[str, Any]:
    """Return requests as OTLP/JSON, each broken by the same exception, or none."""
    spans: list[dict[str, Any]] = []
    for number in numbers:
        start = time.time_ns() - int(ago_s * 1000) * MS
        values = {"http.request.method": "POST", "http.route": route, "url.path": route}
        attributes = [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
        status = {"key": "http.response.status_code", "value": {"intValue": "500" if fails else "200"}}
        raised = {
            "exception.type": "KeyError",
            "exception.message": f"'stock of {service}'",
            "exception.stacktrace": "Traceback (most recent call last):\n"
            '  File "/srv/shop/orders.py", line 41, in take\n    stock[name]\n'
            f"KeyError: 'stock of {service}'",
        }
        events = [
            {
                "timeUnixNano": str(start + MS),
                "name": "exception",
                "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in raised.items()],
            }
        ]
        spans.append(
            {
                "traceId": f"{abs(hash((service, route, number))) % 2**120 + 1:032x}",
                "spanId": f"{number + 1:016x}",
                "name": f"POST {route}",
                "kind": 2,
                "startTimeUnixNano": str(start),
                "endTimeUnixNano": str(start + 5 * MS),
                "attributes": [*attributes, status],
                "status": {"code": 2 if fails else 0},
                "events": events if fails else [],
            }
        )
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "t"}, "spans": spans}]}]}


def wait_for(holds: Callable[[], Any], within_s: float = 60) -> None:
    """Wait until something holds."""
    give_up_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver of webhooks."""
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """Give a collector that is not started yet."""
    one = Collector(tmp_path)
    yield one
    one.kill()
    assert "Traceback" not in one.log.read_text("utf-8"), one.log.read_text("utf-8")
