"""Put what our hooks saw on spans. Every function is safe to call from inside the user's request."""

import time
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.exceptions.origin import type_name
from culpa.instrumentation.report import guarded

Attributes = Mapping[str, str | int | bool]

_SLOW_NS = 100_000_000


@guarded("recording a handled exception")
def record_handled(error: BaseException) -> None:
    """Add an exception that a handler turned into a 5xx to the current span."""
    span = trace.get_current_span()
    if span.is_recording():
        span.record_exception(error, {"exception.handled": True})


@guarded("recording an exception that ended a request")
def record_abort(error: BaseException, span: trace.Span | None = None) -> None:
    """Mark a server span as failed by what left the app (SystemExit, a broken teardown): a 500."""
    span = span or trace.get_current_span()
    if span.is_recording():
        span.record_exception(error, escaped=True)
        span.set_attribute("error.type", type_name(error))
        span.set_attribute("http.response.status_code", 500)
        span.set_status(Status(StatusCode.ERROR, type_name(error)))


@guarded("recording a failed operation")
def record_failed(
    name: str,
    start_ns: int,
    error: BaseException,
    attributes: Attributes,
    *,
    kind: SpanKind = SpanKind.CLIENT,
    error_type: str = "",
) -> None:
    """Write a finished ERROR span for an operation that failed."""
    span = _tracer().start_span(name, kind=kind, attributes=dict(attributes), start_time=start_ns)
    span.record_exception(error)
    span.set_attribute("error.type", error_type or type_name(error))
    span.set_status(Status(StatusCode.ERROR, type_name(error)))
    span.end()


def record_exhausted(start_ns: int, error: BaseException, size: int, used: int, **more: int) -> None:
    """Write the span of a wait for a pool of connections that ran out: the app's own trouble, not the database's."""
    state = {"pool.size": size, "pool.checked_out": used} | {f"pool.{name}": number for name, number in more.items()}
    record_failed("pool.checkout", start_ns, error, state, kind=SpanKind.INTERNAL, error_type="pool_timeout")


def is_slow(start_ns: int) -> bool:
    """Say whether what began then took so long that it is worth a span although it went well."""
    return now_ns() - start_ns > _SLOW_NS


@guarded("recording a slow connect")
def record_slow(name: str, start_ns: int, attributes: Attributes) -> None:
    """Write a finished span for an operation that succeeded but took its time."""
    _tracer().start_span(name, kind=SpanKind.CLIENT, attributes=dict(attributes), start_time=start_ns).end()


def now_ns() -> int:
    """Return the time that spans are stamped with, nanoseconds since 1970."""
    return time.time_ns()


def _tracer() -> trace.Tracer:
    return trace.get_tracer("culpa.instrumentation")
