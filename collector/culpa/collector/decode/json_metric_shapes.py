"""The shapes of OTLP/JSON metrics; see `json_shapes`."""

from culpa.collector.decode.json_shapes import Number, Pairs, Resource, Shape


class Exemplar(Shape):
    """A measurement that was part of a point."""

    trace_id: str | None = None


class Buckets(Shape):
    """One side of an exponential histogram."""

    offset: Number = None
    bucket_counts: list[Number] | None = None


class Quantile(Shape):
    """A quantile of a summary."""

    quantile: Number = None
    value: Number = None


class Point(Shape):
    """A point of any kind: the fields of all kinds together."""

    attributes: Pairs = None
    start_time_unix_nano: Number = None
    time_unix_nano: Number = None
    as_double: Number = None
    as_int: Number = None
    exemplars: list[Exemplar] | None = None
    count: Number = None
    sum: Number = None
    bucket_counts: list[Number] | None = None
    explicit_bounds: list[Number] | None = None
    scale: Number = None
    zero_count: Number = None
    positive: Buckets | None = None
    negative: Buckets | None = None
    quantile_values: list[Quantile] | None = None


class Data(Shape):
    """The points of a metric."""

    data_points: list[Point] | None = None
    aggregation_temporality: Number = None
    is_monotonic: bool | None = None


class Metric(Shape):
    """A metric; one of the kinds is set."""

    name: str | None = None
    unit: str | None = None
    gauge: Data | None = None
    sum: Data | None = None
    histogram: Data | None = None
    exponential_histogram: Data | None = None
    summary: Data | None = None


class ScopeMetrics(Shape):
    """Metrics of one library."""

    metrics: list[Metric] | None = None


class ResourceMetrics(Shape):
    """Metrics of one resource."""

    resource: Resource | None = None
    scope_metrics: list[ScopeMetrics] | None = None
    schema_url: str | None = None


class Metrics(Shape):
    """A body of /v1/metrics."""

    resource_metrics: list[ResourceMetrics] | None = None
