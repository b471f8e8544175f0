"""What Laravel's log formats have in common: the request in the context."""

from collections.abc import Mapping
from typing import NamedTuple

from culpa.collector.formats._ids import from_traceparent, usable_span_id, usable_trace_id

_IDS = ("request_id", "request-id", "requestId", "x_request_id", "X-Request-Id", "correlation_id")
_TRACES = ("trace_id", "traceId")
_SPANS = ("span_id", "spanId")
_TARGETS = ("url", "uri", "path", "request_uri")
_METHODS = ("method", "http_method", "verb")
_OTHERS = {"userId": "enduser.id", "user_id": "enduser.id"}


class LoggedRequest(NamedTuple):
    """The request that a record is about, as far as its context tells; absent is ''."""

    trace_id: str
    span_id: str
    request_id: str
    method: str
    target: str
    others: list[tuple[str, object]]


def request_in(context: Mapping[str, object]) -> LoggedRequest:
    """Read the request out of a context's values."""

    def first(names: tuple[str, ...]) -> str:
        return next((value for name in names if isinstance(value := context.get(name), str) and value), "")

    trace, span = from_traceparent(first(("traceparent",)))
    request_id = first(_IDS)
    trace = trace or usable_trace_id(first(_TRACES)) or usable_trace_id(request_id)
    others: list[tuple[str, object]] = [(name, context.get(key)) for key, name in _OTHERS.items()]
    return LoggedRequest(
        trace, span or usable_span_id(first(_SPANS)), request_id, first(_METHODS), first(_TARGETS), others
    )
