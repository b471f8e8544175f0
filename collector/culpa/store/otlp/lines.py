"""Put what OTLP says of rows under its resource and scope, one export a line. Pure."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from culpa.store.otlp.attributes import RESOURCE_ATTRIBUTES, Json, Row, named, own
from culpa.store.otlp.metrics import metric_items
from culpa.store.otlp.signals import Shaper, log_items, span_items

_SHAPERS: Final[Mapping[str, tuple[str, str, str, Shaper]]] = {
    "spans": ("resourceSpans", "scopeSpans", "spans", span_items),
    "logs": ("resourceLogs", "scopeLogs", "logRecords", log_items),
    "metric_points": ("resourceMetrics", "scopeMetrics", "metrics", lambda rows, _: metric_items(rows)),
}
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def otlp_line(relation: str, rows: Sequence[Row], raised: Sequence[Row], resources: Mapping[int, Row]) -> str:
    """Return one export of rows of a relation, '' of none.

    Shape: times of rows are nanoseconds since 1970 (`ns_rows`); `raised` are the exceptions of their traces,
    `resources` the rows of that relation by their id.
    """
    if not rows:
        return ""
    whole = _SHAPERS[relation][0]
    return _ENCODER.encode({whole: otlp_export(relation, rows, raised, resources)}) + "\n"


def otlp_export(relation: str, rows: Sequence[Row], raised: Sequence[Row], resources: Mapping[int, Row]) -> list[Json]:
    """Return rows of a relation by who sent them, `ResourceSpans` and the like. Shape: as of `otlp_line`."""
    _, scopes, signal, shaped = _SHAPERS[relation]
    sent: list[Json] = []
    for (resource_id, service), of_resource in groupby(sorted(rows, key=_sender), key=lambda row: _sender(row)[:2]):
        parts = [
            {"scope": {"name": name, "version": version}, signal: shaped(list(made), raised)}
            for (name, version), made in groupby(of_resource, key=lambda row: _sender(row)[2:])
        ]
        sent.append(_resource(resources.get(resource_id), service) | {scopes: parts})
    return sent


def _sender(row: Row) -> tuple[Any, ...]:
    return row["resource_id"], row["service_name"], row.get("scope_name", ""), row.get("scope_version", "")


def _resource(row: Row | None, service: str) -> Json:
    if row is None:
        return {"resource": {"attributes": named({"service_name": service}, RESOURCE_ATTRIBUTES)}}
    one: Json = {"resource": {"attributes": named(row, RESOURCE_ATTRIBUTES) + own(row)}}
    return one | ({"schemaUrl": row["schema_url"]} if row["schema_url"] else {})
