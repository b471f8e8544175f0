"""What a FastAPI service under `culpa run -- uvicorn` tells about its failures."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run the shop under uvicorn."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port), "--log-level", "warning")
    yield serve(command, port)


def test_a_healthy_request_is_one_span(ask: Any) -> None:
    """No `http send` or `http receive` spans, no error, no exception."""
    seen = ask("/ok")
    assert (200, False, []) == (seen.status, seen.entry.error, seen.entry.exceptions)
    assert [] == seen.others
    assert "GET /ok" == seen.entry.name


def test_a_caller_that_does_not_sample_hides_no_failure(server: Any, sink: Any) -> None:
    """Flag 00: the request is recorded all the same, in the caller's trace."""
    trace_id = "0f" * 16
    server.client.get("/raise", headers={"traceparent": f"00-{trace_id}-{'1' * 16}-00"})
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id])
    assert (2, True, "1" * 16) == (span.kind, span.error, span.parent_id)


def test_an_unhandled_exception_tells_its_root_and_its_line(ask: Any) -> None:
    """The event names the end of the cause chain and the innermost line of the user's code."""
    seen = ask("/raise")
    (event,) = seen.entry.exceptions
    assert (500, []) == (seen.status, seen.others)
    assert "RuntimeError" == event["exception.type"]
    assert ["RuntimeError", "ValueError"] == event["exception.chain"]
    assert "ValueError" == event["exception.root.type"]
    assert "raises" == event["code.function.name"]
    assert event["code.file.path"].endswith("fastapi_shop.py")
    assert event["exception.in_app"] is True
    assert "exception.handled" not in event


@pytest.mark.parametrize(
    ("path", "status", "kind", "root"),
    [
        ("/handled", 500, "fastapi_shop.OutOfStock", "fastapi_shop.OutOfStock"),
        ("/http503", 503, "fastapi.exceptions.HTTPException", "FileNotFoundError"),
        ("/teapot", 502, "fastapi.exceptions.HTTPException", "fastapi.exceptions.HTTPException"),
        ("/swallowed", 500, "ZeroDivisionError", "ZeroDivisionError"),
    ],
)
def test_an_exception_turned_into_a_5xx_is_recorded_as_handled(
    ask: Any, path: str, status: int, kind: str, root: str
) -> None:
    """Exception handlers, handlers of a status, HTTPException and middleware hide it; the span shows it."""
    seen = ask(path)
    (event,) = seen.entry.exceptions
    assert status == seen.status
    assert (kind, root, True) == (
        event["exception.type"],
        event["exception.root.type"],
        event["exception.handled"],
    )
    assert event["exception.in_app"] is True


def test_an_exception_turned_into_a_404_is_not_recorded(ask: Any) -> None:
    """An expected failure is not evidence."""
    seen = ask("/missing")
    assert (404, False, []) == (seen.status, seen.entry.error, seen.entry.exceptions)


def test_sqlite_tells_its_error_name(ask: Any) -> None:
    """The shortcut connection.execute has a span too, with SQLite's name of the error."""
    seen = ask("/sqlite")
    (failed,) = [span for span in seen.others if span.error]
    assert "SQLITE_CONSTRAINT_PRIMARYKEY" == failed.attributes["db.response.status_code"]
    assert "sqlite3.IntegrityError" == failed.attributes["error.type"]
    assert "insert into items values (?)" == failed.attributes["db.query.text"]
    assert "SQLITE_CONSTRAINT_PRIMARYKEY" == seen.entry.exceptions[0]["db.response.status_code"]


def test_a_log_record_belongs_to_its_request(ask: Any, sink: Any) -> None:
    """Records of the root's loggers arrive once, with trace id, extra fields and place."""
    seen = ask("/log")
    found = sink.wait(lambda s: [log for log in s.logs if log.trace_id == seen.entry.trace_id])
    assert ["low stock"] == [log.body for log in found]
    assert ("WARN", "tea", "log") == (
        found[0].severity,
        found[0].attributes["item"],
        found[0].attributes["code.function.name"],
    )


def test_the_servers_own_log_reaches_the_collector(ask: Any, sink: Any) -> None:
    """uvicorn.error does not propagate to the root logger, and its errors arrive all the same."""
    ask("/raise")
    found = sink.wait(lambda s: [log for log in s.logs if log.logger == "uvicorn.error"])
    assert "Exception in ASGI application" in found[0].body
    assert "RuntimeError" == found[0].attributes["exception.type"]


def test_the_service_is_found_from_the_command(ask: Any) -> None:
    """Uvicorn's `module:app` names the service; the process and its host are there too."""
    told = ask("/ok").entry.resource
    assert "fastapi_shop" == told["service.name"]
    assert {"process.pid", "host.name", "service.instance.id", "service.version"} <= told.keys()


def test_a_log_without_handlers_is_still_printed(ask: Any, server: Any) -> None:
    """Python's last-resort printing works as without culpa: no handler sits on the root logger."""
    ask("/log")
    assert "low stock" in server.output


def test_an_answer_that_breaks_off_has_its_exception_in_its_trace(broken: Any, sink: Any) -> None:
    """The status line said 200 long before; the server's log record is part of the trace too."""
    entry, failed = broken("/stream")
    assert 200 == entry.attributes["http.response.status_code"]
    assert failed.exceptions[0]["code.function.name"].endswith(".parts")
    logs = sink.wait(lambda s: [x for x in s.logs if x.trace_id == entry.trace_id])
    assert [(entry.span_id, "RuntimeError")] == [(x.span_id, x.attributes["exception.type"]) for x in logs]


@pytest.mark.parametrize(
    ("path", "logger", "kind"),
    [("/task", "asyncio", "LookupError"), ("/teardown", "uvicorn.error", "RuntimeError")],
)
def test_what_fails_after_the_answer_is_logged_in_its_trace(
    ask: Any, sink: Any, path: str, logger: str, kind: str
) -> None:
    """A task that nobody awaits, and a dependency that breaks while it is closed."""
    own = ask(path).entry
    (log,) = sink.wait(lambda s: [x for x in s.logs if x.trace_id == own.trace_id])
    assert (logger, kind, False) == (log.logger, log.attributes["exception.type"], own.error)


def test_the_status_of_a_failure_says_what_kind_it_was(ask: Any) -> None:
    """The number of the answer, which is set last, does not overwrite it."""
    assert ("RuntimeError", "fastapi_shop.OutOfStock") == (ask("/raise").entry.status, ask("/handled").entry.status)


def test_nothing_went_wrong_inside(server: Any, ask: Any) -> None:
    """None of our hooks complained."""
    ask("/ok")
    assert "culpa:" not in server.output
    assert "opentelemetry" not in server.output.replace("/opentelemetry/", "")
