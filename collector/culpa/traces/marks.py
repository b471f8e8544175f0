"""Mark in a trace where its requests failed, and why: as an event, as attributes, and as a warning. Pure.

On the span where the verdict places the failure: the event `culpa.verdict`, the attributes `culpa.cause` and
`culpa.component`. All that is culpa's begins with `culpa.`; nothing that was sent is changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from culpa.analysis.explanation.sentence import certainty, sentence
from culpa.traces.lines import ACCESS_ID
from culpa.traces.spans import Json

EVENT: Final = "culpa.verdict"
CAUSE: Final = "culpa.cause"
COMPONENT: Final = "culpa.component"

Verdict = Mapping[str, Any]
#: The verdicts on the failed requests of each trace, by its id.
Verdicts = dict[str, list[Verdict]]


def mark(sent: Sequence[Json], verdicts: Sequence[Verdict]) -> list[str]:
    """Mark the spans of one trace with its verdicts, and return the warnings that the trace has for them."""
    everything = [span for resource in sent for scope in resource["scopeSpans"] for span in scope["spans"]]
    spans = {_access_id(span) or span["spanId"]: span for span in everything}
    spans |= {span["spanId"]: span for span in everything}
    warnings: list[str] = []
    for verdict in verdicts:
        warnings.append(warning(verdict))
        span = _place(spans, verdict)
        if span is not None:
            span.setdefault("events", []).append(_event(span, verdict))
            _describe(span, {CAUSE: verdict["cause"], COMPONENT: verdict["component"]})
    return warnings


def warning(verdict: Verdict) -> str:
    """Return a verdict in one line."""
    return f"{sentence(verdict)} ({verdict['cause']}, {certainty(verdict['confidence'])})"


def _place(spans: Mapping[str, Json], verdict: Verdict) -> Json | None:
    """Return the span where it failed: the deepest observation at least half as strong as the strongest.

    Where telemetry shows no such place, the span of the request.
    """
    evidence: list[Mapping[str, Any]] = verdict["evidence"]
    enough = max((row["weight"] for row in evidence), default=0.0) / 2
    strong = [row for row in evidence if row["weight"] >= max(enough, 1e-9)]
    seen = [spans.get(row["span_id"]) or spans.get(str(row["source"]).partition(":")[2]) for row in strong]
    places = [span for span in seen if span is not None]
    if places:
        return max(places, key=lambda span: _depth(spans, span))
    return spans.get(verdict["request_span_id"]) or next(
        (span for span in spans.values() if span.get("parentSpanId", "") not in spans), None
    )


def _access_id(span: Json) -> str:
    """Return the id of the line that a span was made of, '' for others."""
    pairs: list[Json] = span.get("attributes", [])
    return next((pair["value"]["stringValue"] for pair in pairs if pair["key"] == ACCESS_ID), "")


def _depth(spans: Mapping[str, Json], span: Json) -> int:
    """Return how many spans it is below; parents that go in a circle end it."""
    seen = {span["spanId"]}
    while (parent := span.get("parentSpanId", "")) in spans and parent not in seen:
        seen.add(parent)
        span = spans[parent]
    return len(seen)


def _event(span: Json, verdict: Verdict) -> Json:
    said: dict[str, str | float | bool] = {
        CAUSE: verdict["cause"],
        COMPONENT: verdict["component"],
        "culpa.layer": verdict["layer"],
        "culpa.object": verdict["object"],
        "culpa.confidence": verdict["confidence"],
        "culpa.problem": verdict["fingerprint"],
        "culpa.change": verdict["change"],
        "culpa.request.span_id": verdict["request_span_id"],
        "culpa.settled": verdict["settled"],
        "message": sentence(verdict),
    }
    pairs = [{"key": key, "value": _value(value)} for key, value in said.items() if value != ""]
    # Within the span, where its page has room for it.
    return {"timeUnixNano": span["endTimeUnixNano"], "name": EVENT, "attributes": pairs}


def _value(value: str | float | bool) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _describe(span: Json, said: Mapping[str, str]) -> None:
    """Add attributes, of the first verdict where there are several on one span."""
    attributes: list[Json] = span.setdefault("attributes", [])
    known = {pair["key"] for pair in attributes}
    attributes += [{"key": key, "value": _value(text)} for key, text in said.items() if text and key not in known]
