"""What a Django site tells about its failures, under Django's own server, a WSGI and an ASGI server."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

SERVERS = {
    "runserver": "python djangosite/manage.py runserver {port}",  # with its reloader; only manage.py names the settings
    "gunicorn": "gunicorn -b 127.0.0.1:{port} --no-control-socket --chdir djangosite shopsite.asgi:wsgi",
    "uvicorn": "uvicorn --port {port} --app-dir djangosite shopsite.asgi:application",
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: Any, sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run the site."""
    port = free_port()
    started = serve(culpa_run(sink.url, *SERVERS[request.param].format(port=port).split()), port)
    started.kind = request.param
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("path", "kind", "root", "handled"),
    [
        ("/raise", "RuntimeError", "ValueError", False),
        ("/handled", "shopsite.urls.OutOfStock", "shopsite.urls.OutOfStock", True),
        ("/none", "ValueError", "ValueError", False),
        ("/middleware", "RuntimeError", "RuntimeError", False),
        ("/table", "django.db.utils.OperationalError", "sqlite3.OperationalError", False),
    ],
)
def test_every_500_carries_its_exception_once(ask: Any, path: str, kind: str, root: str, handled: bool) -> None:
    """Views, middleware, process_exception, a missing answer and the ORM."""
    seen = ask(path)
    (event,) = seen.entry.exceptions
    assert (500, True) == (seen.status, seen.entry.error)
    assert (kind, root, handled) == (
        event["exception.type"],
        event["exception.root.type"],
        event.get("exception.handled", False),
    )


@pytest.mark.parametrize("path", ["/raise", "/handled", "/middleware"])
def test_what_django_logs_of_a_500_is_in_its_trace(ask: Any, sink: Any, path: str) -> None:
    """Also what it logs when the request's span has ended; the request object among the fields does no harm."""
    trace_id = ask(path).entry.trace_id
    logs = sink.wait(lambda s: [x for x in s.logs if x.trace_id == trace_id and x.logger == "django.request"])
    assert {f"Internal Server Error: {path}"} == {log.body for log in logs}


def test_a_query_that_failed_is_a_client_span_with_its_code(ask: Any) -> None:
    """The driver's span has code, type and the user's line; the wrapper's event has the same code."""
    seen = ask("/table")
    (query,) = [span for span in seen.others if span.error]
    assert ("SQLITE_ERROR", "sqlite3.OperationalError") == (
        query.attributes["db.response.status_code"],
        query.attributes["error.type"],
    )
    assert "table" == query.exceptions[0]["code.function.name"]
    assert "SQLITE_ERROR" == seen.entry.exceptions[0]["db.response.status_code"]


def test_a_failed_query_leaves_no_trace_of_its_own(ask: Any, sink: Any) -> None:
    """Django asks once more, after the request, whether the connection is alive: with nobody to belong to."""

    def orphans() -> list[str]:
        return [x.name for x in sink.spans if x.kind == 3 and not x.parent_id]

    ask("/ok")
    before = orphans()
    ask("/table")
    time.sleep(0.2)
    ask("/ok")
    assert before == orphans()


def test_the_site_names_the_service(ask: Any) -> None:
    """The package of the settings module that manage.py names, or of the module that is served."""
    assert "shopsite" == ask("/ok").entry.resource["service.name"]


def test_an_answer_that_breaks_off_has_its_exception_in_its_trace(broken: Any) -> None:
    """The status line said 200 long before."""
    entry, failed = broken("/streams")
    assert 200 == entry.attributes["http.response.status_code"]
    assert failed.exceptions[0]["code.function.name"].endswith(".parts")


def test_nothing_went_wrong_inside(server: Any, ask: Any) -> None:
    """None of our hooks complained, and the SDK has nothing to say about Django's log records."""
    ask("/raise")
    assert "culpa:" not in server.output
    assert "recursive logging" not in server.output
    assert "Invalid type" not in server.output


def test_a_client_that_leaves_is_no_failure_and_leaves_nothing_open(server: Any, sink: Any) -> None:
    """Under ASGI Django gives the request up and never comes back to the instrumentation: its span ends all the same."""
    trace_id = "c" * 31 + str(len(server.kind) % 10)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{server.url}/waits", headers={"traceparent": f"00-{trace_id}-{'1' * 16}-01"}, timeout=0.3)
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id])
    assert (False, []) == (span.error, span.exceptions)
    assert "Failed to detach" not in server.output


def test_a_view_that_leaves_the_process_is_a_failure(ask: Any, server: Any) -> None:
    """SystemExit is told with its line; where the server goes on, the next request is a trace of its own."""
    seen = ask("/exit")
    (event,) = seen.entry.exceptions
    assert (True, "SystemExit", "leave") == (seen.entry.error, event["exception.type"], event["code.function.name"])
    if server.kind != "uvicorn":  # whose event loop ends with it
        seen = ask("/ok")
        assert (200, False, "GET ok") == (seen.status, seen.entry.error, seen.entry.name)
    assert "culpa:" not in server.output
    assert "ended span" not in server.output
    assert "Failed to detach" not in server.output
