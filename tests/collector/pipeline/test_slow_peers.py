"""Peers that are slow, still or endless end by themselves, and cost the others nothing."""

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from .conftest import Running
from .payload import traces
from .raw import dial, heard, statuses

HEAD = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"


def _status(running: Running, path: str = "/readyz") -> int:
    return running.request(path, method="GET")[0].status


def _drip(peer: socket.socket, part: bytes, pause_s: float, until: threading.Event) -> None:
    """Send a little again and again."""
    with suppress(OSError):
        while not until.wait(pause_s):
            peer.sendall(part)


def test_heads_and_bodies_that_do_not_come_are_ended(collect: Callable[..., Running]) -> None:
    """By silence, by dripping, and by dripping what is no part of the body: each ends with a 408."""
    running = collect("--head-timeout-s", "1", "--body-timeout-s", "2")
    slow = [
        (b"GET /heal", b"t"),
        (HEAD + b"X: ", b"y"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b"z"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"yyyyyyyyyyyyyyyy"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nz\r\n"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b""),
    ]
    ended = threading.Event()
    with ExitStack() as stack:
        peers = [stack.enter_context(dial(running, sent)) for sent, _ in slow]
        for peer, (_, part) in zip(peers, slow, strict=True):
            threading.Thread(target=_drip, args=(peer, part, 0.05, ended), daemon=True).start()
        began_at = time.monotonic()
        answers = [heard(peer, 10) for peer in peers]
        took_s = time.monotonic() - began_at
        ended.set()
    # A refusal may fall to the reset that follows it when more is sent.
    assert {(408,), ()} >= {tuple(statuses(answer)) for answer in answers}, answers
    assert [408] == statuses(answers[-1])
    assert took_s < 6
    assert 200 == _status(running)


def test_a_body_below_the_least_rate_is_ended(collect: Callable[..., Running]) -> None:
    """Long before it has had its time."""
    running = collect("--min-body-rate", "10000")
    ended = threading.Event()
    with dial(running, HEAD + b"Content-Length: 900000\r\n\r\n") as peer:
        threading.Thread(target=_drip, args=(peer, bytes(100), 0.05, ended), daemon=True).start()
        began_at = time.monotonic()
        answer = heard(peer, 20)
        ended.set()
    assert {(408,), ()} >= {tuple(statuses(answer))}
    assert 4 < time.monotonic() - began_at < 9


def test_stalled_uploads_make_way(collect: Callable[..., Running]) -> None:
    """They hold all the room that there is, and everybody else is still served; readyz agrees."""
    running = collect("--queue-bytes", "10000000", "--max-body-bytes", "2000000", "--queue-wait-s", "0.2")
    ended = threading.Event()
    with ExitStack() as stack:
        for _ in range(5):
            peer = stack.enter_context(dial(running, HEAD + b"Content-Length: 1999999\r\n\r\n" + bytes(1_999_000)))
            threading.Thread(target=_drip, args=(peer, bytes(10), 0.05, ended), daemon=True).start()
        time.sleep(2.5)
        assert [200] * 5 == [running.export(traces(n, 500).SerializeToString())[0] for n in range(1, 3000, 600)]
        assert 200 == _status(running)
        ended.set()
    assert 2500 == running.count()


def test_readyz_tells_when_senders_are_turned_away(collect: Callable[..., Running]) -> None:
    """A probe hears what the senders hear."""
    running = collect("--queue-bytes", "1000", "--queue-wait-s", "0")
    assert 200 == _status(running)
    with dial(running, HEAD + b"Content-Length: 1100\r\n\r\n" + bytes(1050)):
        time.sleep(0.2)
        parts = iter([traces(1, 2).SerializeToString()])
        kind = {"Content-Type": "application/x-protobuf"}
        assert 429 == running.request("/v1/traces", parts, kind)[0].status  # type: ignore[arg-type]
    answer, said = running.request("/readyz", method="GET")
    assert (503, "1 of 1 requests") == (answer.status, json.loads(said)["senders"][:15])
    assert 200 == _status(running, "/healthz")


def test_an_endless_body_of_a_refused_request_ends(collect: Callable[..., Running]) -> None:
    """The refusal is sent at once; what still comes is read for a while and thrown away."""
    running = collect("--max-body-bytes", "1000")
    ended = threading.Event()
    with dial(running, HEAD + b"Transfer-Encoding: chunked\r\n\r\n") as peer:
        threading.Thread(target=_drip, args=(peer, b"ff\r\n" + bytes(255) + b"\r\n", 0.001, ended), daemon=True).start()
        began_at = time.monotonic()
        assert [413] == statuses(heard(peer, 20))
        ended.set()
    assert time.monotonic() - began_at < 9


def test_three_thousand_idle_connections_harm_nobody(collect: Callable[..., Running]) -> None:
    """Half of them have begun a head."""
    running = collect()
    took_s: list[float] = []
    with ExitStack() as stack:
        for number in range(3000):
            stack.enter_context(dial(running, b"GET /" if number % 2 else b""))
        for first in range(1, 101, 5):
            began_at = time.monotonic()
            assert 200 == running.export(traces(first, 5).SerializeToString())[0]
            took_s.append(time.monotonic() - began_at)
    assert sorted(took_s)[10] < 3
    assert 200 == _status(running)


def test_more_connections_than_files_may_be_open_harm_nobody(collect: Callable[..., Running]) -> None:
    """The store keeps its descriptors, and who has waited longest makes room for who comes."""
    running = collect(within=["sh", "-c", 'ulimit -n 400; exec "$@"', "sh"])
    with ExitStack() as stack:
        for number in range(500):
            stack.enter_context(dial(running, b"GET /" if number % 2 else b""))
        time.sleep(1.5)
        assert [200] * 5 == [running.export(traces(n, 5).SerializeToString())[0] for n in range(1, 26, 5)]
        assert 25 == running.count()
        assert 200 == _status(running)
    assert 0 == running.stop()
    assert "Traceback" not in running.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_slow_peers_do_not_keep_a_collector_from_ending(
    collect: Callable[..., Running], number: signal.Signals
) -> None:
    """Open heads, stalled and endless bodies, answers that nobody reads: it ends in its time, without a trace."""
    running = collect()
    question = json.dumps({"query": "select repeat('x', 1000) as x from range(2000000)"}).encode()
    ask = b"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    ended = threading.Event()
    with ExitStack() as stack:
        sents = [b"", b"GET /", HEAD, HEAD + b"Content-Length: 1000\r\n\r\nx", ask % len(question) + question]
        for sent in sents * 3:
            stack.enter_context(dial(running, sent))
        for part in (b"1\r\nz\r\n", b"ffff\r\n" + bytes(65535) + b"\r\n"):
            peer = stack.enter_context(dial(running, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"))
            threading.Thread(target=_drip, args=(peer, part, 0.02, ended), daemon=True).start()
        time.sleep(0.5)
        began_at = time.monotonic()
        assert 0 == running.stop(number)
        ended.set()
    assert time.monotonic() - began_at < 11
    assert "Traceback" not in running.log.read_text(), running.log.read_text()
