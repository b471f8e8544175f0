"""Three ways into the same tables: ptars, Google's parser, JSON."""

import math
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, EntityRef, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from culpa.collector.decode import Signal, decode, messages, wire
from culpa.collector.decode.descriptor import MESSAGES, slim_message
from culpa.collector.exceptions.named_error import error_in
from culpa.collector.tables import MAX_NS
from culpa.store import arrow_schema

from .conftest import otlp_json

_KEYS = st.sampled_from(
    [
        *(
            "http.request.method",
            "http.method",
            "http.status_code",
            "http.response.status_code",
            "http.target",
        ),
        *(
            "url.full",
            "server.address",
            "net.peer.port",
            "net.peer.name",
            "db.system",
            "db.statement",
            "url.path",
        ),
        *(
            "code.function",
            "code.namespace",
            "exception.type",
            "exception.message",
            "password",
            "app.tags",
            "",
            "é",
        ),
        *("process.pid", "service.name", "db.response.status_code", "event.name"),
    ]
)
_TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(
        [
            "http://u:pw@shop:8000/a?token=x",
            "10.0.0.1:5432",
            "[::1]:80",
            "postgres",
            "select 1",
            "a@b.io",
            "/p?q=1",
        ]
    ),
)
_SCALARS = st.one_of(
    st.builds(AnyValue, string_value=_TEXTS),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, int_value=st.sampled_from([200, 503, 5432, 4_111_111_111_111_111])),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, double_value=st.floats(allow_nan=True)),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
    st.builds(AnyValue),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=st.lists(inner, max_size=3))),
        st.builds(
            AnyValue,
            kvlist_value=st.builds(
                KeyValueList, values=st.lists(st.builds(KeyValue, key=_KEYS, value=inner), max_size=3)
            ),
        ),
    ),
    max_leaves=4,
)
_PAIRS = st.lists(st.builds(KeyValue, key=_KEYS, value=_VALUES), max_size=5)
_TIMES = st.sampled_from([0, 1, 1_795_300_000_000_000_000, 2**63 - 1, 2**63, 2**64 - 1])
_TRACE_IDS = st.sampled_from([bytes(15) + b"\1", bytes(15) + b"\2", bytes(16), b"", b"short"])
_SPAN_IDS = st.sampled_from([bytes(7) + b"\1", bytes(7) + b"\2", bytes(8), b"", b"much too long"])
_ENTITIES = st.lists(
    st.builds(
        EntityRef, type=_TEXTS, id_keys=st.lists(_KEYS, max_size=2), description_keys=st.lists(_KEYS, max_size=2)
    ),
    max_size=2,
)
_RESOURCES = st.builds(resource_pb2.Resource, attributes=_PAIRS, entity_refs=_ENTITIES)
_SPANS = st.builds(
    trace_pb2.Span,
    trace_id=_TRACE_IDS,
    span_id=_SPAN_IDS,
    parent_span_id=_SPAN_IDS,
    trace_state=st.sampled_from(["", "vendor=x1"]),
    name=_TEXTS,
    kind=st.integers(0, 9),
    start_time_unix_nano=_TIMES,
    end_time_unix_nano=_TIMES,
    flags=st.sampled_from([0, 257, 2**32 - 1]),
    attributes=_PAIRS,
    status=st.one_of(st.none(), st.builds(trace_pb2.Status, code=st.integers(0, 4), message=_TEXTS)),
    events=st.lists(
        st.builds(
            trace_pb2.Span.Event,
            name=st.sampled_from(["exception", "retry", ""]),
            time_unix_nano=_TIMES,
            attributes=_PAIRS,
        ),
        max_size=2,
    ),
    links=st.lists(
        st.builds(trace_pb2.Span.Link, trace_id=_TRACE_IDS, span_id=_SPAN_IDS, attributes=_PAIRS), max_size=2
    ),
)
_TRACES = st.builds(
    trace_service_pb2.ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            trace_pb2.ResourceSpans,
            resource=st.one_of(st.none(), _RESOURCES),
            scope_spans=st.lists(st.builds(trace_pb2.ScopeSpans, spans=st.lists(_SPANS, max_size=3)), max_size=2),
            schema_url=st.sampled_from(["", "https://opentelemetry.io/schemas/1.37.0"]),
        ),
        max_size=2,
    ),
)
_LOGS = st.builds(
    logs_service_pb2.ExportLogsServiceRequest,
    resource_logs=st.lists(
        st.builds(
            logs_pb2.ResourceLogs,
            resource=_RESOURCES,
            scope_logs=st.lists(
                st.builds(
                    logs_pb2.ScopeLogs,
                    log_records=st.lists(
                        st.builds(
                            logs_pb2.LogRecord,
                            time_unix_nano=_TIMES,
                            observed_time_unix_nano=_TIMES,
                            severity_number=st.integers(0, 30),
                            severity_text=_TEXTS,
                            body=_VALUES,
                            attributes=_PAIRS,
                            trace_id=_TRACE_IDS,
                            span_id=_SPAN_IDS,
                            event_name=st.sampled_from(["", "http.server.request.exception"]),
                        ),
                        max_size=3,
                    ),
                ),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)
_NUMBERS = st.builds(
    metrics_pb2.NumberDataPoint,
    time_unix_nano=_TIMES,
    as_double=st.floats(allow_nan=False),
    attributes=_PAIRS,
)
_COUNTS = st.lists(st.integers(0, 2**63), max_size=3)
_HISTOGRAMS = st.builds(
    metrics_pb2.HistogramDataPoint,
    time_unix_nano=_TIMES,
    count=st.integers(0, 2**63),
    sum=st.one_of(st.none(), st.floats(0, 10)),
    bucket_counts=_COUNTS,
    explicit_bounds=st.lists(st.floats(0, 10), max_size=3),
    attributes=_PAIRS,
)
_METRICS = st.builds(
    metrics_service_pb2.ExportMetricsServiceRequest,
    resource_metrics=st.lists(
        st.builds(
            metrics_pb2.ResourceMetrics,
            resource=_RESOURCES,
            scope_metrics=st.lists(
                st.builds(
                    metrics_pb2.ScopeMetrics,
                    metrics=st.lists(
                        st.one_of(
                            st.builds(
                                metrics_pb2.Metric,
                                name=_TEXTS,
                                gauge=st.builds(metrics_pb2.Gauge, data_points=st.lists(_NUMBERS, max_size=2)),
                            ),
                            st.builds(
                                metrics_pb2.Metric,
                                name=_TEXTS,
                                histogram=st.builds(
                                    metrics_pb2.Histogram,
                                    aggregation_temporality=st.integers(0, 4),
                                    data_points=st.lists(_HISTOGRAMS, max_size=2),
                                ),
                            ),
                        ),
                        max_size=2,
                    ),
                ),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)
_QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _rows(signal: Signal, bodies: list[bytes], is_json: bool = False) -> dict[str, Any]:
    decoded = decode(signal, bodies, is_json=is_json)
    for relation, table in decoded.tables.items():
        assert arrow_schema(relation) == table.schema
    rows: dict[str, Any] = {name: _comparable(table.to_pylist()) for name, table in decoded.tables.items()}
    rows["counts"] = (decoded.rows_per_body, decoded.rejected_per_body, decoded.messages, decoded.suspects)
    return rows


def _comparable(node: Any) -> Any:
    """Return rows in which a NaN equals another."""
    if isinstance(node, list):
        return [_comparable(item) for item in node]
    if isinstance(node, dict):
        return {key: _comparable(value) for key, value in node.items()}
    return "nan" if isinstance(node, float) and math.isnan(node) else node


@_QUICK
@given(st.lists(_TRACES, min_size=1, max_size=3))
def test_ptars_and_google_parser_give_the_same_spans(requests: list[Message]) -> None:
    """The fast path and its oracle agree on whatever is valid OTLP."""
    bodies = [request.SerializeToString() for request in requests]
    fast = _rows("traces", bodies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "is_available", lambda: False)
        assert _rows("traces", bodies) == fast


@_QUICK
@given(st.lists(_LOGS, min_size=1, max_size=3))
def test_ptars_and_google_parser_give_the_same_logs(requests: list[Message]) -> None:
    """The fast path and its oracle agree on log records too."""
    bodies = [request.SerializeToString() for request in requests]
    fast = _rows("logs", bodies)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "is_available", lambda: False)
        assert _rows("logs", bodies) == fast


@_QUICK
@given(_TRACES)
def test_json_and_protobuf_give_the_same_spans(request: Message) -> None:
    """A JSON body is read as the protobuf body that says the same, with ids in upper case too."""
    both = (_rows("traces", [request.SerializeToString()]), _rows("traces", [otlp_json(request)], is_json=True))
    # What is kept of a span without an id has the names of its encoding.
    assert len({len(rows.pop("logs", [])) for rows in both}) == 1
    assert both[0] == both[1]


@_QUICK
@given(_LOGS)
def test_json_and_protobuf_give_the_same_logs(request: Message) -> None:
    """The same for log records."""
    assert _rows("logs", [request.SerializeToString()]) == _rows("logs", [otlp_json(request)], is_json=True)


@_QUICK
@given(_METRICS)
def test_json_and_protobuf_give_the_same_metrics(request: Message) -> None:
    """The same for metric points."""
    assert _rows("metrics", [request.SerializeToString()]) == _rows("metrics", [otlp_json(request)], is_json=True)


@_QUICK
@given(st.lists(_TRACES, min_size=2, max_size=3))
def test_bodies_decoded_together_give_what_they_give_alone(requests: list[Message]) -> None:
    """Grouping bodies in a call changes no span, and each body gets its own counts."""
    bodies = [request.SerializeToString() for request in requests]
    together = decode("traces", bodies)
    alone = [decode("traces", [body]) for body in bodies]
    assert [one.rows_per_body[0] for one in alone] == together.rows_per_body
    assert [one.rejected_per_body[0] for one in alone] == together.rejected_per_body
    assert [row for one in alone for row in one.tables["spans"].to_pylist()] == together.tables["spans"].to_pylist()


def _tells_exception(event: trace_pb2.Span.Event) -> bool:
    told = {pair.key: pair.value.string_value for pair in event.attributes}
    is_named = not {"exception.type", "exception.message"}.isdisjoint(told)
    return event.name == "exception" or is_named or (event.name == "error" and bool(error_in(told)))


@_QUICK
@given(_TRACES)
def test_spans_hold_what_a_plain_reading_of_the_message_finds(
    request: trace_service_pb2.ExportTraceServiceRequest,
) -> None:
    """Ids, times, kinds and the keys of attributes are those of the message, read without any of our code."""
    expected = [
        (
            span.trace_id.hex(),
            span.span_id.hex(),
            min(span.start_time_unix_nano, MAX_NS),
            max(min(span.end_time_unix_nano, MAX_NS) - min(span.start_time_unix_nano, MAX_NS), 0),
            span.kind if span.kind <= 5 else 0,
            [event.name for event in span.events if not _tells_exception(event)],
            len(span.links),
        )
        for group in request.resource_spans
        for scoped in group.scope_spans
        for span in scoped.spans
        if len(span.trace_id) == 16 and any(span.trace_id) and len(span.span_id) == 8 and any(span.span_id)
    ]
    table = decode("traces", [request.SerializeToString()]).tables["spans"]
    times = table["start_time"].cast("int64").to_pylist()
    actual = [
        (
            row["trace_id"],
            row["span_id"],
            time,
            row["duration_ns"],
            row["kind"],
            [event["name"] for event in row["events"]],
            len(row["links"]),
        )
        for row, time in zip(table.drop(["start_time"]).to_pylist(), times, strict=True)
    ]
    assert expected == actual


def test_our_descriptor_is_a_part_of_the_official_one() -> None:
    """Every trimmed field has the number and wire type of opentelemetry-proto."""
    official = {
        "AnyValue": AnyValue,
        "KeyValue": KeyValue,
        "Event": trace_pb2.Span.Event,
        "Link": trace_pb2.Span.Link,
        "Status": trace_pb2.Status,
        "Span": trace_pb2.Span,
        "ScopeSpans": trace_pb2.ScopeSpans,
        "ResourceSpans": trace_pb2.ResourceSpans,
        "TracesData": trace_service_pb2.ExportTraceServiceRequest,
        "LogRecord": logs_pb2.LogRecord,
        "ScopeLogs": logs_pb2.ScopeLogs,
        "ResourceLogs": logs_pb2.ResourceLogs,
        "LogsData": logs_service_pb2.ExportLogsServiceRequest,
    }
    assert set(MESSAGES) == set(official)
    lengths = {9, 11, 12}  # string, message, bytes: the same on the wire
    enums = {5, 14}  # int32 and enum
    for name, message in official.items():
        for field in slim_message(name).fields:
            theirs = message.DESCRIPTOR.fields_by_number[field.number]
            assert (theirs.name, theirs.is_repeated) == (field.name, field.is_repeated)
            kinds = {theirs.type, field.type}
            assert len(kinds) == 1 or kinds <= lengths or kinds <= enums, (name, field.name)


def test_the_oracle_does_not_use_ptars() -> None:
    """The fallback reads a body by itself."""
    request = trace_service_pb2.ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="x")
    assert ["x"] == messages.read_spans([request.SerializeToString()]).name.to_pylist()
