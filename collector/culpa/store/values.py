"""Turn Arrow values into Python's and into JSON's, with times in UTC and whole to the nanosecond.

Arrow alone either refuses nanoseconds or needs pandas to show them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Beyond this not every whole number is a double.
_MOST_WHOLE = 2**53 - 1
_NS_PER = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


def iso(epoch_ns: int) -> str:
    """Return a time as `2026-11-22T10:00:05.123456789Z`, digits of the fraction as needed.

    Units: nanoseconds since 1970 in UTC.
    """
    seconds, fraction = divmod(epoch_ns, 1_000_000_000)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        # SQL knows infinite times and years beyond 9999.
        return f"{seconds} s since 1970"
    text = moment.isoformat()[:19]
    # Of three, six or nine digits: readers of ISO times know these.
    digits = f"{fraction:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def ns_of(moment: str | int) -> int:
    """Return a time as nanoseconds since 1970; `moment` is that already, or ISO text."""
    if isinstance(moment, int):
        return moment
    whole = datetime.fromisoformat(moment[:19] + "+00:00")
    fraction = moment[20:].rstrip("Z").ljust(9, "0") if len(moment) > 20 else "0"
    return (whole - _EPOCH) // timedelta(seconds=1) * 10**9 + int(fraction)


def _iso_day(epoch_days: int) -> str:
    try:
        return (_EPOCH.date() + timedelta(days=epoch_days)).isoformat()
    except OverflowError:
        return f"{epoch_days} d since 1970"


def python_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts of plain Python values.

    Units: times are `datetime` in UTC, cut to microseconds, the most that it can hold. Infinite times, and years that
    Python does not know, are the first or the last time or day that it does.
    """
    return _rows(table.column_names, [_converted(column, _PYTHON) for column in _columns(table)])


def ns_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts of plain Python values; times are nanoseconds since 1970."""
    return _rows(table.column_names, [_converted(column, _WHOLE) for column in _columns(table)])


def json_rows(table: pa.Table, *, is_interchanged: bool = False) -> list[dict[str, Any]]:
    """Return rows as dicts of values that JSON knows; times are ISO text with all their digits.

    With `is_interchanged` a whole number that a reader which knows only doubles would round is text (RFC 7493, 2.2).
    """
    words = _INTERCHANGED if is_interchanged else _JSON
    return _rows(table.column_names, [_converted(column, words) for column in _columns(table)])


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


def _is_plain(kind: Any) -> bool:
    """Say whether values are said as they are, whoever reads them: most are."""
    types: Any = pa.types
    is_short = types.is_integer(kind) and kind.bit_width <= 32
    return bool(is_short or types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind))


def _is_list(kind: Any) -> bool:
    types: Any = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _bare(kind: Any) -> Any:
    """Return `kind` with each timestamp and date in it, however deep, as the whole number that it is kept as."""
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_date32(kind):
        return pa.int32()
    if _is_list(kind):
        return pa.list_(_bare(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _bare(field.type)) for field in _fields(kind)])
    if pa.types.is_map(kind):
        return pa.map_(_bare(kind.key_type), _bare(kind.item_type))
    return kind


@dataclass(frozen=True)
class _Words:
    """How values are said: a time (ns since 1970), a day (days since 1970), the pairs of a map, any other."""

    moment: Callable[[int], Any]
    day: Callable[[int], Any]
    pairs: Callable[[list[tuple[Any, Any]]], Any]
    other: Callable[[Any], Any]


def _converted(column: Any, words: _Words) -> list[Any]:
    if _is_plain(column.type):
        values: list[Any] = column.to_pylist()
        return values
    convert = _converter(column.type, words)
    return [convert(value) for value in column.cast(_bare(column.type), safe=False).to_pylist()]


def _converter(kind: Any, words: _Words) -> Callable[[Any], Any]:
    if pa.types.is_timestamp(kind):
        factor = _NS_PER[kind.unit]
        return lambda value: None if value is None else words.moment(value * factor)
    if pa.types.is_date32(kind):
        return lambda value: None if value is None else words.day(value)
    if _is_list(kind):
        inner = _converter(kind.value_type, words)
        return lambda value: None if value is None else [inner(item) for item in value]
    if pa.types.is_struct(kind):
        inners = {field.name: _converter(field.type, words) for field in _fields(kind)}
        return lambda value: None if value is None else {name: inners[name](item) for name, item in value.items()}
    if pa.types.is_map(kind):
        name, inner = _converter(kind.key_type, words), _converter(kind.item_type, words)
        return lambda value: None if value is None else words.pairs([(name(key), inner(item)) for key, item in value])
    return words.other


def _moment(epoch_ns: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=epoch_ns // 1000)
    except OverflowError:
        return (datetime.max if epoch_ns > 0 else datetime.min).replace(tzinfo=UTC)


def _day(epoch_days: int) -> date:
    try:
        return _EPOCH.date() + timedelta(days=epoch_days)
    except OverflowError:
        return date.max if epoch_days > 0 else date.min


def _named(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    return {str(name): value for name, value in pairs}


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


def _interchanged(value: Any) -> Any:
    said = _json(value)
    is_rounded = isinstance(said, int) and not -_MOST_WHOLE <= said <= _MOST_WHOLE
    return str(said) if is_rounded else said


def _python(value: Any) -> Any:
    # Sums of whole numbers arrive as decimals without a fraction.
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return value


_PYTHON = _Words(moment=_moment, day=_day, pairs=list, other=_python)
_WHOLE = _Words(moment=int, day=_day, pairs=list, other=_python)
_JSON = _Words(moment=iso, day=_iso_day, pairs=_named, other=_json)
_INTERCHANGED = _Words(moment=iso, day=_iso_day, pairs=_named, other=_interchanged)
