"""Collect and send metrics now and then, and when something failed."""

import os
import time
from typing import Any

from opentelemetry.sdk.metrics.export import MetricExporter, MetricReader, MetricsData
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from culpa.instrumentation import native
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


class FailureReader(MetricReader, SpanProcessor):
    """A reader that also reads when a request has failed; as a span processor it hears of that.

    Promise: an ending process does not wait for it; what it held since the last reading is not sent.
    """

    def __init__(self, exporter: MetricExporter) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,  # pyright: ignore[reportPrivateUsage]  # made for readers
            preferred_aggregation=exporter._preferred_aggregation,  # pyright: ignore[reportPrivateUsage]
        )
        self._exporter = exporter
        interval = os.environ.get("OTEL_METRIC_EXPORT_INTERVAL", "")
        self._every_s = (int(interval) if interval.isdigit() and int(interval) else _EVERY_MS) / 1000
        self._last_s = 0.0
        self._is_over = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    @guarded("starting the thread that sends metrics")
    def _begin(self) -> None:
        self._bell = native.Bell()
        native.start(self._run)

    def on_end(self, span: ReadableSpan) -> None:
        """Read, in the reader's own thread, if this was a request that failed."""
        if span.kind is SpanKind.SERVER and span.status.status_code is StatusCode.ERROR:
            now = time.monotonic()
            if now - self._last_s >= _BETWEEN_S:
                self._last_s = now
                self._bell.ring()

    def _run(self) -> None:
        while not self._is_over:
            self._bell.wait(self._every_s)
            if not self._is_over:
                self._read()

    @guarded("sending metrics")
    def _read(self) -> None:
        self.collect()

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        """Export; nothing once the process is ending."""
        if not self._is_over:
            self._exporter.export(metrics_data, timeout_millis=timeout_millis)  # pyright: ignore[reportUnknownMemberType]  # SDK

    def shutdown(self, timeout_millis: float = 0, **_: Any) -> None:
        """Stop at once."""
        self._is_over = True
        self._bell.ring()

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Leave metrics to their own rhythm: a flush of spans must not wait for them."""
        return True
