"""What a Parquet file says of itself at its end: its columns, and between which times its rows are."""

from sys import intern
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet

from culpa.collector.parquet.place import Found, Place

#: Its types are known in part only.
_parquet: Any = pyarrow.parquet
#: A number of time is of seconds, ms, µs or ns by its size, as `recorded.shapes` has it.
_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))


class Footer(NamedTuple):
    """The end of one file, as far as it is needed."""

    file: Found
    schema: str  # names and types of all columns: files of which it is the same are read together
    ranges: dict[str, tuple[int, int]]  # the first and last value of columns of numbers and times, ns since 1970
    rows: int


def footer_of(place: Place, file: Found) -> Footer:
    """Read the end of a file. Errors: OSError, pa.ArrowException for what is no Parquet, or not whole."""
    with place.open(file.path) as opened:
        data = _parquet.read_metadata(opened)
    columns = [data.schema.column(number) for number in range(data.num_columns)]
    names = {column.path: number for number, column in enumerate(columns) if "." not in column.path}
    ranges = {name: found for name, number in names.items() if (found := _range(data, number))}
    # Of nested columns the path tells the way, and types of Parquet what Arrow's own note of them would hide.
    schema = "\n".join(
        f"{column.path} {column.physical_type} {column.logical_type} {column.max_repetition_level}"
        for column in columns
    )
    return Footer(file, intern(schema), ranges, data.num_rows)


def _range(data: Any, number: int) -> tuple[int, int] | None:
    """Return the first and last value of a column; None where the file does not say, or it counts nothing."""
    found: list[int] = []
    for group in range(data.num_row_groups):
        told = data.row_group(group).column(number).statistics
        if told is None or not told.has_min_max or told.physical_type != "INT64":
            return None
        unit = _unit(told.logical_type)
        for raw in (told.min_raw, told.max_raw):
            found.append(raw * (unit or _counted(raw)))
    return (min(found), max(found)) if found else None


def _unit(logical: Any) -> int:
    """Return the unit of a type of time in ns, 0 for what is no such type."""
    if logical.type != "TIMESTAMP":
        return 0
    text = str(logical)
    return 10**6 if "milliseconds" in text else 10**3 if "microseconds" in text else 1


def _counted(number: int) -> int:
    return next((unit for below, unit in _UNITS if number < below), 1)


#: What a file raises that is none, or not whole.
TROUBLE = (OSError, pa.ArrowException)
