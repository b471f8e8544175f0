"""The middleware in plain Rack, under puma with forked workers that inherit what was preloaded."""

import http.server
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import code


@pytest.fixture(scope="module")
def rack(crew: Any, apps: Path, new_port: Any, environment: Any, find: Any, collector: Any) -> int:
    """Run an app in two workers."""
    (crew.folder / "culpa.rb").write_text(code("rails"))
    port = new_port()
    environ = environment(
        CULPA_RB=str(crew.folder / "culpa.rb"), OTEL_SERVICE_NAME="rack-shop", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url
    )
    options = ["-b", f"tcp://127.0.0.1:{port}", "-w", "2", "-t", "1:2", "--preload", "-e", "production"]
    crew.start([find("puma", "puma"), *options, str(apps / "rack" / "config.ru")], port, env=environ)
    return port


class Receiver:
    """Keeps the headers of what is posted to it."""

    def __init__(self) -> None:
        """Listen."""
        self.headers: list[dict[str, str]] = []
        headers = self.headers

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                headers.append({key.lower(): value for key, value in self.headers.items()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run one."""
    own = Receiver()
    yield own
    own.server.shutdown()
    own.server.server_close()


@pytest.fixture
def spans(collector: Any) -> Callable[[str, int], list[dict[str, Any]]]:
    """Wait for spans of a trace."""

    def wait(traces: str, count: int) -> list[dict[str, Any]]:
        question = (
            "select s.trace_id, s.span_name, s.status_code, s.error_type, s.http_response_status_code, r.process_pid "
            f"from spans as s join resources as r on s.resource_id = r.resource_id where s.trace_id like '{traces}%'"
        )
        deadline = time.monotonic() + 15
        found: list[dict[str, Any]] = []
        while len(found) < count and time.monotonic() < deadline:
            time.sleep(0.2)
            found = collector.ask("sql", question)
        return found

    return wait


def test_each_worker_tells_of_its_own_requests_once(rack: int, ask: Any, spans: Any) -> None:
    """Threads do not survive a fork; the queue's copy must not be sent twice."""
    prefix, pids = secrets.token_hex(8), set()
    for number in range(12):
        pids.add(ask(rack, "/", traceparent=f"00-{prefix}{number:016x}-{'1' * 16}-01")[1].removeprefix("pid "))
    found = spans(prefix, 12)
    assert 12 == len(found) == len({span["trace_id"] for span in found})
    assert pids == {str(span["process_pid"]) for span in found}


def test_an_exception_that_nobody_rescues_is_told_and_reaches_the_server(rack: int, ask: Any, spans: Any) -> None:
    """Puma answers it as it does without us."""
    trace = secrets.token_hex(16)
    status, body, _ = ask(rack, "/raise", traceparent=f"00-{trace}-{'1' * 16}-01")
    assert (500, True) == (status, "An unhandled lowlevel error occurred" in body)
    (span,) = spans(trace, 1)
    assert ("GET", "KeyError", 500) == (span["span_name"], span["error_type"], span["http_response_status_code"])


def test_bytes_that_are_no_text_do_not_lose_the_failure(rack: int, ask: Any, spans: Any) -> None:
    """In the path and in the exception's words."""
    trace = secrets.token_hex(16)
    assert 500 == ask(rack, "/bytes/%FF%00", traceparent=f"00-{trace}-{'1' * 16}-01")[0]
    (span,) = spans(trace, 1)
    assert "RuntimeError" == span["error_type"]


def test_a_collector_s_token_is_shown(
    crew: Any, apps: Path, new_port: Any, environment: Any, find: Any, ask: Any, receiver: Any
) -> None:
    """With a space and a plus in it."""
    (crew.folder / "token.rb").write_text(code("rails"))
    port = new_port()
    environ = environment(
        CULPA_RB=str(crew.folder / "token.rb"), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20a+b",
    )  # fmt: skip
    crew.start(
        [find("puma", "puma"), "-b", f"tcp://127.0.0.1:{port}", str(apps / "rack" / "config.ru")], port, env=environ
    )
    ask(port, "/")
    deadline = time.monotonic() + 10
    while not receiver.headers and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "Bearer a+b" == receiver.headers[0]["authorization"]
