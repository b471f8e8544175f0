"""What the screens of the page cost in a large store: the time of each answer, beside ingest and beside a bare query.

  page.py [--requests 1000000] [--times 20] [--most-ms 300]

Makes a store of so many requests of the last day, of which one in five failed, with a tenth as many problems; starts
`culpa collect` on it, sends two bodies of spans a second, and asks each screen in turn. Prints the median and the 95th
percentile of each, by the clock and in time of the processor of those processes that answer its questions, and how many
times that of a bare count it is in the same run. The clock tells something on a machine that does nothing else.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import md5
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

import click
import psutil
from ingest import free_port, wait_for
from otlp_payloads import make_payloads
from page_store import EVERY, write_store

_BARE = "select count(*) as n from spans"
_PER_S = 2
#: A round takes so long at least on a busy machine; bodies are made for all of them, as what the store holds it leaves out.
_ROUND_S = 25
#: An answer is kept for ten seconds at most.
_KEPT_S = 10.5


@click.command(help=__doc__)
@click.option("--requests", default=1_000_000, help="Requests in the store.")
@click.option("--times", default=20, help="How often each screen is asked.")
@click.option("--most-ms", default=300.0, help="Fail if the 95th percentile of a screen takes longer.")
@click.option("--only", default="", help="Only screens whose name holds this.")
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Make the store in this folder, or take the one that is there."
)
def main(requests: int, times: int, most_ms: float, only: str, keep: Path | None) -> None:
    """Make the store, ask, print."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        folder = str(keep or made)
        if not (Path(folder) / "hot.duckdb").exists():
            write_store(Path(folder), requests, time.time_ns())
        with collector(folder) as (port, pid), _ingest(port, times):
            took = _asked(
                port,
                psutil.Process(pid),
                {name: path for name, path in _screens(port, requests).items() if only in name or not path},
                times,
            )
    bare = statistics.median(cpu for _, cpu in took.pop("bare query"))
    click.echo(f"{requests:,} requests, {times} times each, beside ingest; a bare count takes {bare:.0f} ms CPU")
    slow: list[str] = []
    for name, found in took.items():
        (p50, p95), (cpu50, cpu95) = (_quantiles([one[at] for one in found]) for at in (0, 1))
        click.echo(
            f"{name:24} p50 {p50:5.0f} ms  p95 {p95:5.0f} ms   CPU p50 {cpu50:5.0f} ms  p95 {cpu95:5.0f} ms"
            f"  {cpu50 / bare:5.1f} x a bare count"
        )
        if p95 > most_ms:
            slow.append(name)
    if slow:
        raise click.ClickException(f"slower than {most_ms:g} ms: {', '.join(slow)}")


def _quantiles(values: list[float]) -> tuple[float, float]:
    """Return median and 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]


def _screens(port: int, requests: int) -> dict[str, str]:
    """Return the path of each screen by its name."""
    rare, frequent = _problem(1_001 + requests // 20), _problem(7)
    failed = _id("t", requests // 2 // EVERY * EVERY)
    # Not the twin of the failed one, which is asked for by itself.
    healthy = _id("t", requests // 3 // EVERY * EVERY + 1)
    count = "select component, cause, count(*) as n from verdicts group by all"
    return {
        "problems": "/",
        "problems of 1 h": "/?window=1h",
        "problems, filtered": "/?" + urlencode({"route": "/r7/{id}"}),
        "problems by text": "/?text=deadlock",
        "pulse": f"/pulse?since={time.time_ns() - 3600 * 10**9}",
        "problem, rare": f"/problems/{rare}",
        "problem, frequent": f"/problems/{frequent}",
        "- its course": f"/problems/{frequent}/course",
        "- what is common": f"/problems/{frequent}/apart",
        "request": f"/requests/{failed}",
        "- what sets it apart": f"/requests/{failed}/apart",
        "request, healthy": f"/requests/{healthy}",
        "request of 5,000 spans": f"/requests/{send_large(port)}",
        "request beside its twin": f"/requests/{failed}/twin",
        "map": "/map",
        "search": "/search",
        "search by text": "/search?text=stock",
        "search any path": "/search?show=any&text=" + quote("/r7/"),
        "search slow": "/search?show=slow&slower=90",
        "search an id": f"/search?text={failed}",
        "SQL": "/sql",
        "SQL, asked": "/sql?q=" + quote(count),
        "changes": "/changes",
        "bare query": "",
    }


def _problem(number: int) -> str:
    return "1:" + _id("p", number)[:16]


def _id(kind: str, number: int) -> str:
    return md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()


def send_large(port: int, size: int = 5_000) -> str:
    """Send a failed request of so many spans and wait until it is judged; return its trace's id."""
    trace_id, start_ns = _id("large", 1), time.time_ns() - 60 * 10**9
    spans = [
        {
            "traceId": trace_id,
            "spanId": f"{number + 1:016x}",
            "parentSpanId": f"{1:016x}" if number else "",
            "name": f"select {number}" if number else "POST /bulk",
            "kind": 3 if number else 2,
            "startTimeUnixNano": str(start_ns + number * 100_000),
            "endTimeUnixNano": str(start_ns + number * 100_000 + (50_000 if number else 10**9)),
            "attributes": [
                {"key": "db.system.name", "value": {"stringValue": "postgresql"}}
                if number
                else {"key": "http.response.status_code", "value": {"intValue": "500"}}
            ],
            "status": {"code": 0 if 0 < number < size - 1 else 2},
        }
        for number in range(size)
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    body = json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).encode()
    if problem := _ask(port, "/v1/traces", body):
        raise click.ClickException(problem)
    # Until it is judged for good.
    time.sleep(12)
    return trace_id


def _asked(
    port: int, process: psutil.Process, screens: dict[str, str], times: int
) -> dict[str, list[tuple[float, float]]]:
    """Ask each screen so often, in turn; return milliseconds, of the clock and of the processor. Rounds alternate, so that none has a better time."""
    bare = json.dumps({"query": _BARE}).encode()
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in screens}
    for number in range(times + 1):
        round_began = time.monotonic()
        for name, path in screens.items():
            began, worked = time.perf_counter(), _cpu_s(process)
            problem = _ask(port, *(("/v1/sql", bare) if not path else (path,)))
            if problem:
                click.echo(f"{name}: {problem}", err=True)
            took_ms = 1e3 * (time.perf_counter() - began)
            # What answered ends a moment later, and only then counts what it took.
            time.sleep(0.05)
            # The first round starts what is started once: processes, templates.
            if number:
                took[name].append((took_ms, 1e3 * (_cpu_s(process) - worked)))
        # What is kept of an answer must be forgotten.
        if time.monotonic() - round_began < 3 * _KEPT_S:
            time.sleep(_KEPT_S)
    return took


def _cpu_s(process: psutil.Process) -> float:
    """Return what the processes that answer questions have taken of the processor, also those that have ended.

    Others of the collector's processes write sealed files.
    """
    times = []
    for forking in process.children():
        with suppress(psutil.NoSuchProcess):
            if "culpa.collector.queries.zygote" in forking.cmdline():
                times += [one.cpu_times() for one in (forking, *forking.children())]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def _ask(port: int, path: str, body: bytes | None = None) -> str:
    """Send one request; return what went wrong, '' for nothing. What took too long is measured too."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return "" if answer.status in (200, 303) else f"{answer.status} {text[:200]!r}"


@contextmanager
def collector(folder: str) -> Iterator[tuple[int, int]]:
    """Run `culpa collect` on the store in this folder; give its port and its process's number."""
    port = free_port()
    flags = ["--store", folder, "--http-port", str(port), "--grpc-port", "off", "--min-free-bytes", "0"]
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", *flags]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def _ingest(port: int, times: int) -> Iterator[None]:
    """Send some bodies a second until the block ends: others each time, also where the store is one that was kept."""
    is_over = threading.Event()
    bodies = make_payloads((times + 1) * _ROUND_S * _PER_S, 256, seed=time.time_ns())

    def send() -> None:
        for body in bodies:
            if is_over.wait(1 / _PER_S):
                return
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
            connection.getresponse().read()
            connection.close()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(60)


if __name__ == "__main__":
    main()
