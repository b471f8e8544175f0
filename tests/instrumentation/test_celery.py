"""Celery tasks called from requests: one trace across the queue, also when the task's process dies."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, sink: Any, start: Any, culpa_run: Any) -> tuple[Path, Path]:
    """Run one worker; return the folder of the queue and the file of its output."""
    folder = tmp_path_factory.mktemp("queue")
    for name in ("queue", "control", "results"):
        (folder / name).mkdir()
    command = culpa_run(sink.url, "celery", "-A", "jobs:jobs", "worker", "-c", "1", "-l", "info")
    # With a folder of its own: the service, which would tell of what died, too, does not see it.
    return folder, start(command, {"QUEUE": str(folder), "CULPA_INFLIGHT_DIR": str(folder / "open")})


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, worker: tuple[Path, Path]) -> Iterator[Any]:
    """Run the service that hands work to it."""
    port = free_port()
    command = culpa_run(sink.url, "gunicorn", "-b", f"127.0.0.1:{port}", "jobs:app")
    yield serve(command, port, {"QUEUE": str(worker[0])})


def task(sink: Any, trace_id: str) -> tuple[Any, Any]:
    """Return the spans of a task in a trace: its sending and its run."""
    (run,) = sink.wait(lambda s: [x for x in s.spans if (x.trace_id, x.kind) == (trace_id, 5)], 15)
    (sent,) = sink.wait(lambda s: [x for x in s.spans if (x.trace_id, x.kind) == (trace_id, 4)])
    return sent, run


def test_a_task_that_fails_is_in_the_trace_of_the_request_that_waits_for_it(
    ask: Callable[[str], Any], sink: Any
) -> None:
    """The request's 500 has the task's exception, and the task's span below it has it with the line."""
    seen = ask("/pay/0")
    sent, run = task(sink, seen.entry.trace_id)
    assert (500, seen.entry.span_id, sent.span_id) == (seen.status, sent.parent_id, run.parent_id)
    assert ("run/jobs.charge", True, "charge") == (run.name, run.error, run.exceptions[0]["code.function.name"])
    assert "ZeroDivisionError" == seen.entry.exceptions[0]["exception.type"] == run.exceptions[0]["exception.type"]


def test_a_task_that_fails_later_does_not_touch_the_request(ask: Callable[[str], Any], sink: Any) -> None:
    """The answer was given long before; the failure is in its trace all the same, log record included."""
    seen = ask("/later/0")
    _, run = task(sink, seen.entry.trace_id)
    assert (200, False, True) == (seen.status, seen.entry.error, run.error)
    logs = sink.wait(lambda s: [x for x in s.logs if x.trace_id == run.trace_id and x.logger == "celery.app.trace"])
    assert [(run.span_id, "ZeroDivisionError")] == [(x.span_id, x.attributes["exception.type"]) for x in logs]


def test_a_task_whose_process_is_killed_is_told_by_its_pool(ask: Callable[[str], Any], sink: Any) -> None:
    """At once, though nobody sends another task."""
    seen = ask("/later/-1")
    _, run = task(sink, seen.entry.trace_id)
    assert (True, "process_died") == (run.error, run.attributes["error.type"])
    assert "opentelemetry.instrumentation.celery" == run.scope
    assert run.resource["process.pid"] == run.attributes["process.pid"]


def test_a_task_that_succeeds_is_no_failure(ask: Callable[[str], Any], sink: Any, worker: tuple[Path, Path]) -> None:
    """And nothing of ours complained in the worker."""
    seen = ask("/pay/2")
    _, run = task(sink, seen.entry.trace_id)
    assert (200, "0.5", False) == (seen.status, seen.body, run.error)
    assert "culpa:" not in worker[1].read_text()


def test_a_task_that_its_pool_ends_is_told_also_where_the_kill_comes_too_soon(
    ask: Callable[[str], Any], sink: Any
) -> None:
    """The last test here: what Celery hands to a pool that is just being ended is lost.

    At its time limit Celery sends SIGTERM, which unwinds the task, and 0.1 s later SIGKILL.
    """
    seen = ask("/slow/30")
    # Where it was sent before the kill, a sibling tells of it once more, as the same span.
    of_it = (seen.entry.trace_id, 5)
    run = sink.wait(lambda s: [x for x in s.spans if (x.trace_id, x.kind) == of_it], 20)[0]
    assert (200, False) == (seen.status, seen.entry.error)
    assert run.error and run.attributes["error.type"] in ("billiard.exceptions.TimeLimitExceeded", "process_died")
    assert 900 < run.duration_ms < 20_000
