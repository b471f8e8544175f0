"""Whoever holds a query up, its reader or the system, holds up nothing else."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from .conftest import Running
from .payload import traces

LARGE = "select range as a, range as b from range(4000000)"


def _send(running: Running, sql: str) -> socket.socket:
    body = json.dumps({"query": sql}).encode()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", running.http_port))
    head = f"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    client.sendall(head.encode() + b"\r\n\r\n" + body)
    return client


def _ask(running: Running, sql: str) -> tuple[int, bytes]:
    answer, text = running.request("/v1/sql", json.dumps({"query": sql}).encode(), {"Content-Type": "application/json"})
    return answer.status, text


def _below(running: Running) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def _answered_within(running: Running, most_s: float) -> bool:
    give_up_at = time.monotonic() + most_s
    while _ask(running, "select 1")[0] != 200:
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.1)
    return True


def test_who_reads_slowly_has_a_place_no_longer_than_a_query_may_take(collect: Callable[..., Running]) -> None:
    """Its query is long dead; its place, its snapshot and its megabytes go soon after."""
    running = collect("--query-timeout-s", "2", "--query-limit", "1", "--query-wait-s", "0.1")
    with _send(running, LARGE) as slow:
        assert b"200 OK" in slow.recv(500)
        assert 429 == _ask(running, "select 1")[0]
        assert _answered_within(running, 25)
        slow.settimeout(20)
        rest = b""
        with suppress(ConnectionResetError):
            while part := slow.recv(1_000_000):
                rest = rest[-10:] + part
        assert not rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("who", ["the process that forks", "the query"])
def test_a_stopped_process_is_replaced(collect: Callable[..., Running], who: str) -> None:
    """One that was stopped does not even end itself at its time-out."""
    running = collect("--query-timeout-s", "2", "--query-limit", "1")
    assert 200 == _ask(running, "select 1")[0]
    [forking] = psutil.Process(running.process.pid).children()
    if who == "the query":
        with _send(running, "select count(*) from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 5"):
            # The process of the first query may still be on its way out.
            time.sleep(1)
            # Of the alarms, too, there may be one now and then.
            for query in forking.children():
                if query.status() != psutil.STATUS_ZOMBIE:
                    os.kill(query.pid, signal.SIGSTOP)
            assert _answered_within(running, 25)
    else:
        os.kill(forking.pid, signal.SIGSTOP)
        status, text = _ask(running, "select 1")
        # Told by its own time-out, or by that of a question of the alarms before it.
        assert (503, True) == (status, b"no answer came within 2 s" in text or b"was replaced" in text)
        assert _answered_within(running, 25)
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]


def test_a_stopped_process_does_not_stop_the_event_loop(collect: Callable[..., Running]) -> None:
    """However many ask meanwhile and go away."""
    running = collect("--query-timeout-s", "1", "--query-limit", "64", "--query-wait-s", "0.1")
    assert 200 == _ask(running, "select 1")[0]
    os.kill(_below(running)[0].pid, signal.SIGSTOP)
    clients: list[socket.socket] = []
    give_up_at = time.monotonic() + 4.5
    while time.monotonic() < give_up_at:
        clients.append(_send(running, "select 1"))
        time.sleep(0.005)
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]
    for client in clients:
        client.close()
    assert _answered_within(running, 25)


def test_what_an_error_repeats_is_cut(collect: Callable[..., Running]) -> None:
    """Else a query would have the collector hold a message as long as it likes."""
    running = collect()
    for sql in ("select error(repeat('x', 20000000))", "select repeat('7 8', 1000000)::integer"):
        status, text = _ask(running, sql)
        assert 422 == status
        assert 3_000 < len(text) < 10_000


def test_half_a_character_is_told_in_words(collect: Callable[..., Running]) -> None:
    """It is no lack of memory, and no trace in the log."""
    running = collect()
    status, text = _ask(running, "select '\ud800'")
    assert (400, True) == (status, b"half of a surrogate pair" in text)
    assert "Traceback" not in running.log.read_text()
