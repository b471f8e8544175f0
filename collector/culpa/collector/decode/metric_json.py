"""JSON bodies of /v1/metrics -> the same metric points as protobuf."""

from collections.abc import Sequence

import msgspec
from opentelemetry.proto.metrics.v1 import metrics_pb2

from culpa.collector.decode import json_metric_shapes as shapes
from culpa.collector.decode.json_body import add_attributes, add_resource, telling
from culpa.collector.decode.json_shapes import Number, enum, identifier, integer, real, unsigned
from culpa.collector.decode.metrics import MetricsBuilder, Point, enum_value, trace_ids

_TEMPORALITIES = metrics_pb2.AggregationTemporality.DESCRIPTOR
_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def read_metrics(bodies: Sequence[bytes]) -> MetricsBuilder:
    """Decode JSON bodies of /v1/metrics. Errors: Malformed."""
    built = MetricsBuilder()
    with telling():
        for body in bodies:
            built.context.bodies += 1
            for group in msgspec.json.decode(body, type=shapes.Metrics).resource_metrics or ():
                add_resource(built.context, group.resource, group.schema_url)
                for scoped in group.scope_metrics or ():
                    for metric in scoped.metrics or ():
                        _add_metric(built, metric)
    return built


def _add_metric(built: MetricsBuilder, metric: shapes.Metric) -> None:
    kind = next((kind for kind in _KINDS if getattr(metric, kind) is not None), None)
    if kind is None:
        return
    data: shapes.Data = getattr(metric, kind)
    head: Point = {"name": metric.name or "", "unit": metric.unit or "", "kind": kind}
    if kind not in ("gauge", "summary"):
        head["temporality"] = enum_value(enum(data.aggregation_temporality, _TEMPORALITIES), 2)
    if kind == "sum":
        head["is_monotonic"] = bool(data.is_monotonic)
    for point in data.data_points or ():
        built.add(head, _point(kind, point), unsigned(point.start_time_unix_nano), unsigned(point.time_unix_nano))
        add_attributes(built.attributes, point.attributes)
        _add_shape(built, kind, point)
        built.attributes.close()


def _point(kind: str, point: shapes.Point) -> Point:
    if kind in ("gauge", "sum"):
        value = real(point.as_double) if point.as_double is not None else _or_none(point.as_int)
        return {"value": value, "exemplar_trace_ids": _exemplars(point)}
    if kind == "summary":
        return {"count": unsigned(point.count), "sum": real(point.sum)}
    columns: Point = {
        "count": unsigned(point.count),
        "sum": real(point.sum) if point.sum is not None else None,
        "exemplar_trace_ids": _exemplars(point),
    }
    if kind == "histogram":
        bounds = [real(bound) for bound in point.explicit_bounds or ()]
        return {**columns, "bucket_counts": _counts(point.bucket_counts), "explicit_bounds": bounds}
    return {**columns, "bucket_counts": _counts(point.positive.bucket_counts if point.positive else None)}


def _or_none(value: Number) -> float | None:
    return real(integer(value)) if value is not None else None


def _counts(counts: list[Number] | None) -> list[int]:
    return [unsigned(count) for count in counts or ()]


def _exemplars(point: shapes.Point) -> list[str]:
    return trace_ids([identifier(exemplar.trace_id) for exemplar in point.exemplars or ()])


def _add_shape(built: MetricsBuilder, kind: str, point: shapes.Point) -> None:
    if kind == "exponential_histogram":
        positive, negative = point.positive or shapes.Buckets(), point.negative or shapes.Buckets()
        built.attributes.add("exponential_histogram.scale", integer(point.scale))
        built.attributes.add("exponential_histogram.zero_count", integer(point.zero_count))
        built.attributes.add("exponential_histogram.positive.offset", integer(positive.offset))
        built.attributes.add("exponential_histogram.negative.offset", integer(negative.offset))
        if negative.bucket_counts:
            built.attributes.add("exponential_histogram.negative.bucket_counts", _counts(negative.bucket_counts))
    if kind == "summary":
        for quantile in point.quantile_values or ():
            built.attributes.add(f"summary.quantile.{real(quantile.quantile):g}", real(quantile.value))
