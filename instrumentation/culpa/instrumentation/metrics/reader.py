"""Collect and send metrics now and then, and when something failed."""

import os
import threading
import time
from typing import Any

from opentelemetry.sdk.metrics.export import MetricExporter, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from culpa.instrumentation.report import guarded

_EVERY_MS = 15_000
#: A storm of failures needs one look at the machine, not one each.
_BETWEEN_S = 5.0


def exporter() -> MetricExporter:
    """Return an exporter for the protocol that the environment asks for."""
    name = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"
    protocol = os.environ.get(name) or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcExporter

        return GrpcExporter()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return OTLPMetricExporter()


class FailureReader(PeriodicExportingMetricReader, SpanProcessor):
    """A reader that also reads when a request has failed; as a span processor it hears of that.

    Promise: an ending process does not wait for it; what it held since the last reading is not sent.
    """

    def __init__(self, exporter: MetricExporter) -> None:
        interval = os.environ.get("OTEL_METRIC_EXPORT_INTERVAL", "")
        super().__init__(exporter, float(interval) if interval.isdigit() and int(interval) else _EVERY_MS)
        self._last_s = 0.0
        self._reading = threading.Thread()

    def on_end(self, span: ReadableSpan) -> None:
        """Read, in a thread of its own, if this was a request that failed."""
        if span.kind is SpanKind.SERVER and span.status.status_code is StatusCode.ERROR:
            self._read_soon()

    @guarded("reading metrics after a failure")
    def _read_soon(self) -> None:
        now = time.monotonic()
        if now - self._last_s >= _BETWEEN_S and not self._reading.is_alive():
            self._last_s = now
            self._reading = threading.Thread(target=self.collect, daemon=True, name="culpa-metrics")
            self._reading.start()

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        """Export; nothing once the process is ending, when the base class would collect once more."""
        if not self._shutdown:
            super()._receive_metrics(metrics_data, timeout_millis, **kwargs)  # pyright: ignore[reportUnknownMemberType]  # SDK

    def _at_fork_reinit(self) -> None:
        # Held by a thread that did not come along, it would never be free again.
        self._export_lock = threading.Lock()
        super()._at_fork_reinit()  # type: ignore[no-untyped-call]  # SDK

    def shutdown(self, timeout_millis: float = 0, **_: Any) -> None:
        """Stop at once."""
        self._shutdown = True
        self._shutdown_event.set()

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Leave metrics to their own rhythm: a flush of spans must not wait for them."""
        return True
