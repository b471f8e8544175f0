"""Protobuf bodies of /v1/metrics -> metric points."""

from collections.abc import Sequence

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2

from culpa.collector.decode.anyvalue import plain_of
from culpa.collector.decode.messages import parse
from culpa.collector.decode.metrics import MetricsBuilder, Point, enum_value, trace_ids
from culpa.collector.decode.resource import resource_of

_AnyPoint = (
    metrics_pb2.NumberDataPoint
    | metrics_pb2.HistogramDataPoint
    | metrics_pb2.ExponentialHistogramDataPoint
    | metrics_pb2.SummaryDataPoint
)


def read_metrics(bodies: Sequence[bytes]) -> MetricsBuilder:
    """Decode bodies of /v1/metrics. Errors: Malformed."""
    built = MetricsBuilder()
    for body in bodies:
        built.context.bodies += 1
        for group in parse(ExportMetricsServiceRequest, body).resource_metrics:
            built.context.resources.append(resource_of(group.resource.SerializeToString(), group.schema_url))
            for scoped in group.scope_metrics:
                for metric in scoped.metrics:
                    _add_metric(built, metric)
    return built


def _add_metric(built: MetricsBuilder, metric: metrics_pb2.Metric) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    head: Point = {"name": metric.name, "unit": metric.unit, "kind": kind}
    if kind not in ("gauge", "summary"):
        head["temporality"] = enum_value(data.aggregation_temporality, 2)
    if kind == "sum":
        head["is_monotonic"] = data.is_monotonic
    for point in data.data_points:
        built.add(head, _point(point), point.start_time_unix_nano, point.time_unix_nano)
        for pair in point.attributes:
            built.attributes.add(pair.key, plain_of(pair.value))
        _add_shape(built, point)
        built.attributes.close()


def _point(point: _AnyPoint) -> Point:
    """Return the columns of one point. A number may be marked as missing: its value is then absent."""
    if isinstance(point, metrics_pb2.NumberDataPoint):
        kind = point.WhichOneof("value")
        value = float(getattr(point, kind)) if kind else None
        return {"value": value, "exemplar_trace_ids": trace_ids([item.trace_id for item in point.exemplars])}
    if isinstance(point, metrics_pb2.SummaryDataPoint):
        return {"count": point.count, "sum": point.sum}
    columns: Point = {
        "count": point.count,
        "sum": point.sum if point.HasField("sum") else None,
        "exemplar_trace_ids": trace_ids([item.trace_id for item in point.exemplars]),
    }
    if isinstance(point, metrics_pb2.HistogramDataPoint):
        return {
            **columns,
            "bucket_counts": list(point.bucket_counts),
            "explicit_bounds": list(point.explicit_bounds),
        }
    return {**columns, "bucket_counts": list(point.positive.bucket_counts)}


def _add_shape(built: MetricsBuilder, point: _AnyPoint) -> None:
    """Keep as attributes what two kinds of points have beside the columns."""
    if isinstance(point, metrics_pb2.ExponentialHistogramDataPoint):
        built.attributes.add("exponential_histogram.scale", point.scale)
        built.attributes.add("exponential_histogram.zero_count", point.zero_count)
        built.attributes.add("exponential_histogram.positive.offset", point.positive.offset)
        built.attributes.add("exponential_histogram.negative.offset", point.negative.offset)
        if point.negative.bucket_counts:
            built.attributes.add("exponential_histogram.negative.bucket_counts", list(point.negative.bucket_counts))
    if isinstance(point, metrics_pb2.SummaryDataPoint):
        for quantile in point.quantile_values:
            built.attributes.add(f"summary.quantile.{quantile.quantile:g}", quantile.value)
