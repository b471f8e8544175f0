"""What a Flask service under `culpa run -- gunicorn` tells about its failures."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run the shop under gunicorn with one worker that may take two seconds."""
    port = free_port()
    options = [
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        "1",
        "--timeout",
        "2",
        "--no-control-socket",
        "flask_shop:app",
    ]
    yield serve(culpa_run(sink.url, "gunicorn", *options), port)


def test_an_unhandled_exception_is_recorded_once(ask: Any) -> None:
    """Flask's own 500: root and place of the exception, not marked as handled."""
    seen = ask("/raise")
    (event,) = seen.entry.exceptions
    assert (500, "RuntimeError", "ValueError", "raises") == (
        seen.status,
        event["exception.type"],
        event["exception.root.type"],
        event["code.function.name"],
    )
    assert "exception.handled" not in event


@pytest.mark.parametrize(
    ("path", "status", "kind", "root"),
    [
        ("/handled", 500, "flask_shop.OutOfStock", "flask_shop.OutOfStock"),
        ("/abort503", 503, "werkzeug.exceptions.ServiceUnavailable", "sqlite3.OperationalError"),
    ],
)
def test_an_exception_turned_into_a_5xx_is_recorded_as_handled(
    ask: Any, path: str, status: int, kind: str, root: str
) -> None:
    """Error handlers and HTTP exceptions hide the exception and its cause; the span has both."""
    seen = ask(path)
    (event,) = seen.entry.exceptions
    assert status == seen.status
    assert (kind, root, True) == (
        event["exception.type"],
        event["exception.root.type"],
        event["exception.handled"],
    )


def test_an_exception_turned_into_a_404_is_not_recorded(ask: Any) -> None:
    """An expected failure is not evidence."""
    seen = ask("/missing")
    assert (404, False, []) == (seen.status, seen.entry.error, seen.entry.exceptions)


@pytest.mark.parametrize(
    ("path", "kind", "function"), [("/teardown", "RuntimeError", "after"), ("/exit", "SystemExit", "leave")]
)
def test_a_request_that_ends_without_an_answer_does_not_leak_into_the_next(
    ask: Any, server: Any, sink: Any, path: str, kind: str, function: str
) -> None:
    """The span is a failure with its exception, and the worker's next request is a trace of its own."""
    seen = ask(path)
    (event,) = seen.entry.exceptions
    assert (500, True, 500) == (
        seen.status,
        seen.entry.error,
        seen.entry.attributes["http.response.status_code"],
    )
    assert (kind, function) == (event["exception.type"], event["code.function.name"])
    before = {span.trace_id for span in sink.spans}
    server.get("/ok")
    fresh = sink.wait(lambda s: [span for span in s.spans if span.trace_id not in before])
    assert ("GET /ok", 2) == (fresh[0].name, fresh[0].kind)


def test_a_worker_that_was_timed_out_shows_where_it_hung(ask: Any, sink: Any) -> None:
    """Gunicorn ends the worker with SystemExit: its stack is the blocked line, its log the reason."""
    seen = ask("/hang")
    assert (500, "hang") == (seen.status, seen.entry.exceptions[0]["code.function.name"])
    assert sink.wait(lambda s: [log for log in s.logs if "WORKER TIMEOUT" in log.body])
    assert sink.wait(lambda s: [log for log in s.logs if log.severity == "FATAL"])


def test_a_request_that_gunicorn_refuses_is_logged(server: Any, sink: Any) -> None:
    """It never reaches the app; gunicorn's logger keeps to itself."""
    assert 400 <= server.client.get("/ok", headers={"x-long": "a" * 9000}).status_code < 500
    (log,) = sink.wait(lambda s: [x for x in s.logs if "Invalid request from ip=127.0.0.1" in x.body])
    assert ("gunicorn.error", "WARN", "") == (log.logger, log.severity, log.trace_id.strip("0"))


def test_each_worker_has_its_own_process_id(ask: Any, server: Any) -> None:
    """The resource is made in gunicorn's master; a forked worker corrects it."""
    told = ask("/ok").entry.resource
    assert server.process.pid != told["process.pid"]
    assert told["service.instance.id"].endswith(f":{told['process.pid']}")
    assert "flask_shop" == told["service.name"]


def test_an_answer_that_breaks_off_has_its_exception_in_its_trace(broken: Any, sink: Any) -> None:
    """The status line said 200 long before; the server's log record is part of the trace too."""
    entry, failed = broken("/stream")
    assert 200 == entry.attributes["http.response.status_code"]
    assert failed.exceptions[0]["code.function.name"].endswith(".parts")
    logs = sink.wait(lambda s: [x for x in s.logs if x.trace_id == entry.trace_id])
    assert [(entry.span_id, "RuntimeError")] == [(x.span_id, x.attributes["exception.type"]) for x in logs]


def test_a_file_is_handed_on_untouched(server: Any) -> None:
    """Servers send it by a short cut of their own, if the answer is the very object that they gave the app."""
    answer = server.get("/file")
    assert (200, True) == (answer.status_code, answer.text.startswith('"""A small Flask service'))


def test_a_thread_that_a_request_starts_is_part_of_its_trace(ask: Any, sink: Any) -> None:
    """Its failed query is below the request's span, its uncaught exception is a log record of the trace."""
    own = ask("/thread").entry
    (log,) = sink.wait(lambda s: [x for x in s.logs if x.trace_id == own.trace_id])
    assert ("process.crash", "sqlite3.OperationalError", own.span_id) == (
        log.logger,
        log.attributes["exception.type"],
        log.span_id,
    )
    (query,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == own.trace_id and x.kind == 3])
    assert (own.span_id, True) == (query.parent_id, query.error)


def test_work_in_a_pool_belongs_to_the_request_that_asked_for_it(ask: Any, sink: Any) -> None:
    """Also to the second one, which the thread of the first serves."""
    for own in (ask("/pool").entry, ask("/pool").entry):
        (query,) = sink.wait(lambda s, own=own: [x for x in s.spans if (x.trace_id, x.kind) == (own.trace_id, 3)])
        assert own.span_id == query.parent_id


def test_a_worker_that_is_killed_is_told_by_its_master(ask: Any, server: Any, sink: Any) -> None:
    """The span has the ids, the path and the process id that the dead worker gave it, and no exception."""
    first, dying = ask("/ok").entry, "a" * 32
    with pytest.raises(httpx.TransportError):
        server.get("/dies", dying)
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == dying])
    assert (2, True, "1" * 16, "process_died", "/dies") == (
        span.kind,
        span.error,
        span.parent_id,
        span.attributes["error.type"],
        span.attributes["url.path"],
    )
    assert first.resource["process.pid"] == span.resource["process.pid"] == span.attributes["process.pid"]
    assert f"process {span.resource['process.pid']} died while it worked on this request" == span.status
    assert ("flask_shop", []) == (span.resource["service.name"], span.exceptions)


def test_nothing_went_wrong_inside(server: Any, ask: Any) -> None:
    """None of our hooks complained, no span was ended twice."""
    ask("/ok")
    assert "culpa:" not in server.output
    assert "ended span" not in server.output
