"""What a service tells about an outside service that fails, by each HTTP client, also below boto3."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

CLIENTS = ("httpx", "httpx-async", "requests", "urllib3", "aiohttp", "boto3")
#: What S3 says when it is asked too often.
_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class Outside:
    """The outside service, and the trace context that it was asked with."""

    port: int
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """Run a service that answers 503, late, or well, in S3's way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked[self.path.partition("?")[0].rpartition("/")[2]] = self.headers.get("traceparent", "")
            if self.path.partition("?")[0].endswith("/late"):
                time.sleep(0.5)
            fine = "/fine" in self.path
            body = b"an object" if fine else _SLOW_DOWN
            self.send_response(200 if fine else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # the client did not wait
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Outside(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, outside: Outside) -> Any:
    """Run the service beside it."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "client_shop:app", "--port", str(port), "--log-level", "warning")
    return serve(command, port, {"OUTSIDE": outside.url})


def call(seen: Any) -> Any:
    """Return the one span of the outside service."""
    (found,) = [span for span in seen.others if span.kind == 3]
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_of_503_is_the_clients_span_and_the_trace_goes_on(ask: Any, outside: Outside, client: str) -> None:
    """With address, status, and as the parent of what the outside service does."""
    # An object of S3 has no query string.
    query = "" if client == "boto3" else "%3Ftoken=hush"
    seen = ask(f"/{client}?url={quote(outside.url)}/down-{client}{query}")
    span = call(seen)
    told = span.attributes
    assert (500, True, 503, "503") == (
        seen.status,
        span.error,
        told["http.response.status_code"],
        told.get("error.type"),
    )
    assert ("127.0.0.1", outside.port) == (told["server.address"], told["server.port"])
    assert f"00-{span.trace_id}-{span.span_id}-01" == outside.asked[f"down-{client}"]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_refused_connection_is_the_clients_span(ask: Any, free_port: Any, client: str) -> None:
    """With the address that nobody listens at."""
    port = free_port()
    span = call(ask(f"/{client}?url={quote(f'http://127.0.0.1:{port}')}/x"))
    assert (True, "127.0.0.1", port) == (
        span.error,
        span.attributes["server.address"],
        span.attributes["server.port"],
    )
    assert "onnect" in span.attributes["error.type"]


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer_that_comes_too_late_is_the_clients_span(ask: Any, outside: Outside, client: str) -> None:
    """With an error that says timeout."""
    span = call(ask(f"/{client}?url={quote(outside.url)}/late"))
    assert (True, outside.port) == (span.error, span.attributes["server.port"])
    assert "timeout" in span.attributes["error.type"].lower()


def test_an_object_that_is_there_is_a_call_without_failure(ask: Any) -> None:
    """S3's own way of saying yes."""
    seen = ask("/boto3-fine")
    assert (200, '{"object":"an object"}', False) == (seen.status, seen.body, call(seen).error)


def test_no_secret_of_a_call_is_sent_and_nothing_is_complained_about(ask: Any, server: Any, sink: Any) -> None:
    """Neither headers, nor query strings, nor keys."""
    ask("/boto3-fine")
    assert [] == [span for span in sink.spans if "hush" in str(span) or "AKIA" in str(span)]
    assert "culpa:" not in server.output
