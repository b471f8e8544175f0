"""JSON bodies of /v1/traces and /v1/logs -> the same columns as protobuf."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import pyarrow as pa
from opentelemetry.proto.logs.v1 import logs_pb2  # pyright: ignore[reportMissingTypeStubs] - generated code
from opentelemetry.proto.trace.v1 import trace_pb2

from culpa.collector.decode import json_shapes as shapes
from culpa.collector.decode.builder import AttributesBuilder, ContextBuilder, LogsBuilder, SpansBuilder
from culpa.collector.decode.columns import RawLogs, RawSpans
from culpa.collector.decode.errors import Malformed
from culpa.collector.decode.json_shapes import enum, identifier, integer, plain
from culpa.collector.decode.resource import make_resource, make_scope

_KINDS = trace_pb2.Span.SpanKind.DESCRIPTOR
_STATUSES = trace_pb2.Status.StatusCode.DESCRIPTOR
_SEVERITIES = logs_pb2.SeverityNumber.DESCRIPTOR

Body = TypeVar("Body", bound=shapes.Shape)


@contextmanager
def telling() -> Generator[None]:
    """Turn whatever a wrong body raises into Malformed."""
    try:
        yield
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, pa.ArrowException) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"cannot decode the body as OTLP JSON ({error}); check the sender's encoding") from None


def read_spans(bodies: Sequence[bytes]) -> RawSpans:
    """Decode JSON bodies of /v1/traces. Errors: Malformed."""
    spans = SpansBuilder()
    context = spans.context
    with telling():
        for body in bodies:
            context.bodies += 1
            for group in msgspec.json.decode(body, type=shapes.Traces).resource_spans or ():
                add_resource(context, group.resource, group.schema_url)
                for scoped in group.scope_spans or ():
                    _add_scope(context, scoped.scope)
                    for span in scoped.spans or ():
                        context.add_row()
                        _add_span(spans, span)
        return spans.build()


def read_logs(bodies: Sequence[bytes]) -> RawLogs:
    """Decode JSON bodies of /v1/logs. Errors: Malformed."""
    logs = LogsBuilder()
    context = logs.context
    with telling():
        for body in bodies:
            context.bodies += 1
            for group in msgspec.json.decode(body, type=shapes.Logs).resource_logs or ():
                add_resource(context, group.resource, group.schema_url)
                for scoped in group.scope_logs or ():
                    _add_scope(context, scoped.scope)
                    for record in scoped.log_records or ():
                        context.add_row()
                        _add_record(logs, record)
        return logs.build()


def add_resource(context: ContextBuilder, resource: shapes.Resource | None, schema_url: str | None) -> None:
    """Append the resource that the following rows belong to."""
    pairs = (resource.attributes if resource else None) or ()
    context.resources.append(make_resource({pair.key or "": plain(pair.value) for pair in pairs}, schema_url or ""))


def add_attributes(target: AttributesBuilder, pairs: shapes.Pairs) -> None:
    """Append pairs without ending the owner."""
    for pair in pairs or ():
        target.add(pair.key or "", plain(pair.value))


def _add_scope(context: ContextBuilder, scope: shapes.Scope | None) -> None:
    context.scopes.append(make_scope((scope.name if scope else "") or "", (scope.version if scope else "") or ""))


def _add_span(spans: SpansBuilder, span: shapes.Span) -> None:
    status = span.status or shapes.Status()
    row = (
        identifier(span.trace_id),
        identifier(span.span_id),
        identifier(span.parent_span_id),
        span.trace_state or "",
        span.name or "",
        enum(span.kind, _KINDS),
        integer(span.start_time_unix_nano),
        integer(span.end_time_unix_nano),
        enum(status.code, _STATUSES),
        status.message or "",
        integer(span.flags),
    )
    for column, value in zip(spans.columns.values(), row, strict=True):
        column.append(value)
    add_attributes(spans.attributes, span.attributes)
    spans.attributes.close()
    for event in span.events or ():
        spans.event_times.append(integer(event.time_unix_nano))
        spans.event_names.append(event.name or "")
        add_attributes(spans.event_attributes, event.attributes)
        spans.event_attributes.close()
    spans.event_offsets.append(len(spans.event_times))
    for link in span.links or ():
        spans.link_ids.append((identifier(link.trace_id), identifier(link.span_id)))
        add_attributes(spans.link_attributes, link.attributes)
        spans.link_attributes.close()
    spans.link_offsets.append(len(spans.link_ids))


def _add_record(logs: LogsBuilder, record: shapes.LogRecord) -> None:
    row = (
        integer(record.time_unix_nano),
        integer(record.observed_time_unix_nano),
        enum(record.severity_number, _SEVERITIES),
        record.severity_text or "",
        record.event_name or "",
        identifier(record.trace_id),
        identifier(record.span_id),
    )
    for column, value in zip(logs.columns.values(), row, strict=True):
        column.append(value)
    logs.body.add(plain(record.body))
    add_attributes(logs.attributes, record.attributes)
    logs.attributes.close()
