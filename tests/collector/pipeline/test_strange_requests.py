"""What is no request, or two at once, or too much of one, is refused in one way, and harms nobody else."""

import json

import pytest

from .conftest import Running
from .payload import traces
from .raw import dial, said, statuses

HOST = b"Host: localhost\r\n"
TYPE = b"Content-Type: application/json\r\n"
POST = b"POST /v1/traces HTTP/1.1\r\n" + HOST + TYPE
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"POST /v1/changes HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(autouse=True)
def _unharmed(collector: Running) -> None:
    yield
    assert 200 == collector.request("/readyz", method="GET")[0].status
    assert "Traceback" not in collector.log.read_text()


AMBIGUOUS = [
    pytest.param(CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED, id="both lengths"),
    pytest.param(POST + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}" + SMUGGLED, id="two lengths"),
    pytest.param(POST + b"Content-Length: 2, 9\r\n\r\n{}", id="a list of lengths"),
    pytest.param(POST + b"Content-Length: +2\r\n\r\n{}", id="a signed length"),
    pytest.param(POST + b"Content-Length: 0x2\r\n\r\n{}", id="a hex length"),
    pytest.param(POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}", id="a length beyond numbers"),
    pytest.param(POST + b"Content-Length : 2\r\n\r\n{}", id="a space before the colon"),
    pytest.param(POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED, id="not chunked last"),
    pytest.param(POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", id="an unknown coding"),
    pytest.param(POST + b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n", id="a folded header"),
    pytest.param(POST + b"X: a\rTransfer-Encoding: chunked\r\n\r\n", id="a bare CR"),
    pytest.param(POST + b"X: a\0b\r\n\r\n", id="a NUL"),
    pytest.param(CHUNKED + b"\r\n-1\r\n", id="a negative chunk"),
    pytest.param(CHUNKED + b"\r\nfffffffffffffffff\r\n", id="a chunk beyond numbers"),
    pytest.param(CHUNKED + b"\r\n2\r\n{}x\r\n0\r\n\r\n", id="a chunk longer than said"),
    pytest.param(b"GET /healthz\r\n\r\n", id="HTTP/0.9"),
    pytest.param(b"GET /healthz HTTP/3.7\r\n\r\n", id="HTTP/3.7"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
    pytest.param(bytes(range(256)) * 8, id="noise"),
    pytest.param(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", id="CONNECT"),
    pytest.param(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", id="asterisk"),
    pytest.param(b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", id="bytes in the path"),
    pytest.param(b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a space in the path"),
]


@pytest.mark.parametrize("sent", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_once(collector: Running, sent: bytes) -> None:
    """One answer at most, a refusal that says why, and nothing behind it is taken for a request."""
    answer = said(collector, sent)
    assert statuses(answer) in ([400], [505]), answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"]


LARGE = [
    pytest.param(POST + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n", id="a header of 1 MB"),
    pytest.param(POST + b"".join(b"X%d: y\r\n" % n for n in range(100_000)) + b"\r\n", id="100,000 headers"),
    pytest.param(b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\n\r\n", id="a path of 1 MB"),
    pytest.param(b"\r\n" * 500_000, id="a million empty lines"),
    pytest.param(CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 100_000, id="100,000 trailers"),
]


@pytest.mark.parametrize("sent", LARGE)
def test_a_head_has_a_bound(collector: Running, sent: bytes) -> None:
    """It is refused when the bound is reached; the rest is not waited for."""
    with dial(collector) as peer:
        try:
            peer.sendall(sent)
            answer = peer.recv(65536)
        except ConnectionError:
            # The refusal was sent before our bytes were read, and fell to the reset that followed.
            answer = b""
    assert statuses(answer) in ([431], [])
    assert b"200 OK" not in answer


def test_a_trailer_is_no_header(collector: Running) -> None:
    """What comes behind a body can neither name a host nor show a token."""
    head = (
        b"POST /v1/traces HTTP/1.1\r\nHost: evil.example\r\n"
        + TYPE
        + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    answer = said(collector, head + b"2\r\n{}\r\n0\r\nHost: localhost\r\n\r\n")
    assert [403] == statuses(answer)


def test_an_absolute_target_names_the_host(collector: Running) -> None:
    """It stands above the Host header, also where that one would be let in."""
    end = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + TYPE + b"Content-Length: 2\r\n\r\n{}"
    assert [403] == statuses(said(collector, b"POST http://evil.example/v1/traces" + end))
    assert [200] == statuses(said(collector, b"POST http://127.0.0.1/v1/traces" + end))
    assert [403] == statuses(said(collector, b"POST http://localhost@evil.example/v1/traces" + end))


def test_a_request_names_one_host(collector: Running) -> None:
    """None, or two, is no request of HTTP/1.1."""
    for hosts in (b"", HOST + HOST, HOST + b"Host: evil.example\r\n"):
        sent = b"POST /v1/traces HTTP/1.1\r\n" + hosts + TYPE + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
        assert [400] == statuses(said(collector, sent))


def test_requests_sent_ahead_are_answered_in_order_and_are_not_many(collector: Running) -> None:
    """A few wait their turn; hundreds in one piece end the connection."""
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    other = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert [200, 200, 404] == statuses(said(collector, one + one + other))
    assert 9 >= len(statuses(said(collector, one * 1000)))


def test_a_body_waits_for_its_100(collector: Running) -> None:
    """`Expect: 100-continue` is asked before the body is sent, and a refusal spares it."""
    body = traces(7001, 2).SerializeToString()
    kind = b"Content-Type: application/x-protobuf\r\nConnection: close\r\nExpect: 100-continue\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    with dial(collector, b"POST /v1/traces HTTP/1.1\r\n" + HOST + kind + length) as peer:
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == peer.recv(1000)
        peer.sendall(body)
        assert peer.recv(1000).startswith(b"HTTP/1.1 200 OK")
    with dial(collector, b"POST /v1/traces HTTP/1.1\r\nHost: evil.example\r\n" + kind + length) as peer:
        assert peer.recv(1000).startswith(b"HTTP/1.1 403")


def test_an_upgrade_is_not_made(collector: Running) -> None:
    """The request is answered as it is, in HTTP/1.1, and the connection ends."""
    for wanted in (b"h2c", b"websocket"):
        ask = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + wanted + b"\r\nHTTP2-Settings: AAMAAABk\r\n"
        answer = said(collector, b"GET /healthz HTTP/1.1\r\n" + HOST + ask + b"\r\n")
        assert ([200], True) == (statuses(answer), b"connection: close" in answer)
        body = POST + ask + b"Content-Length: 2\r\n\r\n{}"
        assert [200] == statuses(said(collector, body + b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", "/v1/traces/", 404), ("PATCH", "/v1/sql", 405), ("TRACE", "/v1/logs", 405)],
)
def test_every_answer_is_json_and_is_taken_for_nothing_else(
    collector: Running, method: str, path: str, status: int
) -> None:
    """It says what is wrong, names no server, and no browser sniffs at it."""
    answer, body = collector.request(path, method=method)
    found = (answer.status, answer.getheader("content-type"), answer.getheader("x-content-type-options"))
    assert (status, "application/json", "nosniff") == found
    assert (True, None) == (bool(json.loads(body)["message"]), answer.getheader("server"))
