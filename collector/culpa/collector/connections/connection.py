"""A connection of HTTP whose heads, bodies and answers end, however slow its peer is.

uvicorn bounds neither the size of a head nor the time for one, nor for a body. `check` is called for every connection
about once a second (`sweep`): a timer for each would cost every request what only the slow ones owe.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

logger = logging.getLogger("culpa.collector")

#: Largest head, trailers after a chunked body included; other servers take 8 to 64 KiB.
MAX_HEAD_BYTES = 64 * 1024
#: Requests that may be sent ahead of an answer; nobody's client does more than one.
_MAX_AHEAD = 8
#: A slow body is judged by what came of it in this time.
_RATE_S = 5.0
#: A body that nobody needs any more (its request is refused) is read for so long, so that the answer arrives.
_DRAIN_S = 5.0
#: A body that is under way when the collector stops has so long to come.
_STOP_S = 3.0
_SWEEP_S = 0.5

#: idle: nothing of a request yet; head, body: so far it came; working: it is here; draining: it is answered already.
_Phase = Literal["idle", "head", "body", "working", "draining"]


@dataclass(frozen=True)
class Limits:
    """How long a peer may take. Units: seconds, bytes/s."""

    head_timeout_s: float
    body_timeout_s: float
    min_body_rate: int
    idle_s: float
    most_connections: int


class _Unfit(Exception):
    """What comes in is not taken; leaves the parser's callbacks."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message


class Connection(HttpToolsProtocol):
    """One connection; `bounded` gives it its limits."""

    limits: Limits

    _phase: _Phase = "idle"
    _since = 0.0
    _head_bytes = 0
    _body_bytes = 0
    _rated_bytes = 0
    _rated_at = 0.0
    _stuck_since = 0.0
    _stopping_at = 0.0
    _unfit: _Unfit | None = None

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._since = self._rated_at = self.loop.time()

    # What the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's is
        """Begin."""
        super().connection_made(transport)
        self._enter("idle")
        if len(self.connections) > self.limits.most_connections:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse what came; a head that is too long is not waited for."""
        if self._phase in ("idle", "head"):
            self._head_bytes += len(data)
        super().data_received(data)
        if self._phase in ("idle", "head") and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.refuse(431, f"a request head may have {MAX_HEAD_BYTES} bytes")

    def resume_writing(self) -> None:
        """Note that the peer reads."""
        self._stuck_since = 0.0
        super().resume_writing()

    # What the parser finds

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._enter("head")
        self._body_bytes = self._rated_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body is no header of the request."""
        if self._phase == "head":
            super().on_header(name, value)
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._unfit = _Unfit(431, f"trailers may have {MAX_HEAD_BYTES} bytes")
            raise self._unfit

    def on_headers_complete(self) -> None:
        """Check the head, and let the app begin."""
        try:
            self._check_head()
        except _Unfit as unfit:
            self._unfit = unfit
            raise
        super().on_headers_complete()
        if self.parser.should_upgrade():  # pyright: ignore[reportOptionalMemberAccess] - None once lost
            # The parser reads nothing behind such a request.
            self.cycle.keep_alive = False
        self._head_bytes = 0
        self._enter("body")

    def _check_head(self) -> None:
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAX_HEAD_BYTES:
            raise _Unfit(431, f"a request head may have {MAX_HEAD_BYTES} bytes")
        if self.parser.get_http_version() not in ("1.0", "1.1"):  # pyright: ignore[reportOptionalMemberAccess] - None once lost
            raise _Unfit(505, "speak HTTP/1.1")
        if len(self.pipeline) >= _MAX_AHEAD:
            raise _Unfit(429, f"at most {_MAX_AHEAD} requests may wait for their answers on one connection")
        if not self.url.startswith(b"/"):
            self._take_absolute_target()

    def _take_absolute_target(self) -> None:
        """Take the host of `GET http://host/path`, which stands above the Host header (RFC 9112, 3.2.2)."""
        _, marker, rest = self.url.partition(b"://")
        authority, slash, _ = rest.partition(b"/")
        if not marker or not slash:
            raise _Unfit(400, "the target of a request is a path")
        self.headers[:] = [(name, value) for name, value in self.headers if name != b"host"]
        self.headers.append((b"host", authority))

    def on_body(self, body: bytes) -> None:
        """Count a part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is here."""
        super().on_message_complete()
        self._enter("idle" if self.cycle.response_complete else "working")

    def on_response_complete(self) -> None:
        """Note that the request is answered, perhaps before it was here."""
        # Not complete: this was the answer to an earlier request of those that were sent ahead.
        if self.cycle.response_complete and self._phase != "head":
            self._enter("draining" if self._phase == "body" else "idle")
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed, or was found unfit."""
        unfit = self._unfit or _Unfit(400, "this is no request of HTTP/1.1")
        self.refuse(unfit.status_code, unfit.message)

    # What time tells

    def refuse(self, status_code: int, message: str) -> None:
        """Answer if nothing else is being answered, and close."""
        if self._is_free():
            body = json.dumps({"message": message}).encode()
            lines = [
                f"HTTP/1.1 {status_code} {HTTPStatus(status_code).phrase}".encode(),
                *(name + b": " + value for name, value in self.server_state.default_headers),
                b"content-type: application/json",
                b"content-length: %d" % len(body),
                b"connection: close",
            ]
            self.transport.write(b"\r\n".join([*lines, b"", body]))
        if self.cycle is not None and not self.cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison] - None at first
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _is_free(self) -> bool:
        """Say whether an answer that is written now can be taken only for what it is."""
        if self.cycle is None or self.cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison] - None at first
            return True
        return self._phase == "body" and not self.pipeline and not self.cycle.response_started

    def shutdown(self) -> None:
        """End soon: at once where nothing is being answered."""
        self._stopping_at = self.loop.time()
        if self._phase in ("idle", "head", "draining"):
            self.transport.close()
        else:
            super().shutdown()

    def waited_s(self, now: float) -> float:
        """Return how long nothing useful has come; 0 for a connection that is at work."""
        return now - self._since if self._phase in ("idle", "head") else 0.0

    def check(self, now: float) -> None:
        """End what takes too long."""
        if self.flow.write_paused or self.transport.is_closing():
            self._stuck_since = self._stuck_since or now
            patience_s = _DRAIN_S if self.transport.is_closing() else self.limits.body_timeout_s
            if now - self._stuck_since > patience_s:
                self.transport.abort()
        elif self.flow.read_paused:
            # It is we who do not read, and they who wait.
            self._since += _SWEEP_S
            self._rated_at, self._rated_bytes = now, self._body_bytes
        else:
            self._check_phase(now, now - self._since)

    def _check_phase(self, now: float, age_s: float) -> None:
        limits = self.limits
        if (self._phase == "idle" and age_s > limits.idle_s) or (self._phase == "draining" and age_s > _DRAIN_S):
            self.transport.close()
        elif self._phase == "head" and age_s > limits.head_timeout_s:
            self.refuse(408, f"the request head did not come within {limits.head_timeout_s:g} s (head_timeout_s)")
        elif self._phase == "body" and self._stopping_at and now - self._stopping_at > _STOP_S:
            self.refuse(503, "the collector is stopping")
        elif self._phase == "body" and age_s > limits.body_timeout_s:
            self.refuse(408, f"the body did not come within {limits.body_timeout_s:g} s (body_timeout_s)")
        elif self._phase == "body" and now - self._rated_at >= _RATE_S:
            self._check_rate(now)

    def _check_rate(self, now: float) -> None:
        came = self._body_bytes - self._rated_bytes
        if came < self.limits.min_body_rate * (now - self._rated_at):
            self.refuse(408, f"the body came slower than {self.limits.min_body_rate} bytes/s (min_body_rate)")
        self._rated_at, self._rated_bytes = now, self._body_bytes


def bounded(limits: Limits) -> type[Connection]:
    """Return the class of connections with these limits."""
    return type("BoundedConnection", (Connection,), {"limits": limits})


async def sweep(connections: Callable[[], Iterable[object]]) -> None:
    """Check all connections about every half second, until cancelled."""
    while True:
        await asyncio.sleep(_SWEEP_S)
        now = asyncio.get_running_loop().time()
        found = [connection for connection in connections() if isinstance(connection, Connection)]
        for connection in found:
            try:
                connection.check(now)
            except Exception:
                # One that cannot be checked must not leave the others unchecked.
                logger.exception("a connection cannot be checked")
        _make_room(found, now)


def _make_room(found: list[Connection], now: float) -> None:
    """Close those that have waited longest when there is hardly room for new ones."""
    most = found[0].limits.most_connections * 9 // 10 if found else 0
    if len(found) > most:
        waiting = sorted(found, key=lambda connection: connection.waited_s(now), reverse=True)
        for connection in waiting[: len(found) - most]:
            if connection.waited_s(now):
                connection.transport.close()
