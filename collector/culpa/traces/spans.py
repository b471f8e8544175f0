"""Rows of the store as OTLP again, as readers of traces expect it: what says nothing is left out. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from culpa.store import ns_rows, otlp_export

Json = dict[str, Any]

#: What was read out of an exception's text, which an export for another culpa hands on, and no sender said.
_READ: Final = "db.response.status_code"


def resource_spans(tables: Mapping[str, pa.Table]) -> list[Json]:
    """Return the spans of the relations `spans`, `exceptions` and `resources`, by who sent them.

    Shape: `ResourceSpans` of OTLP/JSON: ids in hex, whole numbers as text.
    """
    resources = {row["resource_id"]: row for row in ns_rows(tables["resources"])}
    sent = otlp_export("spans", ns_rows(tables["spans"]), ns_rows(tables["exceptions"]), resources)
    for one in sent:
        for part in one["scopeSpans"]:
            part["scope"] = _filled(part["scope"])
            part["spans"] = [_sent(span) for span in part["spans"]]
    return sent


def _sent(span: Json) -> Json:
    events = [
        event | {"attributes": [one for one in event["attributes"] if one["key"] != _READ]}
        if event["name"] == "exception"
        else event
        for event in span["events"]
    ]
    return _filled(span | {"status": _filled(span["status"]), "events": events})


def _filled(value: Json) -> Json:
    """Return what says something: absent is the default of every field, and an empty id is none."""
    return {name: one for name, one in value.items() if one}
