"""Culpa's own providers: what it sends goes through them, also where the program has set up providers of its own."""

from collections.abc import Mapping
from typing import Any

from opentelemetry._logs import LoggerProvider as AnyLoggerProvider
from opentelemetry._logs import get_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import TracerProvider as AnyTracerProvider
from opentelemetry.trace import get_tracer_provider

#: Set once OpenTelemetry is configured; the global ones until then.
_tracers: AnyTracerProvider | None = None
_loggers: AnyLoggerProvider | None = None


def keep() -> None:
    """Take the global providers of this moment for ours."""
    global _tracers, _loggers
    _tracers, _loggers = get_tracer_provider(), get_logger_provider()


def are_made() -> bool:
    """Tell whether ours are complete: what is made from now on is the program's."""
    return _tracers is not None


def tracers() -> AnyTracerProvider:
    """Return our provider of tracers; not the SDK's where nothing is sent."""
    return _tracers or get_tracer_provider()


def loggers() -> AnyLoggerProvider:
    """Return our provider of loggers; not the SDK's where nothing is sent."""
    return _loggers or get_logger_provider()


def resource() -> Mapping[str, Any]:
    """Return what our telemetry says of this process."""
    provider = tracers()
    return provider.resource.attributes if isinstance(provider, TracerProvider) else {}


def describe(more: Mapping[str, Any]) -> None:
    """Say more of this process, or something else, in all that is sent from now on."""
    own = Resource(dict(more))
    for provider in (tracers(), loggers()):
        if isinstance(provider, TracerProvider | LoggerProvider):
            provider._update_resource(own)  # pyright: ignore[reportPrivateUsage]  # no public way
