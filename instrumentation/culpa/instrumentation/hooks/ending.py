"""The end of a request's span: the last moment at which it can still say why it failed."""

import sys
from typing import Any

from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.request import of
from culpa.instrumentation.serving.time_limit import exceeded

_original = Span.end
_STATUS = ("http.response.status_code", "http.status_code")


def install() -> None:
    """Wrap the SDK's Span.end: in a processor's `_on_ending` the span takes nothing any more."""
    Span.end = _end  # type: ignore[method-assign]


def _end(self: Span, end_time: int | None = None) -> None:
    if self.is_recording():
        if self.kind is SpanKind.SERVER:
            _complete(self)
        elif self.kind is SpanKind.CONSUMER:
            _cut_off(self)
    _original(self, end_time)


@guarded("completing the span of a failed request")
def _complete(span: Span) -> None:
    own: Any = span.attributes or {}
    status = own.get(_STATUS[0]) or own.get(_STATUS[1]) or 0
    failed = (isinstance(status, int) and status >= 500) or span.status.status_code is StatusCode.ERROR
    if not failed:
        return
    exceptions = [event for event in span.events if event.name == "exception"]
    if not exceptions:
        request = of(span)
        for raised in request.raised if request is not None else ():
            raised.record(span)
    elif not span.status.description:
        # The instrumentation's status by the number overwrote what it said of the exception.
        kind = (exceptions[-1].attributes or {}).get("exception.type", "")
        span.set_status(Status(StatusCode.ERROR, str(kind)))


@guarded("marking the work that the end of its process cuts off")
def _cut_off(span: Span) -> None:
    """Mark a task whose process is told to end: Celery's pool makes a SystemExit of that, and kills 0.1 s later.

    No instrumentation takes it for an error. A handler that ends its process in order, with status 0, did its work.
    """
    error = sys.exc_info()[1]
    if not isinstance(error, SystemExit) or error.code in (None, 0) or span.status.status_code is StatusCode.ERROR:
        return
    limit = exceeded(span)
    if limit is None:
        span.set_attribute("error.type", "process_died")
        span.set_status(Status(StatusCode.ERROR, "the process ended while it worked on this request"))
    else:
        span.set_attribute("error.type", limit.type)
        span.add_event("exception", {"exception.type": limit.type, "exception.message": limit.message})
        span.set_status(Status(StatusCode.ERROR, limit.message))
    request = of(span)
    if request is not None:
        request.is_cut_off = True
