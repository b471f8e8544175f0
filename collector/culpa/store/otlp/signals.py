"""Rows of `spans` and `logs`, with the exceptions that were read out of them, as OTLP. Pure.

Times of rows are nanoseconds since 1970, as `ns_rows` gives them.
"""

import json
from collections.abc import Callable, Iterable

from culpa.store.otlp.attributes import (
    LOG_ATTRIBUTES,
    SERVER_LINE_ATTRIBUTES,
    SPAN_ATTRIBUTES,
    Json,
    Row,
    named,
    own,
    pairs,
)

#: Of each row, in order, what OTLP says of it.
Shaper = Callable[[Iterable[Row], Iterable[Row]], list[Json]]


def span_items(rows: Iterable[Row], raised: Iterable[Row]) -> list[Json]:
    """Return the spans; `raised` are their exceptions, which become events again."""
    events: dict[tuple[str, str], list[Json]] = {}
    for row in raised:
        if row["source"] == "span":
            events.setdefault((row["trace_id"], row["span_id"]), []).append(_exception_event(row))
    return [_span(row, events.get((row["trace_id"], row["span_id"]), [])) for row in rows]


def _span(row: Row, raised: list[Json]) -> Json:
    return {
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"],
        "traceState": row["trace_state"],
        "flags": row["flags"],
        "name": row["span_name"],
        "kind": row["kind"],
        "startTimeUnixNano": str(row["start_time"]),
        "endTimeUnixNano": str(row["start_time"] + row["duration_ns"]),
        "attributes": named(row, SPAN_ATTRIBUTES) + own(row),
        "events": [
            {"timeUnixNano": str(event["time"]), "name": event["name"], "attributes": own(event)}
            for event in row["events"]
        ]
        + raised,
        "links": [
            {"traceId": link["trace_id"], "spanId": link["span_id"], "attributes": own(link)} for link in row["links"]
        ],
        "status": {"code": row["status_code"], "message": row["status_message"]},
    }


def log_items(rows: Iterable[Row], raised: Iterable[Row]) -> list[Json]:
    """Return the log records; `raised` are the exceptions that were read out of them, which hold their stacks.

    The stack of a record is not kept where its span told of the same exception before.
    """
    stacks = {row["log_id"]: row["stacktrace"] for row in raised if row["log_id"]}
    return [_record(row, stacks.get(row["log_id"], "")) for row in rows]


def _record(row: Row, stack: str) -> Json:
    attributes = named(row, LOG_ATTRIBUTES) + own(row)
    if row["format"] != "otlp":
        attributes += named(row, SERVER_LINE_ATTRIBUTES)
    if stack:
        # It stands in the body of what was logged as text; there it is found again.
        attributes += [] if stack in row["body"] else pairs(["exception.stacktrace"], [stack])
    return {
        "timeUnixNano": str(row["time"]),
        "observedTimeUnixNano": str(row["observed_time"]),
        "severityNumber": row["severity_number"],
        "severityText": row["severity_text"],
        "eventName": row["event_name"],
        "body": {"stringValue": row["body"]},
        "attributes": attributes,
        "traceId": row["trace_id"],
        "spanId": row["span_id"],
    }


def _stated(row: Row) -> dict[str, str]:
    """Return what whoever raised it said beside the stack. What is read out of the stack is read out of it again."""
    said = {"db.response.status_code": row["error_code"]}
    if row["origin_type"] != row["type"] and _bare(row["origin_type"]) not in row["stacktrace"]:
        said |= {"exception.root.type": row["origin_type"], "exception.root.message": row["origin_message"]}
    if any(_bare(kind) not in row["stacktrace"] for kind in row["chain"][1:]):
        said["exception.chain"] = json.dumps(row["chain"], ensure_ascii=False)
    if row["code_file_path"] and row["code_file_path"] not in row["stacktrace"]:
        said |= {
            "code.file.path": row["code_file_path"],
            "code.function.name": row["code_function_name"],
            "code.line.number": str(row["code_line_number"]),
            "exception.in_app": str(row["in_app"]).lower(),
        }
    return said


def _bare(kind: str) -> str:
    """Return a type without its module, as loggers name it."""
    return kind.rpartition(".")[2]


def _exception_event(row: Row) -> Json:
    said = {
        "exception.type": row["type"],
        "exception.message": row["message"],
        "exception.stacktrace": row["stacktrace"],
        "exception.handled": "true" if row["handled"] else "",
        **_stated(row),
    }
    known = {name: text for name, text in said.items() if text}
    attributes = pairs(known, known.values()) + own(row)
    return {"timeUnixNano": str(row["time"]), "name": "exception", "attributes": attributes}
