"""The program and an absent, silent or slow collector."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

PATHS = ("/ok", "/raise", "/handled", "/missing", "/http503", "/teapot", "/swallowed", "/sqlite", "/nowhere")


def uvicorn(port: int) -> list[str]:
    """Return uvicorn's arguments for the shop."""
    return [
        "fastapi_shop:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "--no-server-header",
        "--no-date-header",
    ]


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """Return the address of a collector that accepts connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                kept.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for one in kept:
        one.close()


def answers(server: Any) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """Return status, body and headers for each path."""
    found = [server.get(path) for path in PATHS]
    return [(one.status_code, one.text, sorted(one.headers.items())) for one in found]


def test_answers_are_the_same_with_and_without_culpa(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, silent: str
) -> None:
    """Status, headers and body do not change: with a collector, without one, with one that hangs.

    But for the trace's id on a 5xx, where that is not switched off.
    """
    port = free_port()
    plain = serve([str(Path(sys.executable).parent / "uvicorn"), *uvicorn(port)], port)
    expected = answers(plain)
    usual = plain.stop()
    for endpoint in (sink.url, f"http://127.0.0.1:{free_port()}", silent):
        port = free_port()
        traced = serve(culpa_run(endpoint, "uvicorn", *uvicorn(port)), port, {"CULPA_TRACE_HEADERS": "off"})
        assert expected == answers(traced)
        assert traced.stop() < usual + 2


def test_a_failure_survives_a_kill_moments_later(serve: Any, culpa_run: Any, free_port: Any, sink: Any) -> None:
    """An ERROR span is flushed at once: here the batch would otherwise wait for half a minute."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", *uvicorn(port))
    server = serve(command, port, {"OTEL_BSP_SCHEDULE_DELAY": "30000"})
    trace_id = "f" * 31 + "1"
    assert 500 == server.get("/handled", trace_id).status_code
    time.sleep(0.25)
    os.killpg(server.process.pid, signal.SIGKILL)
    assert sink.wait(lambda s: [span for span in s.spans if span.trace_id == trace_id], 1)


def test_a_request_that_ends_the_process_is_a_failure(serve: Any, culpa_run: Any, free_port: Any, sink: Any) -> None:
    """SystemExit inside an ASGI request is neither an answer nor an error to the instrumentation."""
    port = free_port()
    server = serve(culpa_run(sink.url, "uvicorn", *uvicorn(port)), port)
    trace_id = "e" * 31 + "1"
    with contextlib.suppress(httpx.HTTPError):
        server.get("/exit", trace_id)
    (span,) = sink.wait(lambda s: [span for span in s.spans if span.trace_id == trace_id])
    assert (True, "SystemExit") == (span.error, span.exceptions[0]["exception.root.type"])


def test_a_start_that_fails_is_reported(script: Any, sink: Any, tmp_path: Path) -> None:
    """No request can tell of it: the uncaught exception becomes a log record before the process is gone."""
    done = script("import a_library_that_is_missing\n")
    assert 1 == done.returncode
    assert done.stderr.rstrip().endswith("ModuleNotFoundError: No module named 'a_library_that_is_missing'")
    assert 1 == done.stderr.count("Traceback")
    (log,) = sink.wait(lambda s: [x for x in s.logs if x.logger == "process.crash"])
    assert ("FATAL", "ModuleNotFoundError") == (log.severity, log.attributes["exception.type"])


def test_an_exception_in_a_thread_is_reported(script: Any, sink: Any, tmp_path: Path) -> None:
    """Python prints it and goes on; the collector hears of it."""
    code = """
        import threading

        def work():
            raise LookupError("thread")

        thread = threading.Thread(target=work, name="sweeper")
        thread.start()
        thread.join()
        """
    done = script(code)
    assert 0 == done.returncode
    assert "LookupError: thread" in done.stderr
    assert sink.wait(lambda s: [x for x in s.logs if x.attributes.get("exception.message") == "thread"])


def test_a_hook_that_breaks_is_said_once_and_skipped(script: Any, sink: Any, tmp_path: Path) -> None:
    """A library that is not as expected costs one line, not the program."""
    package = tmp_path / "starlette"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "_exception_handler.py").write_text("")
    code = "import sys; sys.path.insert(0, '.'); import starlette._exception_handler; print('alive')"
    done = script(code)
    assert (0, "alive") == (done.returncode, done.stdout.strip())
    assert 1 == done.stderr.count("culpa: instrumenting starlette._exception_handler failed")


def test_an_instrumentation_that_breaks_is_said_once_and_skipped(script: Any, sink: Any, tmp_path: Path) -> None:
    """OpenTelemetry's own loader would give up on everything that comes after."""
    (tmp_path / "redis.py").write_text("")
    code = """
        import sys
        sys.path.insert(0, ".")
        import redis
        import sqlite3
        try:
            sqlite3.connect(":memory:").execute("select * from nowhere")
        except sqlite3.Error:
            print("alive")
        """
    done = script(code)
    assert (0, "alive") == (done.returncode, done.stdout.strip())
    assert 1 == done.stderr.count("culpa: the instrumentation of redis failed")
    assert sink.wait(lambda s: [x for x in s.spans if x.attributes.get("db.query.text") == "select * from nowhere"])


def test_a_forked_child_sends_its_own_telemetry(script: Any, sink: Any, tmp_path: Path) -> None:
    """Threads do not survive a fork; the child's exporter does its own work, with the child's process id."""
    code = """
        import os, sqlite3, sys, time
        child = os.fork()
        if child == 0:
            try:
                sqlite3.connect(":memory:").execute("select * from forked")
            except sqlite3.Error:
                pass
            time.sleep(0.5)
            os._exit(0)
        os.waitpid(child, 0)
        print(child)
        """
    done = script(code, OTEL_BSP_SCHEDULE_DELAY="30000")
    found = sink.wait(lambda s: [x for x in s.spans if x.attributes.get("db.query.text") == "select * from forked"])
    assert int(done.stdout) == found[0].resource["process.pid"]
