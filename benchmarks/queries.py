"""Measure what queries cost ingest: the answer to a sender at a steady rate, alone and beside hungry queries.

Rounds alternate on one collector, so that ratios hold whatever else runs here. Senders pace themselves; a request that
waits for its turn counts from when it was due. Run: python benchmarks/queries.py [--rate 60] [--seconds 15] [--queries 10]
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path

import click
from ingest import HEADERS, free_port, wait_for
from otlp_payloads import make_payloads

#: Those that took the collector with them, or the whole of its time.
HUNGRY = (
    "select len(range(2000000000))",
    "select count(distinct md5(range::varchar)) from range(100000000)",
    "select list_reduce(range(100000000), lambda x, y: x + y)",
    "select sum(jaro_winkler_similarity(repeat('a', 20000) || i, repeat('a', 20000) || (i + 1))) from range(1000000) r(i)",
    "select count(*) from range(1000000) a cross join range(1000000) b where a.range % 7 = b.range % 5",
    "select span_name, count(*), list(attr_vals) from spans group by all order by 2",
    "select * from spans order by md5(span_id)",
)
WARM_UP = 20


@click.command()
@click.option("--rate", default=60, help="Requests a second.")
@click.option("--spans", default=256, help="Spans of one request, about.")
@click.option("--seconds", default=15, help="Length of one round.")
@click.option("--queries", default=10, help="Hungry queries at a time.")
@click.option("--rounds", default=3, help="Rounds of each kind; medians are reported.")
@click.option("--most", default=2.0, help="Fail if the 99th percentile grows by more than this.")
def main(rate: int, spans: int, seconds: int, queries: int, rounds: int, most: float) -> None:
    """Send at a steady rate, in turn without and beside the queries."""
    bodies = make_payloads(min(rate * seconds, 600) + WARM_UP, spans)
    found: dict[str, list[tuple[float, float]]] = {"alone": [], "beside queries": []}
    with _collector() as port:
        _paced(port, bodies[:WARM_UP], rate, 1)
        for number in range(rounds):
            found["alone"].append(_paced(port, bodies, rate, seconds, f"a{number}"))
            with _asking(port, queries):
                time.sleep(1)
                found["beside queries"].append(_paced(port, bodies, rate, seconds, f"q{number}"))
    middle = {
        name: (statistics.median(p50 for p50, _ in one), statistics.median(p99 for _, p99 in one))
        for name, one in found.items()
    }
    click.echo(f"{rate} requests/s of about {spans} spans; {queries} queries at a time; medians of {rounds} rounds")
    for name, (p50, p99) in middle.items():
        click.echo(f"{name:15} answer p50 {p50 * 1e3:7.1f} ms  p99 {p99 * 1e3:7.1f} ms")
    ratio = middle["beside queries"][1] / middle["alone"][1]
    click.echo(f"p99 beside queries is {ratio:.2f} times that alone")
    if ratio > most:
        raise click.ClickException(f"queries cost senders more than {most:g} times: {ratio:.2f}; look at limits.py")


@contextmanager
def _collector() -> Iterator[int]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        port = free_port()
        flags = ["--store", f"{folder}/store", "--http-port", str(port), "--grpc-port", "off", "--min-free-bytes", "0"]
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", *flags]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(port)
                yield port
            finally:
                process.terminate()
                process.wait(30)


def _paced(port: int, bodies: list[bytes], rate: int, seconds: int, mark: str = "w") -> tuple[float, float]:
    """Send at `rate`; return the median and the 99th percentile of the answers' times, in seconds."""
    began = time.perf_counter()
    due = iter(range(rate * seconds))
    lock = threading.Lock()
    answers: list[float] = []
    wrong: list[int] = []

    def send() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for number in iter(lambda: _next(due, lock), None):
            due_at = began + number / rate
            time.sleep(max(0.0, due_at - time.perf_counter()))
            # Its own bytes: an exact repeat would be answered without being stored.
            body = bodies[number % len(bodies)] + _unknown_field(f"{mark}{number}")
            connection.request("POST", "/v1/traces", body, {"Content-Type": HEADERS["Content-Type"]})
            answer = connection.getresponse()
            answer.read()
            answers.append(time.perf_counter() - due_at)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise click.ClickException(f"answers other than 200: {set(wrong)}")
    cut = statistics.quantiles(answers, n=100)
    return cut[49], cut[98]


def _next(due: Iterator[int], lock: threading.Lock) -> int | None:
    with lock:
        return next(due, None)


def _unknown_field(text: str) -> bytes:
    """Return a protobuf field that no message has, which every reader passes over."""
    return b"\xfa\x7f" + bytes([len(text)]) + text.encode()


@contextmanager
def _asking(port: int, number: int) -> Iterator[None]:
    is_over = threading.Event()
    questions = cycle(HUNGRY)

    def ask() -> None:
        while not is_over.is_set():
            connection = HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request(
                "POST", "/v1/sql", json.dumps({"query": next(questions)}), {"Content-Type": "application/json"}
            )
            try:
                connection.getresponse().read()
            except (OSError, HTTPException):  # an answer that breaks off
                connection.close()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)


if __name__ == "__main__":
    main()
