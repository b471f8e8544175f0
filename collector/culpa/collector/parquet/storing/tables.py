"""Exports as Arrow tables. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from culpa.collector.abroad.rows import Row, rows_of
from culpa.collector.kernels import arrow, pc
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
    kinds = zip(schema.names, schema.types, strict=True)
    try:
        columns = [arrow.array(_values(name, kind, rows), kind) for name, kind in kinds]
        table: pa.Table = arrow.table(columns, schema=schema)
        return table
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise ValueError(f"a body that no table can hold: {error}") from error


def _values(name: str, kind: pa.DataType, rows: Sequence[Row]) -> list[Any]:
    """Return a column; maps are lists of pairs for Arrow, and no time is beyond what it counts."""
    if pa.types.is_timestamp(kind):
        return [min(row[name], _LATEST_NS) for row in rows]
    if pa.types.is_map(kind):
        return [list(row[name].items()) for row in rows]
    if name.endswith(".Attributes"):
        return [[list(one.items()) for one in row[name]] for row in rows]
    if name.endswith(".Timestamp"):
        return [[min(one, _LATEST_NS) for one in row[name]] for row in rows]
    return [row[name] for row in rows]


def days_of(rows: pa.Table) -> Iterator[Day]:
    """Yield the rows by the days of their times, in UTC."""
    numbers = pc.divide(pc.cast(rows["Timestamp"], pa.int64()), _DAY_NS)
    counted: Counter[int] = Counter(numbers.to_pylist())
    # Whoever has more rows first, so that the same bodies always come to the same files.
    chosen = sorted(number for number, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:_MOST_DAYS])
    for number in chosen:
        name = datetime.fromtimestamp(number * _DAY_NS // _S, UTC).strftime("%Y-%m-%d")
        yield _day(name, rows.filter(pc.equal(numbers, number)))
    if len(counted) > len(chosen):
        yield _day("", rows.filter(pc.invert(pc.is_in(numbers, arrow.array(chosen, pa.int64())))))


def _day(name: str, rows: Any) -> Day:
    # A trace is looked for by its id, and ids that repeat are small.
    ordered = rows.sort_by([("TraceId", "ascending"), ("Timestamp", "ascending")])
    span = pc.min_max(pc.cast(ordered["Timestamp"], pa.int64())).as_py()
    return Day(name, ordered, span["min"], span["max"])
