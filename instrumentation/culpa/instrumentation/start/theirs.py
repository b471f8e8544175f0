"""A program that sets up OpenTelemetry itself keeps what it set up; what we send is taken from it beside that."""

import logging
from collections.abc import Callable
from typing import Any

from opentelemetry import _logs, trace
from opentelemetry._logs import _internal as logs_internal
from opentelemetry.metrics import _internal as metrics_internal
from opentelemetry.sdk import _configuration
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.util._once import Once

from culpa.instrumentation import metrics
from culpa.instrumentation.export import providers
from culpa.instrumentation.export.beside import LogsBeside, SpansBeside
from culpa.instrumentation.export.processors import speak_again
from culpa.instrumentation.report import guarded

_logger = logging.getLogger("culpa.instrumentation")
#: How the SDK calls a service that nobody has named.
_UNNAMED = "unknown_service"


def give_way() -> None:
    """Let the program's own providers become the global ones when it sets them, as if ours were not there."""
    _replace(trace, "set_tracer_provider", _take_tracers)
    _replace(_logs, "set_logger_provider", _take_loggers)
    if not metrics.are_instruments_read():
        # Nobody reads the instruments of ours. Those of the instrumentations wait for a provider of the program's.
        metrics_internal._METER_PROVIDER = None  # pyright: ignore[reportPrivateUsage]  # no public way
        metrics_internal._PROXY_METER_PROVIDER = type(metrics_internal._PROXY_METER_PROVIDER)()  # pyright: ignore[reportPrivateUsage]
        metrics_internal._METER_PROVIDER_SET_ONCE = Once()  # pyright: ignore[reportPrivateUsage]


def _replace(module: Any, name: str, take: Callable[[Any], None]) -> None:
    """Let a `set_…_provider` take one provider, and no second: ours is none, the program's is."""
    once = Once()
    guarded_take = guarded("giving way to the program's own OpenTelemetry")(take)

    def give_way_to(provider: Any) -> None:
        if not once.do_once(lambda: guarded_take(provider)):
            _logger.warning("Overriding of current %s is not allowed", type(provider).__name__)

    for place in (module, _configuration):
        setattr(place, name, give_way_to)


def _take_tracers(theirs: Any) -> None:
    ours = providers.tracers()
    trace._TRACER_PROVIDER = theirs  # pyright: ignore[reportPrivateUsage]  # no public way
    speak_again()
    # Tools that wrap the SDK's provider in one of theirs keep it there.
    inner = theirs if isinstance(theirs, TracerProvider) else getattr(theirs, "provider", None)
    if isinstance(ours, TracerProvider) and isinstance(inner, TracerProvider) and inner is not ours:
        _describe_as(inner)
        _lend_tracers(ours, inner)
        inner.add_span_processor(SpansBeside(ours))


def _describe_as(theirs: TracerProvider) -> None:
    described = dict(theirs.resource.attributes)
    if str(described.get("service.name", _UNNAMED)).startswith(_UNNAMED):
        described.pop("service.name", None)
    providers.describe(described)
    metrics.describe(described)


def _lend_tracers(ours: TracerProvider, theirs: TracerProvider) -> None:
    """Let the tracers that instrumentations have of ours make spans of theirs."""
    with ours._tracers_lock, theirs._tracers_lock:  # pyright: ignore[reportPrivateUsage]  # no public way
        for scope, tracer in ours._tracers.items():  # pyright: ignore[reportPrivateUsage]
            tracer.sampler, tracer.id_generator = theirs.sampler, theirs.id_generator
            tracer.span_processor = theirs._active_span_processor  # pyright: ignore[reportPrivateUsage]
            tracer._span_limits = theirs._span_limits  # pyright: ignore[reportPrivateUsage]
            tracer.resource = theirs.resource
            theirs._tracers.setdefault(scope, tracer)  # pyright: ignore[reportPrivateUsage]
        ours._tracers.clear()  # pyright: ignore[reportPrivateUsage]


def _take_loggers(theirs: Any) -> None:
    ours = providers.loggers()
    logs_internal._LOGGER_PROVIDER = theirs  # pyright: ignore[reportPrivateUsage]  # no public way
    if isinstance(ours, LoggerProvider) and isinstance(theirs, LoggerProvider) and theirs is not ours:
        theirs.add_log_record_processor(LogsBeside(ours))
