"""What a declarative configuration (`OTEL_CONFIG_FILE`) set up is completed: it decides where telemetry goes."""

import os
from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context, get_current
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import CarrierT, Getter, default_getter
from opentelemetry.sdk.trace import TracerProvider

from culpa.instrumentation.export import providers
from culpa.instrumentation.serving import request
from culpa.instrumentation.serving.inflight import Journal

#: How the SDK calls a service that the file does not name.
_UNNAMED = "unknown_service"


def complete(provider: TracerProvider, journal: Journal, process: Mapping[str, str | int]) -> None:
    """Follow the requests of what the file set up, and say of which process they are; what the file says wins."""
    provider.add_span_processor(request.Requests(journal))
    said = dict(provider.resource.attributes)
    if str(said.get("service.name", _UNNAMED)).startswith(_UNNAMED):
        said.pop("service.name", None)
    more = {**process, "service.name": os.environ.get("OTEL_SERVICE_NAME", "")}
    providers.describe({key: value for key, value in more.items() if value and key not in said})


def mend_propagation() -> None:
    """Let no propagator at all (`OTEL_PROPAGATORS=none`, or a file that names none) mean that nothing is read.

    The SDK's then returns no context, on which its instrumentations end each request with an AttributeError.
    """
    original = CompositePropagator.extract

    def extract(
        self: CompositePropagator,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        found: Any = original(self, carrier, context, getter=getter)
        here: Context = get_current() if found is None else found
        return here

    CompositePropagator.extract = extract  # type: ignore[method-assign]
