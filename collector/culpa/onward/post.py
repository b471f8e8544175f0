"""Hand bodies to an OTLP endpoint, over one connection that stays open. No redirect is followed, no proxy asked.

Source: OTLP 1.x specification, "OTLP/HTTP Response" and "Retryable Response Codes".
"""

import gzip
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from culpa.given import BadGiven
from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination, read_headers
from culpa.onward.queue import Waiting
from culpa.onward.rejected import Rejected, Rejections, read_rejected

_MOST_ANSWER_BYTES: Final = 64 * 1024
#: A receiver that answers so will answer the same body in no other way; another one it may take.
_FINAL: Final = frozenset({400, 413, 415, 422})
#: Nobody is believed who says to come back later than that, in seconds.
_LONGEST_WAIT_S: Final = 3600.0


class NotTaken(Exception):
    """A body was not taken. Says why, without header or answer. `wait_s`: the receiver asked to wait so long; or 0."""

    def __init__(self, message: str, *, is_final: bool = False, wait_s: float = 0.0) -> None:
        """`is_final`: this body will never be taken."""
        super().__init__(message)
        self.is_final = is_final
        self.wait_s = wait_s


def pack(body: bytes) -> bytes:
    """Return a body as it is sent. Promise: the same bytes for the same body."""
    return gzip.compress(body, 1, mtime=0)


class Poster:
    """Posts to one destination. For one thread."""

    #: Bodies that are sent together.
    at_once = 1
    #: Seconds for which they are gathered before.
    gather_s = 0.0

    def __init__(self, destination: Destination, counts: Counts) -> None:
        """Connect to nobody yet."""
        self._to = destination
        self._rejections = Rejections(destination.name, counts)
        self._connection: HTTPConnection | None = None
        self._place = ""

    def post_all(self, some: Sequence[Waiting]) -> int:
        """Send exports, and return how many were left out: none. Errors: NotTaken."""
        for one in some:
            self.post(one.signal, one.packed, is_json=one.is_json)
        return 0

    def post(self, signal: str, packed: bytes, *, is_json: bool = False) -> Rejected:
        """Send an export, as `pack` made it; the receiver has it when this returns, but for what it rejected of it.

        Errors: NotTaken.
        """
        own: dict[str, str] = {}
        headers = {
            "Content-Type": "application/json" if is_json else "application/x-protobuf",
            "Content-Encoding": "gzip",
            "User-Agent": "culpa",
        }
        try:
            if self._to.headers:
                own = read_headers(self._to.headers)
            url = self._to.url.read().rstrip("/")
        except BadGiven as error:
            raise NotTaken(str(error)) from error
        answer, body = self._asked(url, f"/v1/{signal}", packed, headers | own)
        if 200 <= answer.status < 300:
            kind = answer.getheader("Content-Type", headers["Content-Type"])
            rejected = read_rejected(signal, body, is_json="json" in kind.lower())
            self._rejections.take(signal, rejected, own)
            return rejected
        said = f"destination {self._to.name!r}: {self._place} answered {answer.status} to {signal}"
        if 300 <= answer.status < 400:
            said += ", a redirect, which is not followed"
        raise NotTaken(said, is_final=answer.status in _FINAL, wait_s=_wait_s(answer.getheader("Retry-After", "")))

    def _asked(self, url: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[HTTPResponse, bytes]:
        """Ask, once more over a new connection where one that stood open turns out to be closed."""
        for is_last in (self._connection is None, True):
            try:
                return self._once(url, path, body, headers)
            except (OSError, HTTPException, ValueError) as error:
                self.close()
                if is_last or isinstance(error, TimeoutError):
                    reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
                    raise NotTaken(
                        f"destination {self._to.name!r}: {self._place} did not take it ({reason})"
                    ) from error
        raise AssertionError("unreachable: the last attempt answers or raises")

    def _once(self, url: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[HTTPResponse, bytes]:
        parts = urlsplit(url)
        if self._connection is None:
            self._place = parts.netloc
            host, timeout_s = parts.hostname or "", self._to.timeout_s
            self._connection = (
                HTTPSConnection(host, parts.port, timeout=timeout_s, context=self._to.tls)
                if parts.scheme == "https"
                else HTTPConnection(host, parts.port, timeout=timeout_s)
            )
        self._connection.request("POST", parts.path + path, body, headers)
        answer = self._connection.getresponse()
        said = answer.read(_MOST_ANSWER_BYTES + 1)
        if len(said) > _MOST_ANSWER_BYTES:
            self.close()
        return answer, said

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None


def _wait_s(text: str) -> float:
    """Return the seconds of a Retry-After, also where it is a date; 0 for none."""
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), _LONGEST_WAIT_S)
    try:
        return min(max(0.0, parsedate_to_datetime(text).timestamp() - time.time()), _LONGEST_WAIT_S)
    except ValueError:
        return 0.0
