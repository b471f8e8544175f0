"""Send one signal's telemetry to the collector: try again for a while, recognise who is no collector, say it once.

Stands in for the client of OpenTelemetry's OTLP/HTTP exporters. That one takes a redirect, or a login page with status
200, for success; it reads answers of any length for any time, and tries again at once where it is told to wait -1 s.
"""

import gzip
import http.client
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from culpa.instrumentation import native
from culpa.instrumentation.export.transport import AddressError, Answer, Transport
from culpa.instrumentation.export.wire import Endless
from culpa.instrumentation.report import say_once

_AGAIN = frozenset((429, 502, 503, 504))
_MOST_TRIES = 6
_FIRST_WAIT_S = 1.0
#: Nobody is asked again sooner than this, whatever the answer says.
_LEAST_WAIT_S = 0.1
_SIGNALS = ("/v1/traces", "/v1/logs", "/v1/metrics")
_PAGES = ("text/html", "application/xhtml")
_PAGE_BEGINS = (b"<!doctype html", b"<html")
_MOST_TOLD = 160
_ADDRESS = "give the collector's address as OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True)
class Result:
    """What the exporters want to know."""

    success: bool
    status_code: int | None = None
    reason: str | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class Trouble:
    """Why telemetry did not arrive. Each kind is said once in a process."""

    kind: str
    words: str
    is_worth_another_try: bool = False


class Sender:
    """Posts to one address. The parameters are those of OpenTelemetry's client."""

    def __init__(
        self,
        transport: Any,
        endpoint: str,
        kind: str,
        timeout: float = 10.0,
        compression: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> None:
        self._transport: Transport | None = None
        self._broken = Trouble("unsent", "")
        try:
            # Now, not with the first request: what makes TLS may have been replaced by then.
            self._transport = transport(endpoint)
        except (OSError, ValueError) as error:
            self._broken = failed(error)
        self._address = shown(endpoint)
        self._kind = kind
        self._timeout_s = timeout
        self._packing = str(getattr(compression, "value", "none"))
        self._headers = dict(headers or {})
        if self._packing != "none":
            self._headers.setdefault("Content-Encoding", self._packing)
        self._is_over = False
        self._waiting: Trouble | None = None

    def export(self, data: bytes) -> Result:
        """Send, within the time limit; what cannot be sent is dropped and said once."""
        body, end_s = self._packed(data), monotonic() + self._timeout_s
        number = 0
        while True:
            trouble, answer = self._try(body, end_s)
            status = answer.status if answer else None
            if trouble is None:
                return Result(True, status)
            wait_s = _wait_s(answer, number)
            number += 1
            is_last = self._is_over or number == _MOST_TRIES or monotonic() + wait_s >= end_s
            if is_last or not trouble.is_worth_another_try:
                say_unreachable(trouble, self._address)
                return Result(False, status, trouble.words)
            self._waiting = trouble
            native.sleep(wait_s)
            self._waiting = None

    def shutdown(self) -> None:
        """Try no more; say why what waits for another try is lost, as the process ends before that."""
        self._is_over = True
        if (trouble := self._waiting) is not None:
            say_unreachable(trouble, self._address)

    def _packed(self, data: bytes) -> bytes:
        if self._packing == "gzip":
            return gzip.compress(data)
        return zlib.compress(data) if self._packing == "deflate" else data

    def _try(self, body: bytes, end_s: float) -> tuple[Trouble | None, Answer | None]:
        if self._transport is None:
            return self._broken, None
        try:
            answer = self._transport.post(body, self._headers, end_s - monotonic())
        except Exception as error:
            return failed(error), None
        return judge(answer), answer


def failed(error: Exception) -> Trouble:
    """Return what a request that got no answer comes down to, without any part of what was sent."""
    if isinstance(error, AddressError):
        return Trouble("unsent", f"{error}; {_ADDRESS}")
    if isinstance(error, Endless):
        return Trouble("false", f"{error}, so it is no collector; {_ADDRESS}")
    if isinstance(error, TimeoutError):
        return Trouble("gone", "no answer in time")
    if isinstance(error, OSError):
        return Trouble("gone", error.strerror or str(error)[:_MOST_TOLD] or type(error).__name__, True)
    if isinstance(error, http.client.HTTPException):
        return Trouble("false", f"its answer is not HTTP ({type(error).__name__}); {_ADDRESS}")
    # The text of a ValueError shows the header, and that may be a token.
    return Trouble(
        "unsent", f"the request cannot be made ({type(error).__name__}): check OTEL_EXPORTER_OTLP_HEADERS", False
    )


def judge(answer: Answer) -> Trouble | None:
    """Return what is wrong with an answer, None if it is a collector's that took everything."""
    status = answer.status
    if 200 <= status < 300:
        kind = answer.content_type.partition(";")[0].strip().lower()
        if not kind.startswith(_PAGES) and not answer.beginning.lstrip().lower().startswith(_PAGE_BEGINS):
            return None
        says = f"it answers with a web page (HTTP {status}), so something else listens there, or a login page stands"
        return Trouble("false", f"{says} in between; {_ADDRESS}")
    if 300 <= status < 400:
        where = f" to {shown(answer.location)}" if answer.location else ""
        return Trouble("false", f"it redirects (HTTP {status}){where}, where nothing is sent; {_ADDRESS}")
    hint = ", set OTEL_EXPORTER_OTLP_HEADERS" if status in (401, 403) else ""
    return Trouble("refused", f"it answers HTTP {status}{hint}", status in _AGAIN)


def say_unreachable(trouble: Trouble, address: str) -> None:
    """Say why telemetry does not arrive; each kind of trouble once."""
    say_once(
        f"unreachable {trouble.kind}", f"telemetry does not reach {address}: {trouble.words} (said once)", export=False
    )


def shown(url: str) -> str:
    """Return an address as it may be shown: no credentials, no query, nothing that moves a terminal's cursor."""
    try:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
        text = place + parts.path
    except ValueError:
        return "an address that is no URL"
    for signal in _SIGNALS:
        text = text.removesuffix(signal)
    return "".join(c if c.isprintable() else "?" for c in text[:_MOST_TOLD])


def _wait_s(answer: Answer | None, number: int) -> float:
    """Return how long to wait before the next try: what the answer asks for, if that is a number of seconds."""
    asked = answer.retry_after.strip() if answer is not None else ""
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return max(float(asked), _LEAST_WAIT_S)
    return _FIRST_WAIT_S * float(2**number) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
