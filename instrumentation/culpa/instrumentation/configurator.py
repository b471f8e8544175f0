"""Configure the SDK as `culpa run` needs it: resource, flush on error, bounded shutdown."""

import os
import socket
from typing import Any

from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk._configuration import _OTelSDKConfigurator  # pyright: ignore[reportPrivateUsage]  # made for distros
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from culpa.instrumentation.environment import resource_attributes
from culpa.instrumentation.export import BriefLogProcessor, FailureSpanProcessor, quieten
from culpa.instrumentation.report import guarded


class CulpaConfigurator(_OTelSDKConfigurator):
    """The entry point `opentelemetry_configurator`."""

    def _configure(self, **kwargs: Any) -> None:
        # With OTEL_CONFIG_FILE the user's declarative configuration decides everything.
        if not os.environ.get("OTEL_CONFIG_FILE"):
            kwargs.setdefault("resource_attributes", {}).update(_process())
            kwargs.setdefault("export_span_processor", FailureSpanProcessor)
            kwargs.setdefault("export_log_record_processor", BriefLogProcessor)
            quieten(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "the collector"))
        super()._configure(**kwargs)  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]  # SDK
        provider = trace.get_tracer_provider()
        if isinstance(provider, TracerProvider):
            os.register_at_fork(after_in_child=lambda: _renew(provider.resource))


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
def _renew(resource: Resource) -> None:
    # In place: every tracer and logger holds this same object, and a server's workers are all forks.
    resource._attributes = BoundedAttributes(attributes={**resource.attributes, **_process()})  # pyright: ignore[reportPrivateUsage]  # no public way
