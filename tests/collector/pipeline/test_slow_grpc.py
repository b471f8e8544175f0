"""Peers of OTLP/gRPC that are slow, greedy or strange end by themselves, and cost the others nothing."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, Event, ResponseReceived, TrailersReceived

from .conftest import Running
from .payload import traces

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
HEAD = [(":method", "POST"), (":scheme", "http"), (":path", TRACES), (":authority", "localhost")]
HEAD += [("content-type", "application/grpc"), ("te", "trailers")]


class Peer:
    """A peer that speaks HTTP/2 frame by frame."""

    def __init__(self, running: Running) -> None:
        """Connect."""
        #: By the other side.
        self.is_closed = False
        self._socket = socket.create_connection(("127.0.0.1", running.grpc_port), timeout=30)
        self._h2 = H2Connection(H2Configuration(client_side=True))
        self._h2.initiate_connection()
        self.send()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self) -> None:
        """Send what is due."""
        self._socket.sendall(self._h2.data_to_send())

    def begin(self, data: bytes, *headers: tuple[str, str]) -> None:
        """Begin a call and send a part of its message."""
        stream = self._h2.get_next_available_stream_id()
        self._h2.send_headers(stream, [*HEAD, *headers])
        if data:
            self._h2.send_data(stream, data)
        self.send()

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._h2.ping(b"01234567")
        self.send()

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what the other side says until it closes, or for so long."""
        give_up_at = time.monotonic() + timeout_s
        while (left_s := give_up_at - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            try:
                data = self._socket.recv(65536)
                if data:
                    yield from self._h2.receive_data(data)
                    self.send()
            except TimeoutError:
                return
            except ConnectionError:
                data = b""
            if not data:
                self.is_closed = True
                return


def _export(running: Running, first: int, **options: object) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
        answer: bytes = channel.unary_unary(TRACES)(traces(first, 50).SerializeToString(), timeout=30, **options)
        return answer


def test_stalled_messages_make_way(collect: Callable[..., Running]) -> None:
    """Many calls whose messages never come hold every place there is; others are served all the same."""
    running = collect("--queue-bytes", "1000", "--max-body-bytes", "1000000")
    with ExitStack() as stack:
        for _ in range(4):
            peer = stack.enter_context(Peer(running))
            for _ in range(10):
                peer.begin(b"\0" + (900_000).to_bytes(4) + bytes(1000))
        time.sleep(2.5)
        began_at = time.monotonic()
        assert [b""] * 4 == [_export(running, first) for first in range(1, 400, 100)]
        assert time.monotonic() - began_at < 10
    assert 200 == running.count()


def test_a_message_that_does_not_come_is_ended(collect: Callable[..., Running]) -> None:
    """With DEADLINE_EXCEEDED, in body_timeout_s."""
    running = collect("--body-timeout-s", "1")
    with Peer(running) as peer:
        peer.begin(b"\0" + (900_000).to_bytes(4) + bytes(1000))
        peer.begin(b"")
        found: list[str] = []
        for event in peer.events(10):
            if isinstance(event, ResponseReceived | TrailersReceived):
                found += [value.decode() for name, value in event.headers or () if name == b"grpc-status"]
            if len(found) == 2:
                break
    assert ["4", "4"] == found


def test_a_token_is_asked_for_before_the_message_is_read(collect: Callable[..., Running]) -> None:
    """A stranger's message is not even waited for."""
    running = collect("--ingest-token", "abc")
    with Peer(running) as peer:
        peer.begin(b"\0" + (900_000).to_bytes(4) + bytes(1000))
        for event in peer.events(10):
            if isinstance(event, ResponseReceived | TrailersReceived):
                assert (b"grpc-status", b"16") in [tuple(pair) for pair in event.headers or ()]
                break
        else:
            pytest.fail("no answer")


def test_a_bomb_is_not_inflated(collect: Callable[..., Running]) -> None:
    """What is small only while compressed is refused as what is large."""
    running = collect("--max-body-bytes", "1000000")
    with (
        grpc.insecure_channel(
            f"127.0.0.1:{running.grpc_port}", options=[("grpc.max_send_message_length", -1)]
        ) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        channel.unary_unary(TRACES)(bytes(200_000_000), timeout=60, compression=grpc.Compression.Gzip)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == caught.value.code()
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{running.process.pid}/status").read_text())
    assert peak and int(peak[1]) < 330_000, peak


def test_who_only_pings_is_sent_away(collect: Callable[..., Running]) -> None:
    """A flood of pings costs its own connection."""
    running = collect()
    with Peer(running) as peer:
        is_away = False
        for _ in range(100):
            try:
                peer.ping()
            except (BrokenPipeError, ConnectionResetError):
                # Before the last of them was sent.
                is_away = True
                break
        assert is_away or any(isinstance(event, ConnectionTerminated) for event in peer.events(10)) or peer.is_closed
    assert b"" == _export(running, 1)


def test_metadata_has_a_bound(collect: Callable[..., Running]) -> None:
    """And what is no HTTP/2 is closed."""
    running = collect("--head-timeout-s", "1")
    with pytest.raises(grpc.RpcError):
        _export(running, 1, metadata=[("x", "y" * 100_000)])
    for sent in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 4):
        with socket.create_connection(("127.0.0.1", running.grpc_port), timeout=20) as peer:
            peer.sendall(sent)
            while peer.recv(65536):
                pass
    assert b"" == _export(running, 1)
    assert 0 == running.stop()
    assert "Traceback" not in running.log.read_text()


def test_slow_peers_of_grpc_do_not_keep_a_collector_from_ending(collect: Callable[..., Running]) -> None:
    """Within its time and without a trace."""
    running = collect()
    with Peer(running) as peer, Peer(running):
        for _ in range(5):
            peer.begin(b"\0" + (900_000).to_bytes(4) + bytes(1000))
        peer.begin(b"")
        time.sleep(0.5)
        began_at = time.monotonic()
        assert 0 == running.stop()
    assert time.monotonic() - began_at < 11
    assert "Traceback" not in running.log.read_text(), running.log.read_text()
