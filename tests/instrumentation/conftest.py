"""A tiny OTLP receiver and real servers under `culpa run`, on free ports, stopped at the end."""

import contextlib
import gzip
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

APPS = Path(__file__).parent / "apps"
CULPA = Path(sys.executable).parent / "culpa"
_INFLIGHT = tempfile.TemporaryDirectory()


def value(any_value: Any) -> Any:
    """Return the Python value of an OTLP AnyValue."""
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(one) for one in any_value.array_value.values]
    return getattr(any_value, kind) if kind else None


def attributes(owner: Any) -> dict[str, Any]:
    """Return an OTLP object's attributes as a dict."""
    return {pair.key: value(pair.value) for pair in owner.attributes}


@dataclass
class Span:
    """One received span, flattened."""

    name: str
    kind: int
    trace_id: str
    error: bool
    attributes: dict[str, Any]
    exceptions: list[dict[str, Any]]
    resource: dict[str, Any]
    received: float
    span_id: str = ""
    parent_id: str = ""
    status: str = ""
    duration_ms: float = 0.0
    scope: str = ""


@dataclass
class Log:
    """One received log record, flattened."""

    logger: str
    body: str
    severity: str
    trace_id: str
    attributes: dict[str, Any]
    span_id: str = ""
    resource: dict[str, Any] = field(default_factory=dict)


@dataclass
class Point:
    """One received point of a metric."""

    name: str
    value: float
    attributes: dict[str, Any]
    resource: dict[str, Any]


@dataclass
class Sink:
    """What arrived."""

    url: str
    spans: list[Span] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)  # each with the path that it came by

    def take(self, path: str, body: bytes) -> None:
        """Decode one request."""
        now = time.monotonic()
        self.bodies.append((path, body))
        if path == "/v1/metrics":
            for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in part.scope_metrics:
                    for metric in scope.metrics:
                        for point in getattr(metric, metric.WhichOneof("data")).data_points:
                            number = getattr(point, point.WhichOneof("value"))
                            self.points.append(Point(metric.name, number, attributes(point), attributes(part.resource)))
        elif path == "/v1/traces":
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in part.scope_spans:
                    for one in scope.spans:
                        told = [attributes(event) for event in one.events if event.name == "exception"]
                        resource = attributes(part.resource)
                        error = one.status.code == 2
                        self.spans.append(
                            Span(
                                one.name,
                                one.kind,
                                one.trace_id.hex(),
                                error,
                                attributes(one),
                                told,
                                resource,
                                now,
                                one.span_id.hex(),
                                one.parent_span_id.hex(),
                                one.status.message,
                                (one.end_time_unix_nano - one.start_time_unix_nano) / 1e6,
                                scope.scope.name,
                            )
                        )
        elif path == "/v1/logs":
            for part in ExportLogsServiceRequest.FromString(body).resource_logs:
                for scope in part.scope_logs:
                    for one in scope.log_records:
                        self.logs.append(
                            Log(
                                scope.scope.name,
                                value(one.body),
                                one.severity_text,
                                one.trace_id.hex(),
                                attributes(one),
                                one.span_id.hex(),
                                attributes(part.resource),
                            )
                        )

    def wait(self, what: Callable[["Sink"], Any], seconds: float = 8.0) -> Any:
        """Return the first true answer to a question asked until it is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what(self)
            if found:
                return found
            time.sleep(0.02)
        spans, logs = [s.name for s in self.spans], [(one.logger, one.body[:80]) for one in self.logs]
        raise AssertionError(f"nothing of the kind arrived; spans: {spans[-20:]}; logs: {logs[-10:]}")


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    """Run the receiver."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.take(self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Sink(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield received
    server.shutdown()
    server.server_close()


def free_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session", name="free_port")
def free_port_fixture() -> Callable[[], int]:
    """Hand out free ports."""
    return free_port


def clean_environment() -> dict[str, str]:
    """Return this environment without what the tests are about; processes that die are told of in a folder of ours."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "CULPA_", "PYTHON"))}
    return clean | {"CULPA_INFLIGHT_DIR": _INFLIGHT.name}


@pytest.fixture(scope="session")
def run_in() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a command to its end, in a folder, with variables."""

    def run(command: list[str], folder: Path = APPS, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, cwd=folder, env=clean_environment() | environ
        )

    return run


class Server:
    """A process that serves HTTP, and what it printed."""

    def __init__(self, command: list[str], port: int, environ: dict[str, str], output: Path) -> None:
        """Start it and wait until it answers anything."""
        self.url = f"http://127.0.0.1:{port}"
        self._output = output
        self.client = httpx.Client(
            base_url=self.url, timeout=15, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                cwd=APPS,
                env=clean_environment() | {"PYTHONUNBUFFERED": "1"} | environ,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await()

    def _await(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            assert self.process.poll() is None, self.output
            try:
                self.client.get("/ok")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server did not answer: " + self.output)

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self._output.read_text(errors="replace")

    def get(self, path: str, trace_id: str = "") -> httpx.Response:
        """Ask, within a given trace."""
        headers = {"traceparent": f"00-{trace_id}-{'1' * 16}-01"} if trace_id else {}
        return self.client.get(path, headers=headers)

    def stop(self) -> float:
        """Ask it to end; return the seconds that took."""
        self.client.close()
        start = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        return time.monotonic() - start


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Callable[..., Server]]:
    """Start servers; stop them all at the end."""
    started: list[Server] = []

    def start(command: list[str], port: int, environ: dict[str, str] | None = None) -> Server:
        output = tmp_path_factory.mktemp("server") / "output.txt"
        started.append(Server(command, port, environ or {}, output))
        show_when_dead(started[-1].process, output)
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Return a function that starts a program which serves nothing and gives the file of what it prints."""
    started: list[subprocess.Popen[bytes]] = []

    def run(command: list[str], environ: dict[str, str]) -> Path:
        output = tmp_path_factory.mktemp("program") / "output.txt"
        with output.open("wb") as file:
            everything = clean_environment() | {"PYTHONUNBUFFERED": "1"} | environ
            started.append(
                subprocess.Popen(
                    command, cwd=APPS, env=everything, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
                )
            )
        return output

    yield run
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="session")
def culpa_run() -> Callable[..., list[str]]:
    """Return the command line that runs a program of this environment under `culpa run`."""

    def command(endpoint: str, program: str, *arguments: str) -> list[str]:
        return [str(CULPA), "run", "--endpoint", endpoint, "--", str(CULPA.parent / program), *arguments]

    return command


@pytest.fixture
def script(culpa_run: Any, run_in: Any, sink: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs a program of these lines under `culpa run`."""

    def run(code: str, **environ: str) -> Any:
        job = tmp_path / "job.py"
        job.write_text(textwrap.dedent(code))
        return run_in(culpa_run(sink.url, "python", str(job)), tmp_path, **environ)

    return run


@dataclass
class Seen:
    """What one request left behind."""

    status: int
    body: str
    entry: Span
    others: list[Span]


_numbers = itertools.count(1)


@pytest.fixture
def ask(server: Server, sink: Sink) -> Callable[[str], Seen]:
    """Return a function that asks the module's server for a path and gathers the trace of that request."""

    def get(path: str) -> Seen:
        trace_id = f"{next(_numbers):032x}"
        answer = server.get(path, trace_id)
        entry = sink.wait(lambda s: [span for span in s.spans if span.trace_id == trace_id and span.kind == 2])[0]
        others = [span for span in sink.spans if span.trace_id == trace_id and span is not entry]
        return Seen(answer.status_code, answer.text, entry, others)

    return get


@pytest.fixture
def broken(server: Server, sink: Sink) -> Callable[[str], tuple[Span, Span]]:
    """Return a function that asks the module's server for an answer that breaks off.

    It gives the request's span and the one with the exception, which may be the same.
    """

    def get(path: str) -> tuple[Span, Span]:
        trace_id = f"{next(_numbers):032x}"
        with contextlib.suppress(httpx.RemoteProtocolError):
            server.get(path, trace_id)
        entry = sink.wait(lambda s: [span for span in s.spans if span.trace_id == trace_id and span.kind == 2])[0]
        (failed,) = sink.wait(lambda s: [span for span in s.spans if span.trace_id == trace_id and span.exceptions])
        assert ["the rest is lost"] == [event["exception.message"] for event in failed.exceptions]
        assert failed is entry or (entry.span_id, "response") == (failed.parent_id, failed.name)
        return entry, failed

    return get
