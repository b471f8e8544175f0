"""The exporters of the real OpenTelemetry SDK are content with the collector's answers."""

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

from culpa.store import RemoteStore

from .conftest import Running


@pytest.mark.parametrize("transport", ["http", "http gzip", "grpc"])
def test_what_the_sdk_exports_can_be_read(collector: Running, transport: str) -> None:
    """A span with an exception, through each transport; the export says SUCCESS."""
    exporter: HttpExporter | GrpcExporter
    if transport == "grpc":
        exporter = GrpcExporter(endpoint=f"http://127.0.0.1:{collector.grpc_port}", insecure=True)
    else:
        compression = Compression.Gzip if "gzip" in transport else Compression.NoCompression
        exporter = HttpExporter(f"{collector.url}/v1/traces", compression=compression)
    results: list[SpanExportResult] = []
    export = exporter.export
    exporter.export = lambda spans: (results.append(export(spans)), results[-1])[1]  # type: ignore[method-assign]
    provider = TracerProvider(resource=Resource({"service.name": transport}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.raises(ZeroDivisionError), provider.get_tracer("test").start_as_current_span("GET /orders"):
        raise ZeroDivisionError("division by zero")
    provider.shutdown()
    assert [SpanExportResult.SUCCESS] == results
    sql = (
        "select span.span_name, fault.type from spans as span "
        "join exceptions as fault on fault.trace_id = span.trace_id where span.service_name = $service"
    )
    rows = RemoteStore(collector.url).query(sql, {"service": transport}).to_pylist()
    assert [{"span_name": "GET /orders", "type": "ZeroDivisionError"}] == rows
