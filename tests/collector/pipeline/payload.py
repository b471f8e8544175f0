"""OTLP bodies for tests: ids count from one, clocks step by a second."""

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

#: 2026-01-01T00:00:00Z in nanoseconds.
START_NS = 1_767_225_600 * 10**9


def traces(first: int, count: int, *, status: int = 0, bad_ids: int = 0) -> ExportTraceServiceRequest:
    """Return spans numbered from `first`, each of its own trace; the last `bad_ids` have broken ids."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    service = resource.resource.attributes.add()
    service.key, service.value.string_value = "service.name", "shop"
    scope = resource.scope_spans.add()
    for number in range(first, first + count):
        span = scope.spans.add()
        is_bad = number >= first + count - bad_ids
        span.trace_id = number.to_bytes(5 if is_bad else 16)
        span.span_id = number.to_bytes(8)
        span.name = f"GET /{number}"
        span.kind = 2
        span.start_time_unix_nano = START_NS + number * 10**9
        span.end_time_unix_nano = span.start_time_unix_nano + 10**6
        if status:
            attribute = span.attributes.add()
            attribute.key, attribute.value.int_value = "http.response.status_code", status
            span.status.code = 2
    return request


def traces_json(first: int, count: int, *, bad_ids: int = 0) -> dict[str, object]:
    """Return the same as JSON, with the hex ids of OTLP (protobuf's own JSON has base64)."""
    request = traces(first, count, bad_ids=bad_ids)
    found: dict[str, object] = MessageToDict(request)
    spans = found["resourceSpans"][0]["scopeSpans"][0]["spans"]  # type: ignore[index]
    for given, span in zip(request.resource_spans[0].scope_spans[0].spans, spans, strict=True):
        span["traceId"], span["spanId"], span["kind"] = given.trace_id.hex(), given.span_id.hex(), 2
    return found


def logs(count: int) -> ExportLogsServiceRequest:
    """Return log records."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(1, count + 1):
        record = scope.log_records.add()
        record.time_unix_nano = START_NS + number * 10**9
        record.body.string_value = f"line {number}"
    return request


def metrics(count: int) -> ExportMetricsServiceRequest:
    """Return gauge points."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "queue.length"
    for number in range(1, count + 1):
        point = metric.gauge.data_points.add()
        point.time_unix_nano = START_NS + number * 10**9
        point.as_int = number
    return request
