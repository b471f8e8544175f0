"""Apps of frameworks that OpenTelemetry does not know, or of none."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from culpa.instrumentation.serving.covering import covered

SERVERS = {
    "gunicorn": "gunicorn -b 127.0.0.1:{port} --no-control-socket bare:wsgi",
    "uvicorn": "uvicorn --port {port} bare:asgi",
    "hypercorn": "hypercorn -b 127.0.0.1:{port} bare:asgi",
    "granian": "granian --port {port} --interface asgi bare:asgi",
    "granian-wsgi": "granian --port {port} --interface wsgi bare:wsgi",
}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: Any, sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run an app under each server."""
    port = free_port()
    started = serve(culpa_run(sink.url, *SERVERS[request.param].format(port=port).split()), port)
    yield started
    started.stop()


def test_an_exception_is_on_the_requests_span_and_the_query_below_it(ask: Any, sink: Any) -> None:
    """As with a framework: one SERVER span with the exception once, in the caller's trace."""
    own = ask("/raise").entry
    assert ["sqlite3.OperationalError"] == [event["exception.type"] for event in own.exceptions]
    assert (True, "/raise") == (own.error, own.attributes["url.path"])
    (query,) = sink.wait(lambda s: [x for x in s.spans if (x.trace_id, x.kind) == (own.trace_id, 3)])
    assert own.span_id == query.parent_id


def test_an_answer_tells_its_status(ask: Any) -> None:
    """A 503 is a failure, a 200 is none."""
    busy, ok = ask("/busy").entry, ask("/ok").entry
    assert (503, True) == (busy.attributes["http.response.status_code"], busy.error)
    assert (200, False, []) == (ok.attributes["http.response.status_code"], ok.error, ok.exceptions)


def test_an_answer_that_breaks_off_has_its_exception_in_its_trace(broken: Any) -> None:
    """On the request's span, or on one below it."""
    _, failed = broken("/stream")
    assert "parts" == failed.exceptions[0]["code.function.name"]


def test_what_the_server_logs_of_a_failure_is_in_its_trace(ask: Any, sink: Any) -> None:
    """Whether it logs inside of the request or after it, in its thread or its task; not of the one before."""
    ask("/ok")
    trace_id = ask("/raise").entry.trace_id
    logs = sink.wait(
        lambda s: [x for x in s.logs if x.trace_id == trace_id and "xception" in x.body + str(x.attributes)]
    )
    assert {"ERROR"} == {log.severity for log in logs}


def test_a_factory_is_left_for_the_server_to_call(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> None:
    """Uvicorn calls it and serves what it makes."""
    port = free_port()
    server = serve(culpa_run(sink.url, "uvicorn", "--factory", "bare:make", "--port", str(port)), port)
    assert "ok" == server.get("/ok").text
    server.stop()


def test_an_app_that_is_covered_already_is_served_as_it_is() -> None:
    """Also behind middlewares, closures and names: a request needs one span."""
    flask = pytest.importorskip("flask")
    starlette = pytest.importorskip("starlette.applications")
    app = flask.Flask("shop")

    class Middleware:
        def __init__(self, app: Any) -> None:
            self.app = app

        def __call__(self, environ: Any, start_response: Any) -> Any:
            return self.app(environ, start_response)

    def closing(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)

    for one in (app, app.wsgi_app, Middleware(Middleware(app)), closing, starlette.Starlette()):
        assert one is covered(one)


def test_what_is_no_app_is_left_alone() -> None:
    """Factories take nothing; whatever else a server was given is its own affair."""
    for one in (None, "bare:wsgi", lambda: None, dict):
        assert one is covered(one)


def test_leaving_the_process_is_a_failure_of_the_request(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> None:
    """SystemExit, which is no Exception and passes every middleware."""
    port = free_port()
    server = serve(culpa_run(sink.url, "gunicorn", "-b", f"127.0.0.1:{port}", "bare:wsgi"), port)
    with contextlib.suppress(httpx.TransportError):
        server.get("/exit", f"{port:032x}")
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}"])
    assert ("SystemExit", True) == (span.exceptions[0]["exception.type"], span.error)
    server.stop()
