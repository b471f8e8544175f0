"""Rows of `metric_points` as OTLP. Pure; times of rows are nanoseconds since 1970."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from culpa.store.otlp.attributes import Json, Row, pairs

#: Kind -> the field of a metric that holds its points.
_FIELDS: Final = {
    "gauge": "gauge",
    "sum": "sum",
    "histogram": "histogram",
    "exponential_histogram": "exponentialHistogram",
    "summary": "summary",
}
_SHAPE: Final = "exponential_histogram."
_QUANTILE: Final = "summary.quantile."
#: OTLP: DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK.
_NO_VALUE: Final = 1


def metric_items(rows: Iterable[Row]) -> list[Json]:
    """Return metrics, each with the points that lie together; one of a kind that OTLP does not have is left out."""
    out: list[Json] = []
    for (name, unit, kind, temporality, is_monotonic), points in groupby(rows, key=_identity):
        if kind not in _FIELDS:
            continue
        data: Json = {"dataPoints": [_point(row) for row in points]}
        data |= {"aggregationTemporality": temporality} if kind not in ("gauge", "summary") else {}
        data |= {"isMonotonic": is_monotonic} if kind == "sum" else {}
        out.append({"name": name, "unit": unit, _FIELDS[kind]: data})
    return out


def _identity(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("name", "unit", "kind", "temporality", "is_monotonic"))


def _point(row: Row) -> Json:
    said = dict(zip(row["attr_keys"], row["attr_vals"], strict=True))
    shape = {key: said.pop(key) for key in list(said) if _is_shape(row["kind"], key)}
    point: Json = {
        "startTimeUnixNano": str(row["start_time"]),
        "timeUnixNano": str(row["time"]),
        "attributes": pairs(said, said.values()),
    }
    if row["exemplar_trace_ids"]:
        point["exemplars"] = [{"traceId": trace_id} for trace_id in row["exemplar_trace_ids"]]
    if row["kind"] in ("gauge", "sum"):
        return point | ({"flags": _NO_VALUE} if row["value"] is None else {"asDouble": _double(row["value"])})
    point["count"] = str(row["count"] or 0)
    if row["sum"] is not None:
        point["sum"] = _double(row["sum"])
    if row["kind"] == "summary":
        return point | {"quantileValues": [_quantile(key, value) for key, value in shape.items()]}
    counts = [str(count) for count in row["bucket_counts"]]
    if row["kind"] == "histogram":
        return point | {"bucketCounts": counts, "explicitBounds": [_double(bound) for bound in row["explicit_bounds"]]}
    return point | _exponential(shape, counts)


def _is_shape(kind: str, key: str) -> bool:
    """Say whether that attribute is none of the sender's: it was made of what only one kind of points has."""
    return (kind == "exponential_histogram" and key.startswith(_SHAPE)) or (
        kind == "summary" and key.startswith(_QUANTILE)
    )


def _exponential(shape: dict[str, str], counts: list[str]) -> Json:
    told = {key.removeprefix(_SHAPE): value for key, value in shape.items()}
    negative = told.get("negative.bucket_counts", "").strip("[]")
    return {
        "scale": int(told.get("scale", "0")),
        "zeroCount": told.get("zero_count", "0"),
        "positive": {"offset": int(told.get("positive.offset", "0")), "bucketCounts": counts},
        "negative": {
            "offset": int(told.get("negative.offset", "0")),
            "bucketCounts": negative.split(",") if negative else [],
        },
    }


def _quantile(key: str, value: str) -> Json:
    return {"quantile": float(key.removeprefix(_QUANTILE)), "value": _double(float(value))}


def _double(value: float) -> float | str:
    """Return a number as the JSON of protobuf has it."""
    return value if value - value == 0 else "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
