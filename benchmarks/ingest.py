"""Measure durable OTLP/HTTP ingest: spans/s, CPU a span, time of the answer, bytes a span on disk.

The sender is this process, on the same machine. Rounds alternate between the collector (with judging put off,
and as it is) and a bare Starlette app that only reads the body, so that ratios hold whatever else runs here.
Run: python benchmarks/ingest.py [--requests 240] [--spans 512] [--connections 64] [--rounds 3]
"""

import gzip
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

import click
import psutil
from otlp_payloads import make_payloads

BASELINE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def export(request):
    await request.body()
    return Response(b"", media_type="application/x-protobuf")

async def ready(request):
    return Response(b"ready")

app = Starlette(routes=[Route("/v1/traces", export, methods=["POST"]), Route("/readyz", ready)])
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="warning", access_log=0)
"""
#: Judging is put off until after the round: the first kind measures decoding and storing alone.
_LATER = ["--provisional-s", "3600", "--settle-s", "3600"]
WARM_UP = 8
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}


@dataclass
class Round:
    """What one round measured."""

    spans_per_s: float
    cpu_us_per_span: float
    answer_p50_ms: float
    answer_p99_ms: float
    memory_mib: float
    bytes_per_span: float = 0.0


@click.command()
@click.option("--requests", default=240, help="Requests of one round.")
@click.option("--spans", default=512, help="Spans of one request, about.")
@click.option("--connections", default=64, help="Connections that send at the same time.")
@click.option("--rounds", default=3, help="Rounds of each kind; medians are reported.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(requests: int, spans: int, connections: int, rounds: int, as_json: bool) -> None:
    """Send the same requests to fresh collectors and to the baseline, in turn."""
    plain = make_payloads(requests + WARM_UP, spans)
    count = sum(map(_spans, plain))
    bodies = [gzip.compress(body, 6) for body in plain]
    measured: dict[str, list[Round]] = {"ingest": [], "with verdicts": [], "baseline": []}
    for _ in range(rounds):
        measured["ingest"].append(_collector_round(bodies, count, connections, _LATER))
        measured["with verdicts"].append(_collector_round(bodies, count, connections, []))
        measured["baseline"].append(_baseline_round(bodies, count, connections))
    middle = {name: _median(found) for name, found in measured.items()}
    shape = {
        "requests": requests,
        "spans": count,
        "connections": connections,
        "bytes_per_span_sent": round(sum(map(len, bodies)) / count, 1),
        "bytes_per_span_plain": round(sum(map(len, plain)) / count, 1),
    }
    ratio = middle["ingest"].cpu_us_per_span / middle["baseline"].cpu_us_per_span
    if as_json:
        click.echo(json.dumps({**shape, **{k: asdict(v) for k, v in middle.items()}, "cpu_ratio": ratio}))
        return
    click.echo(f"{count} spans in {requests} requests over {connections} connections; medians of {rounds} rounds")
    for name, one in middle.items():
        click.echo(
            f"{name:13} {one.spans_per_s:9,.0f} spans/s  {one.cpu_us_per_span:6.2f} us CPU/span  "
            f"answer p50 {one.answer_p50_ms:6.1f} ms  p99 {one.answer_p99_ms:6.1f} ms  "
            f"{one.memory_mib:5.0f} MiB" + (f"  {one.bytes_per_span:.1f} B/span on disk" if one.bytes_per_span else "")
        )
    click.echo(f"the collector takes {ratio:.1f} times the CPU of reading the bodies")


def _spans(body: bytes) -> int:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for group in request.resource_spans for scope in group.scope_spans)


def _collector_round(bodies: list[bytes], count: int, connections: int, more: list[str]) -> Round:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        port = free_port()
        store = Path(folder) / "store"
        flags = [
            "--store",
            str(store),
            "--http-port",
            str(port),
            "--grpc-port",
            "off",
            "--min-free-bytes",
            "0",
        ]
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", *flags, *more]

        def check() -> None:
            question = json.dumps({"query": "select count(*) as stored from spans"})
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("POST", "/v1/sql", question, {"Content-Type": "application/json"})
            answer = connection.getresponse().read()
            if int(count).to_bytes(8, "little") not in answer:
                raise click.ClickException("not every span that was answered with 200 can be read")

        measured = _round(command, port, bodies, count, connections, check)
        measured.bytes_per_span = sum(file.stat().st_size for file in store.iterdir()) / count
        return measured


def _baseline_round(bodies: list[bytes], count: int, connections: int) -> Round:
    port = free_port()
    return _round([sys.executable, "-c", BASELINE, str(port)], port, bodies, count, connections, lambda: None)


def _round(
    command: list[str],
    port: int,
    bodies: list[bytes],
    count: int,
    connections: int,
    check: Callable[[], None],
) -> Round:
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            # What only the first requests cost (imports, first use of the engine) is not measured.
            _send_all(port, bodies[:WARM_UP], 1)
            watched = psutil.Process(process.pid)
            before, began = watched.cpu_times(), time.perf_counter()
            answers = _send_all(port, bodies[WARM_UP:], connections)
            seconds, after = time.perf_counter() - began, watched.cpu_times()
            check()
            memory = watched.memory_info().rss / 2**20
        finally:
            process.terminate()
            process.wait(30)
    cpu_s = after.user + after.system - before.user - before.system
    cut = statistics.quantiles(answers, n=100)
    measured = count * (len(bodies) - WARM_UP) / len(bodies)
    return Round(measured / seconds, cpu_s / measured * 1e6, cut[49] * 1e3, cut[98] * 1e3, memory)


def _send_all(port: int, bodies: list[bytes], connections: int) -> list[float]:
    rest = iter(bodies)
    lock = threading.Lock()
    answers: list[float] = []
    wrong: list[int] = []

    def send() -> None:
        connection = HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                body = next(rest, None)
            if body is None:
                return
            began = time.perf_counter()
            connection.request("POST", "/v1/traces", body, HEADERS)
            answer = connection.getresponse()
            answer.read()
            answers.append(time.perf_counter() - began)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong or len(answers) != len(bodies):
        raise click.ClickException(f"{len(bodies) - len(answers)} requests without an answer, others got {set(wrong)}")
    return answers


def _median(rounds: list[Round]) -> Round:
    names = list(asdict(rounds[0]))
    return Round(**{name: statistics.median(getattr(one, name) for one in rounds) for name in names})


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until the server on a port is ready."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException("the server does not start")


if __name__ == "__main__":
    main()
