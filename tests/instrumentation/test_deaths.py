"""Requests whose process died over them: told by a sibling, the process manager, or the next process."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from culpa.instrumentation.serving.inflight import folder


@pytest.fixture
def killed(sink: Any) -> Callable[..., Any]:
    """Return a function that asks for what never gets an answer and returns the span that others sent of it."""

    def ask(server: Any, path: str, trace_id: str) -> Any:
        with pytest.raises(httpx.TransportError):
            server.get(path, trace_id)
        (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id])
        return span

    return ask


def test_gunicorns_master_tells_of_a_worker_that_ended_past_all_handlers(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, killed: Any
) -> None:
    """Also where it left with status 0 and other threads were at work."""
    port = free_port()
    command = culpa_run(sink.url, "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "flask_shop:app")
    server = serve(command, port)
    span = killed(server, "/quits/0", "d" * 31 + "1")
    assert ("GET /quits/<int:code>", "process_died", "flask_shop") == (
        span.name,
        span.attributes["error.type"],
        span.resource["service.name"],
    )
    server.stop()


def test_a_sibling_tells_within_seconds(serve: Any, culpa_run: Any, free_port: Any, sink: Any, killed: Any) -> None:
    """Uvicorn's supervisor starts another worker, but says nothing of the request."""
    port = free_port()
    server = serve(culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port), "--workers", "2"), port)
    span = killed(server, "/dies", "d" * 31 + "2")
    assert ("GET /dies", "process_died") == (span.name, span.attributes["error.type"])
    assert span.duration_ms < 5000
    server.stop()


def test_the_next_process_tells_of_the_one_before(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, killed: Any, tmp_path: Path
) -> None:
    """A single process has nobody beside it; its successor finds the file. The end is the last sign of life."""
    environ = {"CULPA_INFLIGHT_DIR": str(tmp_path)}
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port))
    server = serve(command, port, environ)
    trace_id = "d" * 31 + "3"
    with pytest.raises(httpx.TransportError):
        server.get("/dies", trace_id)
    server.stop()
    assert [] == [x for x in sink.spans if x.trace_id == trace_id]
    assert 1 == len(list(tmp_path.rglob("*.inflight")))
    time.sleep(3.2)
    port = free_port()
    again = serve([*command[:-1], str(port)], port, environ)
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id])
    assert span.resource["process.pid"] == server.process.pid
    assert span.duration_ms < 3000
    again.stop()


def test_a_server_that_stops_in_order_leaves_no_failure_behind(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, tmp_path: Path
) -> None:
    """Every request ended, so nobody reports any, and the workers' files are gone."""
    port = free_port()
    environ = {"CULPA_INFLIGHT_DIR": str(tmp_path)}
    server = serve(
        culpa_run(sink.url, "gunicorn", "-b", f"127.0.0.1:{port}", "-w", "2", "flask_shop:app"), port, environ
    )
    for _ in range(4):
        assert 200 == server.get("/ok").status_code
    server.stop()
    assert [] == list(tmp_path.rglob("*.inflight"))
    assert [] == [x for x in sink.spans if x.attributes.get("error.type") == "process_died" and "ok" in x.name]


def test_a_request_that_a_normal_end_cuts_off_is_a_failure(script: Any, sink: Any) -> None:
    """A program that exits with a request under way ends its span itself, once, without a complaint."""
    code = """
        from opentelemetry import trace
        tracer = trace.get_tracer("shop")
        open_ended = tracer.start_as_current_span("GET /cut", kind=trace.SpanKind.SERVER)
        open_ended.__enter__()
        answered = tracer.start_span("GET /answered", kind=trace.SpanKind.SERVER)
        answered.set_attribute("http.response.status_code", 200)
        """
    done = script(code)
    assert (0, "") == (done.returncode, done.stderr)
    cut = sink.wait(lambda s: [x for x in s.spans if x.name == "GET /cut"])
    answered = sink.wait(lambda s: [x for x in s.spans if x.name == "GET /answered"])
    assert [(True, "process_died")] == [(x.error, x.attributes["error.type"]) for x in cut]
    assert [False] == [x.error for x in answered]


def test_a_folder_that_cannot_be_written_is_said_once(script: Any, sink: Any, tmp_path: Path) -> None:
    """The program runs on; only deaths will be missing."""
    (tmp_path / "file").write_text("")
    code = """
        from opentelemetry import trace
        for number in range(3):
            with trace.get_tracer("shop").start_as_current_span(f"GET /{number}", kind=trace.SpanKind.SERVER):
                pass
        print("alive")
        """
    done = script(code, CULPA_INFLIGHT_DIR=str(tmp_path / "file"))
    assert (0, "alive\n") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("culpa: cannot write")
    assert "CULPA_INFLIGHT_DIR" in done.stderr
    assert sink.wait(lambda s: [x for x in s.spans if x.name == "GET /2"])


def test_long_names_and_many_requests_fit(script: Any, sink: Any, tmp_path: Path) -> None:
    """Slots are of one size, used again, and run out without harm; what is in them is reported. An open WebSocket is no failure."""
    code = """
        import os, signal
        from opentelemetry import trace
        tracer = trace.get_tracer("shop")
        for number in range(3000):
            tracer.start_span("done", kind=trace.SpanKind.SERVER).end()
        path = "/" + "\\N{SNOWMAN}" * 400
        kept = [
            tracer.start_span(f"GET {path}", kind=trace.SpanKind.SERVER, attributes={"url.path": path})
            for number in range(2100)
        ]
        tracer.start_span("GET /socket", kind=trace.SpanKind.SERVER, attributes={"url.scheme": "ws"})
        os.kill(os.getpid(), signal.SIGKILL)
        """
    environ = {"CULPA_INFLIGHT_DIR": str(tmp_path / "lost"), "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    assert -signal.SIGKILL == script(code, **environ).returncode
    assert 0 == script("import time; time.sleep(1.5)", **environ).returncode
    lost = sink.wait(lambda s: [x for x in s.spans if "\N{SNOWMAN}" in x.name])
    assert 2048 == len(lost)
    assert [] == [x for x in sink.spans if x.name == "GET /socket"]
    assert {"process_died"} == {x.attributes["error.type"] for x in lost}


def test_a_file_of_nonsense_does_no_harm(script: Any, sink: Any, tmp_path: Path) -> None:
    """It is taken for a dead process's, cannot be read, and is said once and removed."""
    place = tmp_path / "lost" / sink.url.replace("://", "_").replace(":", "_")
    place.mkdir(parents=True)
    (place / "1-abc.inflight").write_bytes(os.urandom(20_000))
    done = script("import time; time.sleep(0.8); print('alive')", CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert "alive\n" == done.stdout
    assert 1 == done.stderr.count("culpa: looking for processes that died failed")
    assert [] == list(tmp_path.rglob("*.inflight"))


def test_the_folder_is_this_users_and_the_collectors_own() -> None:
    """Who reports a death sends it where the dead process would have; nothing is written where nothing is wanted."""
    usual = folder({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})
    assert usual is not None
    assert (f"culpa-{os.getuid()}", "http_collector_4318") == (usual.parent.name, usual.name)
    assert usual != folder({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4319"})
    assert Path("/srv/run/http_collector_4318") == folder(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "CULPA_INFLIGHT_DIR": "/srv/run"}
    )
    assert folder({"CULPA_INFLIGHT_DIR": ""}) is None
