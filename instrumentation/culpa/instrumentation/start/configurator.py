"""Configure the SDK as `culpa run` needs it: resource, flush on error, bounded shutdown."""

import atexit
import os
import socket
from pathlib import Path
from typing import Any

from opentelemetry.sdk._configuration import _OTelSDKConfigurator  # pyright: ignore[reportPrivateUsage]  # made for distros
from opentelemetry.sdk._logs.export import LogRecordExporter
from opentelemetry.sdk.metrics._internal import (
    _disable_meter_configurator,  # pyright: ignore[reportPrivateUsage]  # the one of its kind
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter

from culpa.instrumentation import metrics
from culpa.instrumentation.export import providers
from culpa.instrumentation.export.clean import clean_logs, clean_spans
from culpa.instrumentation.export.processors import BriefLogProcessor, FailureSpanProcessor, quieten
from culpa.instrumentation.export.unsampled import record_all
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving import deaths, request
from culpa.instrumentation.serving.inflight import Journal, folder
from culpa.instrumentation.start import declared, theirs
from culpa.instrumentation.surroundings.environment import conceal, resource_attributes


class CulpaConfigurator(_OTelSDKConfigurator):
    """The entry point `opentelemetry_configurator`."""

    def _configure(self, **kwargs: Any) -> None:
        place = folder(os.environ)
        journal = Journal(place, providers.resource)
        declared.mend_propagation()
        # With OTEL_CONFIG_FILE the user's declarative configuration decides where telemetry goes, and what is sent.
        is_declared = bool(os.environ.get("OTEL_CONFIG_FILE"))
        if is_declared:
            # The SDK takes nothing beside the file, and warns of what it is given.
            kwargs.clear()
        else:
            kwargs.setdefault("resource_attributes", {}).update(_process())
            kwargs.setdefault("export_span_processor", _spans)
            kwargs.setdefault("export_log_record_processor", _logs)
            kwargs["span_processors"] = [*(kwargs.get("span_processors") or ()), request.Requests(journal)]
            if not metrics.are_instruments_read():
                # The instrumentations would count and time every request for nobody.
                kwargs.setdefault("meter_configurator", _disable_meter_configurator)
            quieten(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "the collector"))
        super()._configure(**kwargs)  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]  # SDK
        provider = providers.tracers()
        if isinstance(provider, TracerProvider):
            if is_declared:
                _complete(provider, journal)
            record_all(provider)
            reader = metrics.start(provider.resource, _process) if metrics.is_on() else None
            if reader is not None:
                provider.add_span_processor(reader)
            os.register_at_fork(after_in_child=_renew)
            os.register_at_fork(after_in_child=request.forget)
            os.register_at_fork(after_in_child=journal.forget)
            # Handlers run in reverse order: requests are ended, the file goes, the provider sends what there is.
            atexit.register(journal.close)
            atexit.register(request.abandon)
            if place is not None:
                _keep_watch(journal, place)
            _give_way()


@guarded("making room for the program's own OpenTelemetry")
def _give_way() -> None:
    providers.keep()
    theirs.give_way()
    conceal(os.environ)


@guarded("following the requests of a declarative configuration")
def _complete(provider: TracerProvider, journal: Journal) -> None:
    declared.complete(provider, journal, _process())


def _spans(exporter: SpanExporter) -> FailureSpanProcessor:
    return FailureSpanProcessor(clean_spans(exporter))


def _logs(exporter: LogRecordExporter) -> BriefLogProcessor:
    return BriefLogProcessor(clean_logs(exporter))


@guarded("watching over the processes of this service")
def _keep_watch(journal: Journal, place: Path) -> None:
    watch = deaths.Watch(journal, place)
    journal.on_open = watch.start
    deaths.watch = watch
    os.register_at_fork(after_in_child=watch.forget)
    if place.exists():
        watch.start()


def _process() -> dict[str, str | int]:
    """Return what tells this process from its siblings; what the user set is left out, because it wins."""
    host = socket.gethostname()
    found: dict[str, str | int] = {
        "process.pid": os.getpid(),
        "host.name": host,
        "service.instance.id": f"{host}:{os.getpid()}",
    }
    given = resource_attributes(os.environ)
    return {key: value for key, value in found.items() if key not in given}


@guarded("renewing the process id after a fork")
def _renew() -> None:
    # A server's workers are all forks. Each of the SDK's providers keeps, since it renews a part of it itself, a
    # resource of its own.
    providers.describe(_process())
