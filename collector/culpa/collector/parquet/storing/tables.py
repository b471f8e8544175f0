"""Exports as Arrow tables. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from culpa.collector.abroad.rows import Row, rows_of
from culpa.collector.parquet.storing.schema import LOGS, TRACES

SCHEMAS = {"traces": TRACES, "logs": LOGS}
_S, _DAY_NS = 1_000_000_000, 86_400_000_000_000
_LATEST_NS = 2**63 - 1
#: Days of one batch that get a folder each; whoever sends more of them has clocks that are wrong.
_MOST_DAYS = 7


class Day(NamedTuple):
    """The rows of a day, those of one trace together."""

    name: str  # as the folder has it; '' for rows of days of which there are too many
    rows: pa.Table
    first_ns: int
    last_ns: int


def table_of(signal: str, body: bytes, *, is_json: bool) -> pa.Table:
    """Return the rows of an export. Errors: ValueError for what is no OTLP."""
    rows = rows_of(signal, body, is_json=is_json)
    schema = SCHEMAS[signal]
    try:
        return pa.table({field.name: pa.array(_values(field, rows), field.type) for field in schema}, schema)
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise ValueError(f"a body that no table can hold: {error}") from error


def _values(field: Any, rows: Sequence[Row]) -> list[Any]:
    name = field.name
    if pa.types.is_timestamp(field.type):
        return [min(row[name], _LATEST_NS) for row in rows]
    if pa.types.is_map(field.type):
        return [list(row[name].items()) for row in rows]
    if pa.types.is_list(field.type):
        if pa.types.is_map(field.type.value_type):
            return [[list(one.items()) for one in row[name]] for row in rows]
        if pa.types.is_timestamp(field.type.value_type):
            return [[min(one, _LATEST_NS) for one in row[name]] for row in rows]
    return [row[name] for row in rows]


def days_of(rows: pa.Table) -> Iterator[Day]:
    """Yield the rows by the days of their times, in UTC."""
    times = pc.cast(rows["Timestamp"], pa.int64())
    numbers = pc.divide(times, _DAY_NS)
    counted = Counter(cast("list[int]", numbers.to_pylist()))
    chosen = sorted(number for number, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:_MOST_DAYS])
    for number in chosen:
        yield _day(
            datetime.fromtimestamp(number * _DAY_NS // _S, UTC).strftime("%Y-%m-%d"),
            rows.filter(pc.is_in(numbers, pa.array([number], pa.int64()))),
        )
    if len(counted) > len(chosen):
        yield _day("", rows.filter(pc.invert(pc.is_in(numbers, pa.array(chosen, pa.int64())))))


def _day(name: str, rows: pa.Table) -> Day:
    # A trace is looked for by its id, and ids that repeat are small.
    ordered = rows.sort_by([("TraceId", "ascending"), ("Timestamp", "ascending")])
    times = cast("list[int]", pc.cast(ordered["Timestamp"], pa.int64()).to_pylist())
    return Day(name, ordered, min(times), max(times))
