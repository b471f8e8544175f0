"""Protobuf bodies -> columns with Google's parser and loops: where ptars has no wheel, and its oracle."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from culpa.collector.decode.anyvalue import plain_of
from culpa.collector.decode.builder import AttributesBuilder, LogsBuilder, SpansBuilder
from culpa.collector.decode.columns import RawLogs, RawSpans
from culpa.collector.decode.errors import Malformed
from culpa.collector.decode.resource import Scope, make_scope, resource_of

Request = TypeVar("Request", ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest)


def parse(kind: type[Request], body: bytes) -> Request:
    """Parse one body. Errors: Malformed."""
    try:
        return kind.FromString(body)
    except (DecodeError, RecursionError) as error:
        raise Malformed(f"cannot decode the body as OTLP protobuf ({error}); check the sender's encoding") from None


def read_spans(bodies: Sequence[bytes]) -> RawSpans:
    """Decode bodies of /v1/traces. Errors: Malformed."""
    spans = SpansBuilder()
    context = spans.context
    for body in bodies:
        context.bodies += 1
        for group in parse(ExportTraceServiceRequest, body).resource_spans:
            context.resources.append(resource_of(group.resource.SerializeToString(), group.schema_url))
            for scoped in group.scope_spans:
                context.scopes.append(_scope(scoped.scope))
                for span in scoped.spans:
                    context.add_row()
                    _add_span(spans, span)
    return spans.build()


def read_logs(bodies: Sequence[bytes]) -> RawLogs:
    """Decode bodies of /v1/logs. Errors: Malformed."""
    logs = LogsBuilder()
    context = logs.context
    for body in bodies:
        context.bodies += 1
        for group in parse(ExportLogsServiceRequest, body).resource_logs:
            context.resources.append(resource_of(group.resource.SerializeToString(), group.schema_url))
            for scoped in group.scope_logs:
                context.scopes.append(_scope(scoped.scope))
                for record in scoped.log_records:
                    context.add_row()
                    row: tuple[object, ...] = (
                        record.time_unix_nano,
                        record.observed_time_unix_nano,
                        record.severity_number,
                    )
                    row += (record.severity_text, record.event_name, record.trace_id, record.span_id)
                    for column, value in zip(logs.columns.values(), row, strict=True):
                        column.append(value)
                    logs.body.add(plain_of(record.body))
                    _add_attributes(logs.attributes, record.attributes)
    return logs.build()


def _scope(scope: common_pb2.InstrumentationScope) -> Scope:
    return make_scope(scope.name, scope.version)


def _add_span(spans: SpansBuilder, span: trace_pb2.Span) -> None:
    row: tuple[object, ...] = (
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.trace_state,
        span.name,
        span.kind,
    )
    row += (
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code,
        span.status.message,
        span.flags,
    )
    for column, value in zip(spans.columns.values(), row, strict=True):
        column.append(value)
    _add_attributes(spans.attributes, span.attributes)
    for event in span.events:
        spans.event_times.append(event.time_unix_nano)
        spans.event_names.append(event.name)
        _add_attributes(spans.event_attributes, event.attributes)
    spans.event_offsets.append(len(spans.event_times))
    for link in span.links:
        spans.link_ids.append((link.trace_id, link.span_id))
        _add_attributes(spans.link_attributes, link.attributes)
    spans.link_offsets.append(len(spans.link_ids))


def _add_attributes(target: AttributesBuilder, pairs: Iterable[common_pb2.KeyValue]) -> None:
    for pair in pairs:
        target.add(pair.key, plain_of(pair.value))
    target.close()
