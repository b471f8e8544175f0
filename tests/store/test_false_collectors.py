"""What answers at an address need not be a collector: each kind is told in one line, and gets no token of another."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from heard import whole_request

from culpa.store import RemoteStore, StoreUnavailable
from culpa.store.client import post_object

HEAD = b"HTTP/1.1 %s\r\nConnection: close\r\n"


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    """Start servers that answer every request with the same bytes; return their address. `heard` has what they got."""
    listening: list[socket.socket] = []

    def start(answer: bytes, *, drip: bytes = b"", heard: list[bytes] | None = None) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client, suppress(OSError):
                        got = whole_request(client)
                        if heard is not None:
                            heard.append(got)
                        client.sendall(answer)
                        while drip:
                            client.sendall(drip)
                            time.sleep(0.01)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for server in listening:
        server.close()


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent"])
def test_a_redirect_is_told_and_the_token_stays_here(answering: Callable[..., str], status: bytes) -> None:
    """Neither the query nor the token reaches the other place."""
    heard: list[bytes] = []
    other = answering(HEAD % b"200 OK" + b"\r\n", heard=heard)
    url = answering(HEAD % status + b"Location: " + other.encode() + b"/v1/sql\r\n\r\n")
    with pytest.raises(StoreUnavailable, match="redirects"):
        RemoteStore(url, token="read-5f3a").query("select 1")
    assert [] == heard


def test_a_page_of_another_server_is_told(answering: Callable[..., str]) -> None:
    """With what it sent and what to do."""
    url = answering(HEAD % b"200 OK" + b"Content-Type: text/html\r\n\r\n<html>welcome</html>")
    with pytest.raises(StoreUnavailable, match="is no culpa collector: it sent text/html"):
        RemoteStore(url).query("select 1")
    with pytest.raises(StoreUnavailable, match="is no culpa collector"):
        post_object(url, "/v1/changes", {}, token=None, timeout_s=5)


def test_an_answer_that_does_not_end_is_left(answering: Callable[..., str]) -> None:
    """Also one that comes slowly, also one that refuses."""
    for status in (b"200 OK", b"400 Bad", b"500 Oops"):
        url = answering(HEAD % status + b"Content-Type: application/json\r\n\r\n", drip=b"x" * 20_000)
        began = time.monotonic()
        with pytest.raises(Exception, match=r"does not end|answered 500|Bad"):
            post_object(url, "/v1/changes", {}, token=None, timeout_s=2)
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\x01", b"SSH-2.0-OpenSSH\r\n", HEAD % b"200 OK" + b"Content-Type: application/json\r\n\r\n{"]
)
def test_what_is_no_answer_is_told(answering: Callable[..., str], answer: bytes) -> None:
    """A closed connection, another protocol, half of an object."""
    url = answering(answer)
    with pytest.raises(StoreUnavailable, match=url):
        post_object(url, "/v1/changes", {}, token=None, timeout_s=5)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    answering: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hear the token, and could not reach our loopback anyway."""
    heard: list[bytes] = []
    monkeypatch.setenv("http_proxy", answering(HEAD % b"200 OK" + b"\r\n", heard=heard))
    url = answering(HEAD % b"200 OK" + b'Content-Type: application/json\r\n\r\n{"a": 1}')
    assert {"a": 1} == post_object(url, "/v1/changes", {}, token="t", timeout_s=5)
    assert [] == heard
