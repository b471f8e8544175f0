"""Measure each way into the collector: CPU a record, beside traces as OTLP/HTTP protobuf in requests of 512 spans.

The sender is this process. Rounds alternate over the ways, so that ratios hold whatever else runs here; each answer
is waited for until it is durable. The share says how many records a second are taken where a core is the bound.
What is handed on to a backend is the same traces, until the backend has them all; it takes them in this process.
Run: python benchmarks/ways_in.py [--requests 60] [--connections 32] [--rounds 3] [--only json]
"""

import gzip
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import grpc
import psutil
from ingest import free_port, wait_for
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_payloads import json_of, make_payloads

RECORDS = 512
WARM_UP = 8
REFERENCE = "traces, protobuf"


@dataclass(frozen=True)
class Way:
    """Bodies of one kind, and how they are sent. `records` are those of all bodies after the warm-up."""

    name: str
    bodies: Sequence[bytes]
    records: int
    path: str = "/v1/traces"
    content_type: str = "application/x-protobuf"
    is_grpc: bool = False
    #: How they are handed on to an OTLP endpoint beside: '', raw or redacted.
    onward: str = ""


def ways(requests: int) -> Iterator[Way]:
    """Yield the ways, each with the same traces, or with logs and metrics of as many records."""
    count = requests + WARM_UP
    traces = make_payloads(count, RECORDS)
    spans = sum(map(_spans, traces[WARM_UP:]))
    reference = Way(REFERENCE, [gzip.compress(body, 6) for body in traces], spans)
    yield reference
    for form in ("raw", "redacted"):
        yield replace(reference, name=f"handed on, {form}", onward=form)
    as_json = [json_of(body) for body in traces]
    yield Way("traces, JSON", [gzip.compress(body, 6) for body in as_json], spans, content_type="application/json")
    yield Way("traces, gRPC", traces, spans, is_grpc=True)
    small = make_payloads(count * 4, 16, seed=2)
    yield Way("traces of 16", [gzip.compress(body, 6) for body in small], sum(map(_spans, small[WARM_UP:])))
    logs = [_logs(traces[number % len(traces)], number).SerializeToString() for number in range(count)]
    yield Way("logs, protobuf", [gzip.compress(body, 6) for body in logs], RECORDS * requests, "/v1/logs")
    metrics = [_metrics(traces[number % len(traces)], number).SerializeToString() for number in range(count)]
    yield Way("metrics, protobuf", [gzip.compress(body, 6) for body in metrics], RECORDS * requests, "/v1/metrics")


def _spans(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for group in request.resource_spans for scope in group.scope_spans)


def _logs(trace: bytes, number: int) -> ExportLogsServiceRequest:
    """Return as many log records of one service as there are spans in a request, some with a number in their words."""
    given = ExportTraceServiceRequest.FromString(trace).resource_spans[0]
    request, chance = ExportLogsServiceRequest(), random.Random(number)
    group = request.resource_logs.add()
    group.resource.CopyFrom(given.resource)
    scope = group.scope_logs.add()
    spans = [span for each in given.scope_spans for span in each.spans]
    for at in range(RECORDS):
        span = spans[at % len(spans)]
        record = scope.log_records.add(
            time_unix_nano=span.start_time_unix_nano + at, severity_number=9, severity_text="INFO",
            trace_id=span.trace_id, span_id=span.span_id,
        )  # fmt: skip
        record.body.string_value = f"order {chance.randrange(10**6)} of customer {at % 97} took {at % 40} ms"
        for name, value in (
            ("code.file.path", "shop/orders.py"),
            ("code.function.name", "place"),
            ("thread.name", "main"),
        ):
            record.attributes.add(key=name).value.string_value = value
        record.attributes.add(key="code.line.number").value.int_value = at % 300
    return request


def _metrics(trace: bytes, number: int) -> ExportMetricsServiceRequest:
    """Return as many points of one service: gauges, sums, and a fifth of histograms."""
    given = ExportTraceServiceRequest.FromString(trace).resource_spans[0]
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.CopyFrom(given.resource)
    scope = group.scope_metrics.add()
    for metric_number in range(32):
        metric = scope.metrics.add(name=f"shop.metric.{metric_number}", unit="1")
        for at in range(RECORDS // 32):
            common = {"time_unix_nano": 1_795_300_000_000_000_000 + number * 10**9 + at}
            if metric_number % 5 == 0:
                point = metric.histogram.data_points.add(
                    **common, count=at, sum=at * 2.5, bucket_counts=[at, 1, 2, 3], explicit_bounds=[1, 5, 10]
                )
            elif metric_number % 2:
                point = metric.sum.data_points.add(**common, as_int=at)
            else:
                point = metric.gauge.data_points.add(**common, as_double=at / 3)
            point.attributes.add(key="http.route").value.string_value = f"/r{at}"
            point.attributes.add(key="pod").value.string_value = f"pod-{number % 3}"
    return request


def _cpu_us_per_record(way: Way, connections: int) -> float:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        port, grpc_port = free_port(), free_port()
        flags = [
            "--store", f"{folder}/store", "--http-port", str(port), "--grpc-port", str(grpc_port), "--min-free-bytes", "0",
            "--provisional-s", "3600", "--settle-s", "3600",
        ]  # fmt: skip
        backend = _Backend() if way.onward else None
        if backend:
            flags += ["--onward", backend.named_in(Path(folder), way.onward)]
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", *flags]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(port)
                send = _grpc_sender(grpc_port) if way.is_grpc else _http_sender(port, way)
                _send_all(send, way.bodies[:WARM_UP], 1)
                if backend:
                    backend.wait_for(WARM_UP)
                watched = psutil.Process(process.pid)
                before = watched.cpu_times()
                _send_all(send, way.bodies[WARM_UP:], connections)
                if backend:
                    backend.wait_for(len(way.bodies))
                after = watched.cpu_times()
            finally:
                process.terminate()
                process.wait(60)
                if backend:
                    backend.server.shutdown()
    return (after.user + after.system - before.user - before.system) / way.records * 1e6


class _Backend:
    """An OTLP endpoint that takes everything and keeps nothing."""

    def __init__(self) -> None:
        self._bodies = 0
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                backend._bodies += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def named_in(self, folder: Path, form: str) -> str:
        """Write the file of destinations that names this one; return its path."""
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        text = f'[destinations.backend]\nurl = "{url}"\nverdicts = false\ntelemetry = "{form}"\n'
        (folder / "onward.toml").write_text(text)
        return str(folder / "onward.toml")

    def wait_for(self, bodies: int) -> None:
        """Wait until so many have come. Errors: click.ClickException after two minutes."""
        give_up_at = time.monotonic() + 120
        while self._bodies < bodies:
            if time.monotonic() > give_up_at:
                raise click.ClickException(f"the backend has {self._bodies} of {bodies} bodies")
            time.sleep(0.02)


def _http_sender(port: int, way: Way) -> Callable[[bytes], None]:
    headers = {"Content-Type": way.content_type, "Content-Encoding": "gzip"}
    own = threading.local()

    def send(body: bytes) -> None:
        if not hasattr(own, "connection"):
            own.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        own.connection.request("POST", way.path, body, headers)
        answer = own.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise click.ClickException(f"{way.name} was answered with {answer.status}")

    return send


def _grpc_sender(port: int) -> Callable[[bytes], None]:
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_send_message_length", -1)])
    export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")

    def send(body: bytes) -> None:
        export(body, timeout=120)

    return send


def _send_all(send: Callable[[bytes], None], bodies: Sequence[bytes], connections: int) -> None:
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, bodies))


@click.command()
@click.option("--requests", default=60, help="Requests of 512 records in a round; four times as many of 16 spans.")
@click.option("--connections", default=32, help="Connections that send at the same time.")
@click.option("--rounds", default=3, help="Rounds of each way; medians are reported.")
@click.option("--only", default="", help="Only the ways whose name holds this, and what they are compared with.")
def main(requests: int, connections: int, rounds: int, only: str) -> None:
    """Send by every way in turn, each to a collector of its own."""
    known = [way for way in ways(requests) if only in way.name or way.name == REFERENCE]
    found: dict[str, list[float]] = {way.name: [] for way in known}
    for _ in range(rounds):
        for way in known:
            found[way.name].append(_cpu_us_per_record(way, connections))
    reference = statistics.median(found[REFERENCE])
    click.echo(f"{requests} requests over {connections} connections; medians of {rounds} rounds")
    for way in known:
        cpu_us = statistics.median(found[way.name])
        size = sum(map(len, way.bodies[WARM_UP:])) / way.records
        click.echo(
            f"{way.name:18} {cpu_us:6.1f} us CPU/record  {1e6 / cpu_us:8,.0f} records a second of a core  "
            f"{100 * reference / cpu_us:4.0f} % of the first  {size:5.0f} B/record sent"
        )


if __name__ == "__main__":
    main()
