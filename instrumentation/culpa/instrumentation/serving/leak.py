"""Keep one request's span from becoming the parent of the next request in the same worker thread."""

import logging
import threading
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.trace import Span

from culpa.instrumentation.calls.record import record_abort
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.body import watched
from culpa.instrumentation.serving.request import Request, hold, latest

_logger = logging.getLogger("opentelemetry.context")
#: Where the instrumentations of Flask and Django keep what they would have closed at the request's end.
_ACTIVATIONS = ("opentelemetry-flask.activation_key", "opentelemetry-instrumentor-django.activation_key")


def guard_context(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a WSGI entry; if an exception leaves it, end the span it left open and restore the context.

    After a normal return the answer's iterator still belongs to the request; it is watched until it ends.
    """
    before = _unleaked() or context.get_current()
    # Not current_thread: it would make gevent know of a thread for each greenlet, and not forget it in a forked child.
    if threading.get_ident() != threading.main_thread().ident:
        # A server's thread that marks no request: what is logged once the span has ended is still of it. In the main
        # thread, where a script may call its own app, nothing says where the request ends.
        hold()
    environ = args[0] if args else kwargs.get("environ")
    earlier = latest()
    if earlier is not None and earlier.span is None:
        earlier = None  # opened by the server for this very call
    try:
        chunks = wrapped(*args, **kwargs)
    except BaseException as error:
        _clean(before, error, environ, _opened(earlier))
        raise
    return watched(chunks, environ or {}, _opened(earlier))


def _opened(earlier: Request | None) -> Request | None:
    request = latest()
    return None if request is earlier else request


@guarded("taking away the span of an earlier request")
def _unleaked() -> context.Context:
    """Return the current context, without the span of an earlier request of this thread that nobody took away."""
    here = context.get_current()
    span = trace.get_current_span(here)
    if isinstance(span, Span) and not span.is_recording():
        here = context.Context()
        context.attach(here)
    return here


@guarded("restoring the context after a broken request")
def _clean(
    before: context.Context, error: BaseException, environ: dict[str, Any] | None, request: Request | None
) -> None:
    current = trace.get_current_span()
    left = current if current is not trace.get_current_span(before) else None
    spans = [span for span in (left, request.span if request is not None else None) if span is not None]
    for span in spans:
        record_abort(error, span)
    if left is not None:
        _close(error, environ or {})
    for span in spans:
        if span.is_recording():
            span.end()
    context.attach(before)


def _close(error: BaseException | None, environ: dict[str, Any]) -> None:
    """Close the instrumentation's own bracket: left open, it would undo our work whenever it is collected."""
    for key in _ACTIVATIONS:
        activation = environ.pop(key, None)
        if activation is not None:
            try:
                activation.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
            except BaseException as passed:
                if passed is not error:
                    raise


@guarded("ending a request that its framework left open")
def end_open(request: Request) -> None:
    """End the span of an ASGI request that is over, if its framework did not."""
    span = request.span
    if span is None or not span.is_recording():
        return
    # The bracket was opened in another task's context, which OpenTelemetry complains of, and nobody can help.
    _logger.addFilter(_nothing)
    try:
        _close(None, request.environ)
    finally:
        _logger.removeFilter(_nothing)
    if span.is_recording():
        span.end()


def _nothing(_: logging.LogRecord) -> bool:
    return False
