"""Endpoints for people take what people write: little, of one type, and no deeper than it can be read."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from .conftest import Running
from .raw import dial, statuses

JSON = {"Content-Type": "application/json"}
PATHS = ["/v1/judge", "/v1/changes", "/v1/labels", "/v1/sql"]


def _memory_kb(running: Running) -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{running.process.pid}/status").read_text())
    assert found
    return int(found[1])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_huge_body_is_not_kept(collector: Running, path: str, kind: str) -> None:
    """Neither when its length is told, nor when it is not, nor when it comes from a page."""
    before_kb = _memory_kb(collector)
    for origin in ({}, {"Origin": "https://evil.example"}):
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in origin.items())
        for length in ("Content-Length: 600000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3b9aca00\r\n"):
            with dial(collector, (head + length).encode()) as peer, suppress(OSError):
                for _ in range(20):
                    peer.sendall(bytes(1_000_000))
                assert statuses(peer.recv(65536)) in ([413], [415], [403], [])
    assert _memory_kb(collector) - before_kb < 30_000


@pytest.mark.parametrize("path", PATHS)
def test_a_deep_body_is_refused(collector: Running, path: str) -> None:
    """So are those that are no JSON, or not of the shape."""
    deep = b"[" * 30_000 + b"]" * 30_000
    bodies = [deep, b'{"a":' * 9000 + b"1" + b"}" * 9000, b"", b"\xff", b"[]", b"null", b'"x"', b"1e999", b"9" * 5000]
    bodies += [b'{"trace_ids": 5, "query": 5, "description": 5, "trace_id": 5}', b'{"trace_ids": ["x"], "query": null}']
    assert [400] * len(bodies) == [collector.request(path, body, JSON)[0].status for body in bodies]


def test_traces_to_judge_are_not_many(collector: Running) -> None:
    """As many as the message says."""
    ids = [f"{number:032x}" for number in range(10_001)]
    assert 202 == collector.request("/v1/judge", json.dumps({"trace_ids": ids[:-1]}).encode(), JSON)[0].status
    answer, said = collector.request("/v1/judge", json.dumps({"trace_ids": ids}).encode(), JSON)
    assert (400, "at most 10000 traces") == (answer.status, json.loads(said)["message"][:20])


def test_ipv6_has_the_same_door(collect: Callable[..., Running]) -> None:
    """Its loopback is one, in each way of writing it, and no other name is."""
    running = collect("--host", "::1", "--grpc-port", "0")
    hosts = {"[::1]": 200, "[0:0:0:0:0:0:0:1]:4318": 200, "[::ffff:127.0.0.1]": 200, "localhost": 200}
    hosts |= {"evil.example": 403, "[evil.example]": 403, "[::1": 403, "::1": 403, "[fe80::1%25lo]": 403}
    found: dict[str, int] = {}
    for host in hosts:
        connection = HTTPConnection("::1", running.http_port, timeout=30)
        connection.request("POST", "/v1/traces", b"{}", JSON | {"Host": host})
        found[host] = connection.getresponse().status
        connection.close()
    assert hosts == found


def test_other_addresses_of_a_collector_beyond_loopback(collect: Callable[..., Running]) -> None:
    """Names without a dot are those of its own network; a name of the public DNS has to be listed."""
    running = collect("--host", "0.0.0.0", "--insecure", "--allowed-hosts", "culpa.example.org")
    hosts = {"collector:4318": 200, "culpa.example.org": 200, "10.0.0.7": 200, "culpa.example.com": 403, "a.b": 403}
    assert hosts == {host: running.request("/v1/traces", b"{}", JSON | {"Host": host})[0].status for host in hosts}
