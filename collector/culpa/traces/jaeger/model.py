"""A trace in the words of Jaeger's v1 API. Pure.

Source: internal/uimodel/model.go of Jaeger, and the translation of OTLP into it: pkg/translator/jaeger of
opentelemetry-collector-contrib.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from culpa.traces.reader import Trace
from culpa.traces.spans import Json

KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
_STATUS: Final = ("", "OK", "ERROR")
_SERVICE: Final = "service.name"
#: Beyond these a number of JavaScript is not whole.
_MOST_SAFE: Final = 2**53 - 1


def trace_json(trace: Trace) -> Json:
    """Return a trace: spans, and the processes that made them."""
    processes: dict[str, Json] = {}
    spans: list[Json] = []
    for number, resource in enumerate(trace.resource_spans, start=1):
        attributes = resource["resource"]["attributes"]
        process = {
            "serviceName": next((_plain(pair["value"]) for pair in attributes if pair["key"] == _SERVICE), ""),
            "tags": _tags(pair for pair in attributes if pair["key"] != _SERVICE),
        }
        processes[f"p{number}"] = process
        for scope in resource["scopeSpans"]:
            spans += [_span(span, scope["scope"], f"p{number}") for span in scope["spans"]]
    known = {span["spanID"] for span in spans}
    for span in spans:
        span["warnings"] = _orphan(span, known)
    return {
        "traceID": trace.trace_id,
        "spans": sorted(spans, key=lambda span: (span["startTime"], span["spanID"])),
        "processes": processes,
        "warnings": trace.warnings or None,
    }


def _orphan(span: Json, known: set[str]) -> list[str] | None:
    parent = next((one["spanID"] for one in span["references"] if one["refType"] == "CHILD_OF"), "")
    return [f"its parent {parent} is not here"] if parent and parent not in known else None


def _span(span: Json, scope: Json, process_id: str) -> Json:
    start_ns, end_ns = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    return {
        "traceID": span["traceId"],
        "spanID": span["spanId"],
        "operationName": span.get("name", ""),
        "references": _references(span),
        "startTime": start_ns // 1000,
        "duration": (end_ns - start_ns) // 1000,
        "tags": _tags([*_scope(scope), *span.get("attributes", []), *_told(span)]),
        "logs": [_log(event) for event in span.get("events", [])],
        "processID": process_id,
    }


def _scope(scope: Json) -> list[Json]:
    return [_pair(f"otel.scope.{name}", text) for name, text in scope.items()]


def _told(span: Json) -> list[Json]:
    """Return what Jaeger says as tags that are fields of a span in OTLP."""
    status: Json = span.get("status", {})
    code: int = status.get("code", 0)
    texts: dict[str, str] = {
        "span.kind": KINDS[span.get("kind", 0)] if span.get("kind", 0) < len(KINDS) else "",
        "otel.status_code": _STATUS[code] if code < len(_STATUS) else "",
        "otel.status_description": status.get("message", ""),
        "w3c.tracestate": span.get("traceState", ""),
    }
    told = [_pair(key, text) for key, text in texts.items() if text]
    return [*told, {"key": "error", "value": {"boolValue": True}}] if code == 2 else told


def _pair(key: str, text: str) -> Json:
    return {"key": key, "value": {"stringValue": text}}


def _references(span: Json) -> list[Json]:
    """Return the parent, then what is linked; a link to the parent says only what kind of parent it is."""
    parent = span.get("parentSpanId", "")
    references = [_reference(span["traceId"], parent, "CHILD_OF")] if parent else []
    for link in span.get("links", []):
        kind = _link_kind(link)
        if parent and (link["traceId"], link["spanId"]) == (span["traceId"], parent):
            references[0]["refType"] = kind
        else:
            references.append(_reference(link["traceId"], link["spanId"], kind))
    return references


def _reference(trace_id: str, span_id: str, kind: str) -> Json:
    return {"refType": kind, "traceID": trace_id, "spanID": span_id}


def _link_kind(link: Json) -> str:
    said = next((_plain(one["value"]) for one in link["attributes"] if one["key"] == "opentracing.ref_type"), "")
    return "CHILD_OF" if said == "child_of" else "FOLLOWS_FROM"


def _log(event: Json) -> Json:
    attributes: Sequence[Json] = event["attributes"]
    named = event["name"] and all(pair["key"] != "event" for pair in attributes)
    fields = [*([_pair("event", event["name"])] if named else []), *attributes]
    return {"timestamp": int(event["timeUnixNano"]) // 1000, "fields": _tags(fields)}


def _tags(pairs: Iterable[Json]) -> list[Json]:
    """Return tags in the order of their keys, each with the type of its value."""
    tags = [
        {"key": pair["key"], "type": _TYPES[next(iter(pair["value"]))], "value": _plain(pair["value"])}
        for pair in pairs
    ]
    return sorted(tags, key=lambda tag: str(tag["key"]))


_TYPES: Final = {"stringValue": "string", "intValue": "int64", "boolValue": "bool", "doubleValue": "float64"}


def _plain(value: Json) -> Any:
    if "intValue" in value:
        number = int(value["intValue"])
        return number if abs(number) <= _MOST_SAFE else str(number)
    return next(iter(value.values()))
