"""Bytes on a socket, for what no client library would send."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .conftest import Running


@contextmanager
def dial(running: Running, sent: bytes = b"") -> Iterator[socket.socket]:
    """Connect and send."""
    with socket.create_connection(("127.0.0.1", running.http_port), timeout=30) as peer:
        peer.sendall(sent)
        yield peer


def heard(peer: socket.socket, timeout_s: float = 30) -> bytes:
    """Return everything until the other side closes; b'' when it breaks off. Errors: TimeoutError."""
    parts: list[bytes] = []
    give_up_at = time.monotonic() + timeout_s
    while True:
        peer.settimeout(max(0.01, give_up_at - time.monotonic()))
        try:
            part = peer.recv(65536)
        except ConnectionError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


def said(running: Running, sent: bytes) -> bytes:
    """Return all answers to these bytes, sent in one piece, until the collector closes."""
    with dial(running) as peer:
        with suppress(OSError):
            peer.sendall(sent)
        return heard(peer)


def statuses(answers: bytes) -> list[int]:
    """Return the statuses of some answers in a row."""
    return [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]
