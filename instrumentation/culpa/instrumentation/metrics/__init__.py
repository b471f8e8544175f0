"""What a process and its machine had left: memory, CPU, files, threads, pools, the event loop.

Sent every 15 seconds and at once when a request failed, because what was used up is free again soon after. Read by
the rules about saturation; no measurement is taken inside of a request. CULPA_METRICS=off switches it off; the
instrumentations' own metrics are another matter (OTEL_METRICS_EXPORTER).
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from culpa.instrumentation.metrics import eventloop, machine, pools, process
from culpa.instrumentation.metrics.reader import FailureReader, exporter
from culpa.instrumentation.report import guarded

__all__ = ["FailureReader", "are_instruments_read", "describe", "is_on", "start"]

_OFF = frozenset(("off", "0", "false", "no"))
_SCOPE = "culpa.instrumentation"
_providers: list[MeterProvider] = []


def is_on() -> bool:
    """Tell whether these metrics are wanted."""
    return os.environ.get("CULPA_METRICS", "").strip().lower() not in _OFF


def are_instruments_read() -> bool:
    """Tell whether the user wants what the instrumentations measure themselves."""
    return os.environ.get("OTEL_METRICS_EXPORTER", "none").strip().lower() not in ("", "none")


@guarded("sending metrics of the process")
def start(resource: Resource, of_process: Callable[[], Mapping[str, str | int]]) -> FailureReader:
    """Begin to measure and send; return the reader, which is told of failures. `of_process` is asked in every fork."""
    reader = FailureReader(exporter())
    # A provider of its own: the global one would make every instrumentation count and time each request.
    provider = MeterProvider([reader], resource, shutdown_on_exit=False)
    _providers.append(provider)
    meter = provider.get_meter(_SCOPE)
    for part in (process, machine, pools, eventloop):
        part.observe(meter)

    @guarded("renewing the resource of metrics after a fork")
    def renew() -> None:
        describe(of_process())

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)
    return reader


def describe(more: Mapping[str, Any]) -> None:
    """Say more of this process, or something else, with all that is measured from now on."""
    for provider in _providers:
        provider._update_resource(Resource(dict(more)))  # pyright: ignore[reportPrivateUsage]  # no public way
