"""A connection by the operating system's own sockets that reads and writes until a given time, and so many bytes.

http.client's own waits as long as anything comes: for a header a byte at a time, for one `100 Continue` after another.
"""

import http.client
import io
import socket
from time import monotonic
from typing import Any

from culpa.instrumentation import native

#: Bytes of an answer, its head included; an OTLP collector's has some hundred.
MOST = 64 * 1024


class Endless(OSError):
    """An answer that is longer than any collector's."""

    def __init__(self) -> None:
        super().__init__(f"its answer is longer than {MOST // 1024} KiB")


class Connection(http.client.HTTPConnection):
    """All of its reading and writing ends at a given time."""

    tls: Any = None
    name = ""
    is_to_proxy = False
    _end_s = 0.0

    def allow(self, end_s: float) -> None:
        """Allow what follows to last until then."""
        self._end_s = end_s
        if self.sock is not None:
            self.sock.allow(end_s)

    def connect(self) -> None:
        """Connect, through a proxy's tunnel if one was set, with TLS if that is wanted."""
        raw = _connected(self.host, self.port, self._end_s)
        self.sock: Any = _Bounded(raw, self._end_s)
        tunnel: Any = vars(self).get("_tunnel_host")
        if tunnel:
            self._tunnel()  # type: ignore[attr-defined]  # pyright: ignore
        if self.tls is not None:
            raw.settimeout(_left(self._end_s))
            self.sock = _Bounded(self.tls.wrap_socket(raw, server_hostname=self.name), self._end_s)


class _Bounded:
    """What http.client takes for a socket. As of a socket, who still reads may do so after it was closed."""

    def __init__(self, raw: Any, end_s: float) -> None:
        self.raw = raw
        self._readers = 0
        self._is_over = False
        self.allow(end_s)

    def allow(self, end_s: float) -> None:
        self.end_s, self.left = end_s, MOST

    def sendall(self, data: Any) -> None:
        self.raw.settimeout(_left(self.end_s))
        self.raw.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        self._is_over = True
        self.let_go(0)

    def let_go(self, readers: int) -> None:
        self._readers -= readers
        if self._is_over and self._readers <= 0:
            self.raw.close()


class _Reading(io.RawIOBase):
    def __init__(self, of: _Bounded) -> None:
        self._of = of

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        of = self._of
        if of.left <= 0:
            raise Endless
        of.raw.settimeout(_left(of.end_s))
        count = int(of.raw.recv_into(buffer, min(len(buffer), of.left)))
        of.left -= count
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._of.let_go(1)


def _left(end_s: float) -> float:
    left = end_s - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _connected(host: str, port: int, end_s: float) -> Any:
    """Return a socket that is connected to the first of a name's addresses that answers."""
    trouble: OSError = OSError(f"no address of {host} is known")
    for family, kind, protocol, _, address in native.resolve(host, port, 0, socket.SOCK_STREAM):
        one = native.new_socket(family, kind, protocol)
        try:
            one.settimeout(_left(end_s))
            one.connect(address)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            one.close()
            trouble = error
        else:
            return one
    raise trouble
