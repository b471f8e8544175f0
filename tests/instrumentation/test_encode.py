"""Our encoder of spans says what the SDK's says."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans as encode_by_sdk
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from culpa.instrumentation.export.encode import encode_spans

_SCALARS = st.one_of(
    st.text(max_size=40),
    st.text(min_size=500, max_size=700),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
)
_VALUES = st.one_of(
    _SCALARS,
    st.lists(st.text(max_size=5), max_size=3),
    st.lists(st.integers(0, 300), max_size=3),
    st.binary(max_size=4),
)
_ATTRIBUTES = st.dictionaries(st.text(min_size=1, max_size=200), _VALUES, max_size=6)


def _same(spans: tuple[ReadableSpan, ...]) -> None:
    assert encode_by_sdk(spans) == ExportTraceServiceRequest.FromString(encode_spans(spans))


@settings(max_examples=150, deadline=None)
@given(
    _ATTRIBUTES, _ATTRIBUTES, st.text(max_size=300), st.sampled_from(SpanKind), st.sampled_from(StatusCode), st.text()
)
def test_any_span_is_encoded_as_by_the_sdk(
    own: Any, of_event: Any, name: str, kind: SpanKind, code: StatusCode, text: str
) -> None:
    """Attributes of every type and length, events, statuses, parents, trace states, what was dropped."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(
        resource=Resource({"service.name": "shop"}), span_limits=SpanLimits(max_span_attributes=4)
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("scope", "1.0", schema_url="https://example.org/1")
    with tracer.start_as_current_span(name, kind=kind, attributes=own) as parent:
        parent.set_status(Status(code, text if code is StatusCode.ERROR else None))
        with provider.get_tracer("other").start_as_current_span("inner") as inner:
            inner.add_event(name, of_event)
    _same(exporter.get_finished_spans())


def test_links_states_and_remote_parents_are_encoded_as_by_the_sdk() -> None:
    """The rare parts."""
    state = TraceState([("vendor", "x"), ("other", "y")])
    context = SpanContext(1 << 120, 1 << 60, True, TraceFlags(1), state)
    resources = [Resource({"service.name": "a"}, "https://example.org/2"), Resource({"service.name": "b"})]
    spans = tuple(
        ReadableSpan("s", context, context, one, {"k": 1}, links=[Link(context, {"l": "m"})], start_time=1, end_time=2)
        for one in resources
    )
    _same(spans)


@pytest.mark.parametrize("text", ["\ud800", "a" * 600 + "\udfff"])
def test_half_a_character_does_not_stop_a_batch(text: str) -> None:
    """A path that is no UTF-8 comes as lone surrogates, which protobuf refuses."""
    context = SpanContext(1, 1, False)
    span = ReadableSpan(text, context, attributes={"url.path": text}, start_time=1, end_time=2)
    (resource,) = ExportTraceServiceRequest.FromString(encode_spans([span])).resource_spans
    assert "?" in resource.scope_spans[0].spans[0].attributes[0].value.string_value


def test_a_batch_is_put_together_once() -> None:
    """Of a batch of failures, megabytes of stack traces, no copy is made at each level."""
    context = SpanContext(1, 1, False)
    spans = [ReadableSpan("s", context, attributes={"stack": str(n) * 9000}, start_time=1) for n in range(1000, 1100)]
    tracemalloc.start()
    size = len(encode_spans(spans))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 3_000_000
    assert peak < 2.5 * size
