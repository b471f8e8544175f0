"""A verdict as OTLP tells it: a log record with the event name `culpa.verdict`, and on wish a small span.

A span of somebody else's that was exported can get no event any more. So the span is one of culpa's own, in the same
trace: it hangs below the request's span and is linked to the span of the cause.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from culpa.analysis.explanation.sentence import sentence

EVENT: Final = "culpa.verdict"
_SCOPE: Final = InstrumentationScope(name="culpa")
#: Pieces of evidence that are told, the weightiest first.
_MOST_EVIDENCE: Final = 5

Verdict = Mapping[str, Any]


def verdict_id(verdict: Verdict) -> str:
    """Return the name of a revision of a verdict, 16 hex: the same whenever it is told."""
    key = f"{verdict['trace_id']} {verdict['request_span_id']} {verdict['judged_ns']}"
    return blake2b(key.encode(), digest_size=8).hexdigest()


def logs(verdicts: Sequence[Verdict]) -> bytes:
    """Return an export of log records, one for each verdict."""
    export = ExportLogsServiceRequest()
    group = export.resource_logs.add(resource=_resource())
    group.scope_logs.add(scope=_SCOPE, log_records=[_record(one) for one in verdicts])
    return export.SerializeToString()


def spans(verdicts: Sequence[Verdict]) -> bytes:
    """Return an export of spans, one for each verdict that has a trace."""
    export = ExportTraceServiceRequest()
    group = export.resource_spans.add(resource=_resource())
    group.scope_spans.add(scope=_SCOPE, spans=[_span(one) for one in verdicts if _id(one["trace_id"], 16)])
    return export.SerializeToString()


def _resource() -> Resource:
    return Resource(attributes=_pairs({"service.name": "culpa"}))


def _record(verdict: Verdict) -> LogRecord:
    trace_id = _id(verdict["trace_id"], 16)
    return LogRecord(
        time_unix_nano=verdict["ended_ns"],
        observed_time_unix_nano=verdict["judged_ns"],
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO
        if verdict["withdrawn"]
        else SeverityNumber.SEVERITY_NUMBER_ERROR,
        severity_text="INFO" if verdict["withdrawn"] else "ERROR",
        event_name=EVENT,
        body=AnyValue(string_value=_text(_words(verdict))),
        trace_id=trace_id,
        span_id=_id(verdict["request_span_id"], 8) if trace_id else b"",
        attributes=_pairs(attributes(verdict)),
    )


def _span(verdict: Verdict) -> Span:
    trace_id, cause = _id(verdict["trace_id"], 16), _id(_cause_span(verdict), 8)
    return Span(
        trace_id=trace_id,
        # Made of the verdict's name, so that it is the same when it is sent again.
        span_id=bytes.fromhex(verdict_id(verdict)),
        parent_span_id=_id(verdict["request_span_id"], 8),
        name=EVENT,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=verdict["ended_ns"],
        end_time_unix_nano=verdict["ended_ns"],
        attributes=_pairs({"culpa.sentence": _words(verdict), **attributes(verdict)}),
        links=[Span.Link(trace_id=trace_id, span_id=cause)] if cause else [],
    )


def _words(verdict: Verdict) -> str:
    if verdict["withdrawn"]:
        return "What was told of this request is withdrawn: it turned out to be no failure."
    return sentence(verdict)


def attributes(verdict: Verdict) -> dict[str, object]:
    """Return the attributes by their stable names; what is not known is left out."""
    weightiest = sorted(verdict["evidence"], key=lambda one: -one["weight"])[:_MOST_EVIDENCE]
    found: dict[str, object] = {
        "culpa.verdict.id": verdict_id(verdict),
        "culpa.kind": verdict["kind"],
        "culpa.component": verdict["component"],
        "culpa.layer": verdict["layer"],
        "culpa.cause": verdict["cause"],
        "culpa.confidence": float(verdict["confidence"]),
        "culpa.object": verdict["object"],
        "culpa.location": verdict["location"],
        "culpa.service": verdict["service"],
        "culpa.problem": verdict["fingerprint"],
        "culpa.runner_up": verdict["runner_up"],
        "culpa.change": verdict["change"],
        "culpa.runbook": verdict["runbook"],
        "culpa.surfaced": bool(verdict["surfaced"]),
        "culpa.withdrawn": bool(verdict["withdrawn"]),
        "culpa.cause_span_id": _cause_span(verdict),
        "culpa.evidence": [one["statement"] for one in weightiest],
        "culpa.missing": list(verdict["missing"]),
        "http.request.method": verdict["method"],
        "http.route": verdict["route"],
        "url.path": verdict["path"],
        "http.response.status_code": int(verdict["status"]),
        "exception.type": verdict["exception_type"],
        "exception.message": verdict["exception_message"],
    }
    return {key: value for key, value in found.items() if value not in ("", [], 0) or isinstance(value, (bool, float))}


def _cause_span(verdict: Verdict) -> str:
    """Return the span that the weightiest piece of evidence is about, '' where none is about one."""
    seen = [one for one in verdict["evidence"] if one["span_id"] and one["weight"] > 0]
    return str(max(seen, key=lambda one: one["weight"])["span_id"]) if seen else ""


def _id(text: str, size: int) -> bytes:
    """Return an id of so many bytes; none for what is no such id."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return b""
    return found if len(found) == size and any(found) else b""


def _pairs(values: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any(value)) for key, value in values.items()]


def _any(value: object) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        several: list[object] = value  # pyright: ignore[reportUnknownVariableType] - texts of our own
        return AnyValue(array_value=ArrayValue(values=[_any(one) for one in several]))
    return AnyValue(string_value=_text(str(value)))


def _text(text: str) -> str:
    # Lone halves of surrogate pairs are no text that protobuf takes.
    return text.encode("utf-8", "replace").decode()
