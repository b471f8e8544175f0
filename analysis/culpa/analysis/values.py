"""Turn Arrow values into Python's and into JSON's, with times in UTC and whole to the nanosecond.

Arrow alone either refuses nanoseconds or needs pandas to show them.
"""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from culpa.analysis.plain import json_safe

_NS_PER = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


def iso(epoch_ns: int) -> str:
    """Return a time as `2026-11-22T10:00:05.123456789Z`, digits of the fraction as needed.

    Units: nanoseconds since 1970 in UTC.
    """
    seconds, fraction = divmod(epoch_ns, 1_000_000_000)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        # SQL knows infinite times and years beyond 9999.
        return f"{seconds} s since 1970"
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    # Of three, six or nine digits: readers of ISO times know these.
    digits = f"{fraction:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def _iso_day(epoch_days: int) -> str:
    try:
        return (date(1970, 1, 1) + timedelta(days=epoch_days)).isoformat()
    except OverflowError:
        return f"{epoch_days} d since 1970"


def python_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts of plain Python values.

    Units: times are `datetime` in UTC, cut to microseconds, the most that it can hold.
    """
    moment = pa.timestamp("us", "UTC")
    columns = [
        [_python(value) for value in column.cast(_with(column.type, moment, None), safe=False).to_pylist()]
        for column in _columns(table)
    ]
    return _rows(table.column_names, columns)


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts of values that JSON knows; times are ISO text with all their digits."""
    columns = [_json_column(column) for column in _columns(table)]
    return _rows(table.column_names, columns)


def json_text(value: object) -> str:
    """Return JSON, indented by two, that is safe to print on a terminal."""
    return json_safe(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def _columns(table: pa.Table) -> list[Any]:
    # Arrow's types are generic over what a column holds, which is known only when it runs.
    return list(table.columns)


def _fields(struct: Any) -> list[Any]:
    return list(struct)


def _rows(names: list[str], columns: list[list[Any]]) -> list[dict[str, Any]]:
    if not columns:
        return []
    keys = unique(names)
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def unique(names: list[str]) -> list[str]:
    """Return column names with `_1`, `_2`, … behind those that came before; SQL allows equal names."""
    seen: set[str] = set()
    out: list[str] = []
    for name in names:
        candidate, number = name, 0
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        out.append(candidate)
    return out


def _with(kind: Any, moment: Any, day: Any) -> Any:
    """Return `kind` with each timestamp in it, however deep, replaced by `moment`, and each date by `day` if given."""
    if pa.types.is_timestamp(kind):
        return moment
    if pa.types.is_date32(kind):
        return day or kind
    if pa.types.is_list(kind):
        return pa.list_(_with(kind.value_type, moment, day))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _with(field.type, moment, day)) for field in _fields(kind)])
    if pa.types.is_map(kind):
        return pa.map_(_with(kind.key_type, moment, day), _with(kind.item_type, moment, day))
    return kind


def _json_column(column: Any) -> list[Any]:
    convert = _converter(column.type)
    plain = column.cast(_with(column.type, pa.int64(), pa.int32()), safe=False)
    return [convert(value) for value in plain.to_pylist()]


def _converter(kind: Any) -> Callable[[Any], Any]:
    if pa.types.is_timestamp(kind):
        factor = _NS_PER[kind.unit]
        return lambda value: None if value is None else iso(value * factor)
    if pa.types.is_date32(kind):
        return lambda value: None if value is None else _iso_day(value)
    if pa.types.is_list(kind):
        inner = _converter(kind.value_type)
        return lambda value: None if value is None else [inner(item) for item in value]
    if pa.types.is_struct(kind):
        inners = {field.name: _converter(field.type) for field in _fields(kind)}
        return lambda value: None if value is None else {name: inners[name](item) for name, item in value.items()}
    if pa.types.is_map(kind):
        name, inner = _converter(kind.key_type), _converter(kind.item_type)
        return lambda value: None if value is None else {str(name(key)): inner(item) for key, item in value}
    return _json


def _json(value: Any) -> Any:
    value = _python(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        # JSON has no word for these.
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _python(value: Any) -> Any:
    # Sums of whole numbers arrive as decimals without a fraction.
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return value
