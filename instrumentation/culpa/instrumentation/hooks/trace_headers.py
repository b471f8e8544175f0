"""The trace's id in the headers of an answer, so that whoever got it can quote it: `culpa explain ID` finds it.

CULPA_TRACE_HEADERS says on which answers: `errors` (5xx, the default), `all`, or `off`. The body stays as it is, and so
does a header of the app's own by one of these names. Source: W3C Trace Context Level 2 draft, `traceresponse`.
"""

import os
from types import ModuleType
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.instrumentation import propagators
from opentelemetry.trace import Span, format_span_id, format_trace_id
from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import guarded, say_once, when_imported
from culpa.instrumentation.serving.request import current

SWITCH: Final = "CULPA_TRACE_HEADERS"
_LEAST: Final = {"errors": 500, "all": 0}
_OFF: Final = 1000


def install() -> None:
    """Stand where answers begin: ASGI and Django by OpenTelemetry's own seam, WSGI and Flask by ours."""
    word = os.environ.get(SWITCH, "").strip().lower() or "errors"
    if word not in (*_LEAST, "off"):
        say_once(SWITCH, f"{SWITCH}={word[:40]} is none of errors, all and off; no answer gets a trace's id")
    least = _LEAST.get(word, _OFF)
    if least == _OFF:
        return
    # Any: they have no types.
    seam: Any = propagators
    seam.set_global_response_propagator(_Headers(least, seam.get_global_response_propagator()))

    def wrap_wsgi(module: ModuleType) -> None:
        wrap_function_wrapper(module, "OpenTelemetryMiddleware._create_start_response", _Wsgi(least))

    def wrap_flask(module: ModuleType) -> None:
        wrap_function_wrapper(module, "Flask.finalize_request", _Flask(least))

    when_imported("opentelemetry.instrumentation.wsgi", wrap_wsgi)
    when_imported("flask.app", wrap_flask)


def _told(span: Span) -> dict[str, str]:
    """Return what an answer says of its request; nothing where there is no span."""
    own = span.get_span_context()
    if not own.is_valid:
        return {}
    trace_id = format_trace_id(own.trace_id)
    flags = f"{own.trace_flags & 0xFF:02x}"
    return {"traceresponse": f"00-{trace_id}-{format_span_id(own.span_id)}-{flags}", "X-Trace-Id": trace_id}


class _Headers(propagators.ResponsePropagator):
    """Called by OpenTelemetry's instrumentations; of those that tell no status with it nothing is changed."""

    def __init__(self, least: int, theirs: propagators.ResponsePropagator | None) -> None:
        self._least = least
        self._theirs = theirs

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:
        if self._theirs is not None:
            theirs: Any = self._theirs
            theirs.inject(carrier, context=context, **({} if setter is None else {"setter": setter}))
        self._add(carrier, trace.get_current_span(context))

    @guarded("adding the trace's id to an answer")
    def _add(self, carrier: Any, span: Span) -> None:
        if isinstance(carrier, dict):
            message: dict[str, Any] = carrier  # pyright: ignore[reportUnknownVariableType] - as ASGI has it
            if message.get("type") == "http.response.start" and message.get("status", 0) >= self._least:
                _add_to_message(message, _told(span))
        elif getattr(carrier, "status_code", -1) >= self._least:
            for name, value in _told(span).items():
                carrier.headers.setdefault(name, value)


def _add_to_message(message: dict[str, Any], told: dict[str, str]) -> None:
    """Put headers into ASGI's begin of an answer; in a list of their own, since that of the app may serve again."""
    given: list[tuple[bytes, bytes]] = list(message.get("headers") or ())
    names = {bytes(name).lower() for name, _ in given}
    more = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    message["headers"] = given + [pair for pair in more if pair[0] not in names]


class _Wsgi:
    """Gives an app a `start_response` that adds the headers to a copy of the app's."""

    def __init__(self, least: int) -> None:
        self._least = least

    def __call__(self, wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        span, start_response, *rest = args

        def start(status: Any, headers: Any, *more: Any, **named: Any) -> Any:
            return start_response(status, self._with_id(status, headers, span) or headers, *more, **named)

        return wrapped(span, start, *rest, **kwargs)

    @guarded("adding the trace's id to an answer")
    def _with_id(self, status: Any, headers: Any, span: Span) -> Any:
        if int(str(status)[:3]) < self._least:
            return None
        names = {str(name).lower() for name, _ in headers}
        return [*headers, *(pair for pair in _told(span).items() if pair[0].lower() not in names)]


class _Flask:
    """Adds the headers when an answer is complete, handlers of errors and of the end included."""

    def __init__(self, least: int) -> None:
        self._least = least

    def __call__(self, wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        response = wrapped(*args, **kwargs)
        self._add(response)
        return response

    @guarded("adding the trace's id to an answer")
    def _add(self, response: Any) -> None:
        if response.status_code >= self._least:
            mine = current()
            span = mine.span if mine is not None and mine.span is not None else trace.get_current_span()
            for name, value in _told(span).items():
                response.headers.setdefault(name, value)
