"""Rows for the writer's tests: ids count from one, clocks step by a second."""

from collections.abc import Mapping

import pyarrow as pa

from culpa.store import arrow_schema

#: 2026-01-01T00:00:00Z in nanoseconds.
START_NS = 1_767_225_600 * 10**9


def table(relation: str, rows: list[dict[str, object]]) -> pa.Table:
    """Return rows of a relation; what a row does not name is empty."""
    schema = arrow_schema(relation)
    columns = {field.name: [row.get(field.name, _empty(field.type)) for row in rows] for field in schema}
    return pa.table(
        {name: pa.array(values, schema.field(name).type) for name, values in columns.items()}, schema=schema
    )


def _empty(kind: pa.DataType) -> object:
    if pa.types.is_string(kind):
        return ""
    if pa.types.is_list(kind):
        return []
    return False if pa.types.is_boolean(kind) else 0


def spans(first: int, count: int, **same: object) -> pa.Table:
    """Return spans numbered from `first`, one a second, each of its own trace."""
    return table("spans", [span(number, **same) for number in range(first, first + count)])


def span(number: int, **values: object) -> Mapping[str, object]:
    """Return one span."""
    return {
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "start_time": START_NS + number * 10**9,
        "service_name": "shop",
        "span_name": f"GET /{number}",
        **values,
    }
