"""The ways in which Python services are started: worker classes, preloading, several workers, reloaders."""

import contextlib
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("program", "arguments", "service"),
    [
        ("gunicorn", "-b 127.0.0.1:{port} -k uvicorn.workers.UvicornWorker fastapi_shop:app", "fastapi_shop"),
        ("gunicorn", "-b 127.0.0.1:{port} -k gthread --preload flask_shop:app", "flask_shop"),
        ("uvicorn", "fastapi_shop:app --port {port} --workers 2", "fastapi_shop"),
        ("uvicorn", "fastapi_shop:app --port {port} --reload", "fastapi_shop"),
        ("flask", "--app flask_shop run --port {port}", "flask_shop"),
        ("python", "-m flask --app flask_shop run --debug --port {port}", "flask_shop"),
        ("hypercorn", "-b 127.0.0.1:{port} fastapi_shop:app", "fastapi_shop"),
        ("granian", "--port {port} --interface asgi fastapi_shop:app", "fastapi_shop"),
        ("granian", "--port {port} --interface wsgi flask_shop:app", "flask_shop"),
        ("hypercorn", "-b 127.0.0.1:{port} flask_shop:app", "flask_shop"),
        ("gunicorn", "-b 127.0.0.1:{port} -k gthread --no-control-socket shopsite.asgi:wsgi", "shopsite"),
        ("hypercorn", "-b 127.0.0.1:{port} shopsite.asgi:application", "shopsite"),
        ("granian", "--port {port} --interface wsgi shopsite.asgi:wsgi", "shopsite"),
    ],
)
def test_a_failure_arrives_once_however_the_service_is_started(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any, program: str, arguments: str, service: str
) -> None:
    """The handled exception once, a broken stream once, the service's name; nothing to complain about."""
    port = free_port()
    command = culpa_run(sink.url, program, *arguments.format(port=port).split())
    server = serve(command, port, {"PYTHONPATH": "djangosite"})
    before = len(sink.spans)
    assert 500 == server.get("/handled").status_code
    with contextlib.suppress(httpx.RemoteProtocolError):
        server.get("/stream")
    names = ("GET /handled", "GET handled")  # Django's routes have no slash
    spans = sink.wait(lambda s: [x for x in s.spans[before:] if x.name in names])
    assert [(service, True)] == [
        (span.resource["service.name"], span.exceptions[0]["exception.handled"]) for span in spans
    ]
    streams = sink.wait(lambda s: [x for x in s.spans[before:] if x.exceptions and x.name not in names])
    assert ["the rest is lost"] == [event["exception.message"] for span in streams for event in span.exceptions]
    assert "culpa:" not in server.output
    server.stop()


def test_it_sees_the_same_under_opentelemetrys_own_launcher(sink: Any, serve: Any, free_port: Any) -> None:
    """As a plain distro the hooks, the flush, the journal of requests and the watch over workers are there too."""
    port = free_port()
    command = [str(BIN / "opentelemetry-instrument"), str(BIN / "gunicorn"), "-b", f"127.0.0.1:{port}"]
    environ = {
        "OTEL_PYTHON_DISTRO": "culpa",
        "OTEL_EXPORTER_OTLP_ENDPOINT": sink.url,
        "OTEL_BSP_SCHEDULE_DELAY": "9000",
    }
    server = serve([*command, "flask_shop:app"], port, environ)
    assert 500 == server.get("/handled", f"{port:031x}a").status_code
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:031x}a"])
    assert (True, "flask_shop") == (span.exceptions[0]["exception.handled"], span.resource["service.name"])
    with pytest.raises(httpx.TransportError):
        server.get("/dies", f"{port:031x}b")
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:031x}b"])
    assert "process_died" == span.attributes["error.type"]
    server.stop()


def test_a_blocked_event_loop_shows_its_line_when_the_worker_is_ended(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any
) -> None:
    """Uvicorn's worker dies of gunicorn's SIGABRT as it always did, but not in silence."""
    port = free_port()
    options = ["-b", f"127.0.0.1:{port}", "-t", "2", "-k", "uvicorn.workers.UvicornWorker", "--no-control-socket"]
    server = serve(culpa_run(sink.url, "gunicorn", *options, "fastapi_shop:app"), port)
    with pytest.raises(httpx.TransportError):
        server.get("/blocks", f"{port:032x}")
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}"])
    (event,) = span.exceptions
    assert ("SystemExit", "blocks", True) == (
        event["exception.type"],
        event["code.function.name"],
        event["exception.in_app"],
    )
    assert "time.sleep(30)" in event["exception.stacktrace"]
    assert "gunicorn/workers/base.py" in event["exception.stacktrace"]
    assert sink.wait(lambda s: [x for x in s.logs if "was sent SIGABRT" in x.body])
    assert 200 == server.get("/ok").status_code
    server.stop()


def test_a_request_that_uvicorn_refuses_has_a_span(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> None:
    """Beyond --limit-concurrency the app, and so every instrumentation, is left out."""
    port = free_port()
    arguments = ["fastapi_shop:app", "--port", str(port), "--limit-concurrency", "2"]
    server = serve(culpa_run(sink.url, "uvicorn", *arguments), port)
    waiting = threading.Thread(target=lambda: httpx.get(f"{server.url}/slow", trust_env=False))
    waiting.start()
    time.sleep(0.5)
    assert 503 == server.get("/ok", f"{port:032x}").status_code
    waiting.join()
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}"])
    assert (2, True, 503, "/ok", "1" * 16) == (
        span.kind,
        span.error,
        span.attributes["http.response.status_code"],
        span.attributes["url.path"],
        span.parent_id,
    )
    server.stop()


def test_uvicorns_last_spans_arrive(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> None:
    """It ends by the signal that asked it to, past Python's exit handlers; its exit status stays the same."""
    port = free_port()
    environ = {"OTEL_BSP_SCHEDULE_DELAY": "60000"}
    server = serve(culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port)), port, environ)
    assert 200 == server.get("/ok", f"{port:032x}").status_code
    assert server.stop() < 2
    assert sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}"], 1)
    assert -signal.SIGTERM == server.process.returncode


def test_an_asgi_app_is_taken_for_what_it_is(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any, tmp_path: Any
) -> None:
    """Servers look at the call of an app: as a middleware of the user's own it must look as it did."""
    (tmp_path / "outermost.py").write_text(
        "from fastapi_shop import app as inner\n"
        "from starlette.middleware.base import BaseHTTPMiddleware\n"
        "async def dispatch(request, call_next):\n    return await call_next(request)\n"
        "app = BaseHTTPMiddleware(inner, dispatch)\n"
    )
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "outermost:app", "--port", str(port), "--lifespan", "off")
    server = serve(command, port, {"PYTHONPATH": str(tmp_path)})
    assert 200 == server.get("/ok").status_code
    assert "factory" not in server.output
    server.stop()


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [("/handled", 500, "fastapi_shop.OutOfStock"), ("/http503", 503, "fastapi.exceptions.HTTPException")],
)
def test_fastapis_own_telemetry_gets_the_exceptions_that_it_leaves_out(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any, path: str, status: int, kind: str
) -> None:
    """With the instrumentations off, FastAPI makes the spans; what a handler turned into a 5xx is on the request's."""
    port = free_port()
    environ = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "fastapi,starlette,asgi"}
    server = serve(culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port)), port, environ)
    assert status == server.get(path, f"{port:032x}").status_code
    (entry,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}" and x.kind == 2])
    assert [kind] == [x["exception.type"] for x in entry.exceptions]
    assert sink.wait(lambda s: [x for x in s.spans if x.name == "fastapi.endpoint"])
    server.stop()
