"""The workers of a forking server send their own metrics under their own process id."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run two workers that are forked after the program has been loaded."""
    port = free_port()
    command = culpa_run(sink.url, "gunicorn", "--preload", "-w", "2", "-b", f"127.0.0.1:{port}", "flask_shop:app")
    yield serve(command, port, {"OTEL_METRIC_EXPORT_INTERVAL": "500"})


@pytest.fixture(scope="module")
def workers(server: Any) -> set[int]:
    """Return the process ids of the workers."""
    place = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    for _ in range(50):
        found = {int(pid) for pid in place.read_text().split()}
        if len(found) == 2:
            return found
        time.sleep(0.1)
    raise AssertionError("there are not two workers: " + server.output)


def test_each_worker_measures_itself(server: Any, sink: Any, workers: set[int]) -> None:
    """One resource for each process: what one of them has left says nothing of its siblings."""
    wanted = workers | {server.process.pid}
    sink.wait(lambda s: wanted <= {p.resource["process.pid"] for p in s.points if p.name == "process.thread.count"})
    ids = {point.resource["service.instance.id"].rpartition(":")[2] for point in sink.points}
    assert {str(pid) for pid in wanted} == ids


def test_a_worker_logs_and_traces_under_its_own_id(server: Any, sink: Any, workers: set[int]) -> None:
    """Spans and records of the same failure name the same process, which is not the master."""
    server.get("/raise", "a" * 32)
    (span,) = sink.wait(lambda s: [span for span in s.spans if span.trace_id == "a" * 32 and span.kind == 2])
    (record, *_) = sink.wait(lambda s: [log for log in s.logs if log.trace_id == "a" * 32])
    assert span.resource["process.pid"] in workers
    assert span.resource["process.pid"] == record.resource["process.pid"]
    assert span.resource["service.instance.id"] == record.resource["service.instance.id"]
