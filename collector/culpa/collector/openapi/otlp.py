"""The shapes of OTLP/JSON as JSON Schema: those that the decoder reads, with what their numbers may be."""

from typing import Any, cast

import msgspec

from culpa.collector.decode.json_metric_shapes import Metrics
from culpa.collector.decode.json_shapes import Logs, Traces

Schema = dict[str, Any]

_NULL: Schema = {"type": "null"}
#: 64-bit numbers may be texts, as protobuf's JSON has them.
_WHOLE: list[Schema] = [
    {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    {"type": "string", "pattern": "^[0-9]{1,18}$"},
    _NULL,
]
_REAL: list[Schema] = [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}, _NULL]
#: Enums are numbers or names; an unknown name is taken for unspecified.
_ENUM: list[Schema] = [
    {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    {"type": "string", "description": "as SPAN_KIND_SERVER"},
    _NULL,
]
_FLAGS: list[Schema] = [{"type": "integer", "minimum": 0, "maximum": 2**32 - 1}, _NULL]
_REALS = ("doubleValue", "asDouble", "sum", "explicitBounds", "quantile", "value")
_ENUMS = ("kind", "code", "severityNumber", "aggregationTemporality")


def components() -> Schema:
    """Return the schemas by name: `Traces`, `Logs`, `Metrics` and what they hold."""
    _, found = msgspec.json.schema_components([Traces, Logs, Metrics], ref_template="#/components/schemas/{name}")
    for schema in found.values():
        # What these names say of a class, they need not say of a request.
        schema.pop("title", None)
        for name, field in schema["properties"].items():
            field.pop("default", None)
            _narrow(name, field)
    found["AnyValue"]["properties"]["bytesValue"] = {"anyOf": [{"type": "string", "format": "byte"}, _NULL]}
    return found


def _narrow(name: str, field: Schema) -> None:
    """Say which numbers a field takes, also one of a list."""
    kinds = cast(list[Schema], field.get("anyOf", []))
    if {"type": "integer"} in kinds:
        field["anyOf"] = _REAL if name in _REALS else _ENUM if name in _ENUMS else _FLAGS if name == "flags" else _WHOLE
    for kind in kinds:
        if isinstance(items := kind.get("items"), dict):
            _narrow(name, cast(Schema, items))
