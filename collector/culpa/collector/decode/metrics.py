"""Metric points -> rows of `metric_points`. Gathered point by point: metrics are few beside spans."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from culpa.collector.decode.arrays import clean_texts
from culpa.collector.decode.attributes import split_attributes
from culpa.collector.decode.builder import AttributesBuilder, ContextBuilder
from culpa.collector.kernels import Column, arrow
from culpa.collector.tables import MAX_NS, column_type, table_of
from culpa.store import arrow_schema

#: Columns that a point brings itself; the others come from its metric, resource or attributes.
Point = dict[str, object]


@dataclass(slots=True)
class MetricsBuilder:
    """Gathers metric points; call `add` once per point and `attributes.close` behind its attributes."""

    context: ContextBuilder = field(default_factory=ContextBuilder)
    points: list[Point] = field(default_factory=list[Point])
    attributes: AttributesBuilder = field(default_factory=AttributesBuilder)

    def add(self, metric: Point, point: Point, start_ns: int, time_ns: int) -> None:
        """Append a point of a metric; times are nanoseconds since the epoch."""
        self.context.add_row()
        times = {"time": min(time_ns, MAX_NS), "start_time": min(start_ns, MAX_NS)}
        self.points.append({**_ABSENT, **metric, **point, **times})


_ABSENT: Point = {
    "temporality": 0,
    "is_monotonic": False,
    "value": None,
    "count": None,
    "sum": None,
    "bucket_counts": [],
    "explicit_bounds": [],
    "exemplar_trace_ids": [],
}


def metric_table(built: MetricsBuilder) -> pa.Table:
    """Return rows of `metric_points`.

    Errors: OverflowError, pa.ArrowInvalid for a number that does not fit.
    """
    context = built.context.build()
    split = split_attributes(built.attributes.build())
    columns: dict[str, Column] = {"attr_keys": split.keys, "attr_vals": split.values}
    schema = arrow_schema("metric_points")
    services = [resource.service_name for resource in context.resources]
    ids = [resource.resource_id for resource in context.resources]
    columns["service_name"] = arrow.array([services[row] for row in context.resource], arrow.string())
    columns["resource_id"] = arrow.array([ids[row] for row in context.resource], arrow.uint64())
    for name in schema.names:
        if name not in columns:
            values = [point[name] for point in built.points]
            column = arrow.array(values, column_type("metric_points", name))
            columns[name] = clean_texts(column) if column.type == arrow.string() else column
    return table_of("metric_points", columns)


def enum_value(value: int, largest: int) -> int:
    """Return an enum number, 0 where no version known to us has it."""
    return value if 0 <= value <= largest else 0


def trace_ids(ids: Sequence[bytes]) -> list[str]:
    """Return the hex of the exemplars' trace ids, without those that are none."""
    return [trace_id.hex() for trace_id in ids if len(trace_id) == 16 and any(trace_id)]
