"""The request that a thread or a task is working on: its span, and what was raised on its way."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.exceptions.raised import Raised
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.inflight import Journal

_SERVED = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})
#: Spans that are never ended must not fill the memory; far more than any process serves at a time.
_MAX_RUNNING = 4096


#: Loggers that speak of a span which its instrumentation ends once more, when the interpreter collects what is left.
_COMPLAINING = ("opentelemetry.sdk.trace", "opentelemetry.context")


class Request:
    """One inbound request or task. `is_held` says that its server marks where it ends."""

    __slots__ = ("environ", "is_cut_off", "is_held", "is_over", "raised", "slot", "span")

    def __init__(self, *, is_held: bool = False) -> None:
        self.span: Span | None = None
        self.is_held = is_held
        self.is_over = False
        #: The process ends with it, perhaps before anything more is sent: then another process tells of it.
        self.is_cut_off = False
        self.slot = -1
        self.raised: list[Raised] = []
        #: What the framework keeps of it, where that is needed to end it.
        self.environ: dict[str, Any] = {}


_current: ContextVar[Request | None] = ContextVar("culpa_request", default=None)
_running: dict[int, Request] = {}
_begun = False
_written: Journal | None = None


def current() -> Request | None:
    """Return the request that is being worked on here, None outside of one."""
    request = _current.get()
    return request if request is not None and (request.is_held or not request.is_over) else None


def latest() -> Request | None:
    """Return the request that was opened last here, over or not."""
    return _current.get()


def has_served() -> bool:
    """Return whether this process has begun any request."""
    return _begun


def of(span: Span) -> Request | None:
    """Return the unfinished request whose own span this is."""
    own = span.context
    return _running.get(own.span_id) if own is not None else None


def context_for_logs() -> context.Context:
    """Return the current context or, where it has no span any more, the one of the request's own span.

    What a server logs of a request comes after the app's span has ended.
    """
    here = context.get_current()
    if trace.get_current_span(here).get_span_context().is_valid:
        return here
    request = current()
    if request is None or request.span is None:
        return here
    return trace.set_span_in_context(request.span, here)


def hold() -> Request:
    """Open the request of this task, to be filled by its span, unless one around it is open already."""
    request = current()
    if request is None:
        request = Request(is_held=True)
        _current.set(request)
    return request


@contextmanager
def boundary() -> Generator[None]:
    """Mark the whole of a server's work on one request: nothing of an older one is inside, nothing of this is left."""
    token = context.attach(context.Context())
    here = _current.set(Request(is_held=True))
    try:
        yield
    finally:
        _current.reset(here)
        context.detach(token)


class Requests(SpanProcessor):
    """Follows each request from the start of its span to the end, here and in the journal for those who outlive us."""

    def __init__(self, journal: Journal) -> None:
        global _written
        self._journal = _written = journal

    def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
        """Open the request of a SERVER or CONSUMER span."""
        if span.kind in _SERVED:
            self._started(span)

    def on_end(self, span: ReadableSpan) -> None:
        """Close it."""
        if span.kind in _SERVED:
            self._ended(span)

    @guarded("following a request")
    def _started(self, span: Span) -> None:
        global _begun
        own = span.context
        _begun = True
        if own is None or len(_running) >= _MAX_RUNNING:
            return
        request = _current.get()
        if request is None or request.span is not None:
            held = request.is_held if request is not None else False
            request = Request(is_held=held or (span.kind is SpanKind.SERVER and _in_a_task()))
            _current.set(request)
        request.span = span
        _running[own.span_id] = request
        request.slot = self._journal.begin(span)

    @guarded("following a request to its end")
    def _ended(self, span: ReadableSpan) -> None:
        own = span.context
        request = _running.pop(own.span_id, None) if own is not None else None
        if request is not None:
            request.is_over = True
            (self._journal.leave if request.is_cut_off else self._journal.end)(request.slot)


@guarded("ending the requests that the process leaves unfinished")
def abandon() -> None:
    """End the spans of requests that a proper end of the process cuts off; a failure unless their answer had begun."""
    for request in list(_running.values()):
        span = request.span
        if span is None or not span.is_recording():
            continue
        own = span.attributes or {}
        answered = any(name in own for name in ("http.response.status_code", "http.status_code"))
        if not answered and own.get("url.scheme", own.get("http.scheme")) not in ("ws", "wss"):
            span.set_attribute("error.type", "process_died")
            span.set_status(Status(StatusCode.ERROR, "the process ended while it worked on this request"))
        span.end()
        for name in _COMPLAINING:
            logging.getLogger(name).addFilter(lambda _: False)


@guarded("striking out what was told")
def sent() -> None:
    """Say that all which has ended was sent, also what the end of the process cuts off."""
    if _written is not None:
        _written.sent()


def forget() -> None:
    """Drop all requests: a forked child serves none of its parent's."""
    _running.clear()
    _current.set(None)


def _in_a_task() -> bool:
    """Return whether this runs on an event loop; ASGI servers give each request a task and so a context of its own."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
