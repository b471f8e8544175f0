"""Rows of server logs to redacted Arrow tables, in the columns of the store."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from culpa.collector.exceptions import ADDRESS, CALL_BEFORE, PORT, SCHEME, Sighting, exception_table
from culpa.collector.formats._alone import tables_alone
from culpa.collector.formats._format import Row
from culpa.collector.formats._ids import md5_hex
from culpa.collector.formats._rows import LogRow
from culpa.collector.redact import (
    Kind,
    kind_of,
    redact_array,  # pyright: ignore[reportUnknownVariableType]  # takes arrays of any type
    redact_text,
)
from culpa.collector.tables import MAX_NS
from culpa.knowledge import formats_of, log_formats
from culpa.store import arrow_schema

# Arrays are generic in what they hold, which only the schema knows: here they are untyped on purpose.
_arrow: Any = pa
_redact: Any = redact_array  # pyright: ignore[reportUnknownVariableType]  # as above

#: Columns into which clients and programs write freely.
_FREE = {
    "url_path": Kind.URL,
    "body": Kind.TEXT,
    "upstream_address": Kind.URL,
    "upstream_name": Kind.URL,
    "server_address": Kind.TEXT,
    "http_request_method": Kind.TEXT,
    "request_id": Kind.TEXT,
}

_TIMES = ("time", "observed_time", "start_time")

#: Statuses from which on a request is a failure.
_FIRST_FAILURE = 500
#: OpenTelemetry's number for ERROR.
_ERROR = 17
_WARN = 13

#: What a record may tell of its exception: the row's field, and the attribute's name.
_EXCEPTION = {
    "exception_type": "exception.type",
    "exception_message": "exception.message",
    "stacktrace": "exception.stacktrace",
    "exception_code": "db.response.status_code",
}


#: Whom it was asking then, as far as the record tells: an attribute of the row, and of the exception.
_WHOM = {"server.address": ADDRESS, "server.port": PORT, "url.scheme": SCHEME, CALL_BEFORE: CALL_BEFORE}


def tables_of(rows: Iterable[Row], lost: list[Row] | None = None) -> dict[str, pa.Table]:
    """Return the rows as one table per relation, everything redacted, columns as in the store.

    Shape: `access` and `logs` as there are rows of them, `exceptions` as far as log rows tell of some. Rows of which
    nothing can be made are appended to `lost`; they cost the others nothing.
    """
    return tables_alone(list(rows), _tables, [] if lost is None else lost)


def _tables(rows: Sequence[Row]) -> dict[str, pa.Table]:
    by_relation: dict[str, list[Row]] = {}
    for row in rows:
        by_relation.setdefault(row.relation, []).append(row)
    tables = {relation: _table(relation, found) for relation, found in by_relation.items()}
    raised = [row for row in by_relation.get("logs", []) if isinstance(row, LogRow) and _is_raised(row)]
    if raised:
        tables["exceptions"] = exception_table(_sightings(raised))
    return tables


def suspects_of(rows: Iterable[Row]) -> frozenset[str]:
    """Return the trace ids of requests that failed or broke off, or of which a log tells an error.

    A request of which only a line tells that names no trace has the id that the analysis makes of the line.
    """
    return frozenset(_trace_id(row) for row in rows if _is_suspect(row)) - {""}


def _trace_id(row: Row) -> str:
    if isinstance(row, LogRow) and not row.trace_id:
        return md5_hex(row.log_id) if _tells_failure(row) else ""
    return row.trace_id


def _tells_failure(row: LogRow) -> bool:
    """Say whether a line may be all that tells of a failed request: as `suspects.sql` of the analysis."""
    if row.format in formats_of("errors"):
        return row.severity_number >= _WARN and "client.address" in row.attr_keys
    return row.event_name == "request.failed" and row.url_path != ""


def _is_suspect(row: Row) -> bool:
    if isinstance(row, LogRow):
        return row.severity_number >= _ERROR or _is_raised(row) or _tells_failure(row)
    status = row.http_response_status_code
    return status >= _FIRST_FAILURE or (not row.completed and status < 400)


def _is_raised(row: LogRow) -> bool:
    return bool(row.exception_type or row.exception_message or row.stacktrace)


def _sightings(rows: Sequence[LogRow]) -> list[Sighting]:
    columns = {
        attribute: _redacted(
            [getattr(row, field) for row in rows], np.full(len(rows), kind_of(attribute), np.uint8)
        ).to_pylist()
        for field, attribute in _EXCEPTION.items()
    }
    return [
        Sighting(
            row.trace_id,
            row.span_id,
            min(max(row.time, 0), MAX_NS),
            row.service_name,
            row.resource_id,
            "log",
            {attribute: texts[at] for attribute, texts in columns.items() if texts[at]} | _whom(row),
            row.log_id,
        )
        for at, row in enumerate(rows)
    ]


def _whom(row: LogRow) -> dict[str, str]:
    """Return whom a record was asking when it raised something, as it was printed beside it, or before."""
    known = log_formats().get(row.format)
    if not (known and known.language):
        return {}  # what a web server's line names so is itself
    told = zip(row.attr_keys, row.attr_vals, strict=True)
    return {_WHOM[key]: redact_text(value) for key, value in told if key in _WHOM and value}


def _table(relation: str, rows: Sequence[Row]) -> pa.Table:
    schema: Any = arrow_schema(relation)
    return pa.Table.from_arrays([_column(rows, field) for field in schema], schema=schema)


def _column(rows: Sequence[Row], field: Any) -> Any:
    values = [getattr(row, field.name) for row in rows]
    if field.name == "attr_vals":
        return _attribute_values(rows, values, field.type)
    if field.name in _FREE:
        kinds = np.full(len(values), _FREE[field.name], np.uint8)
        return _redacted(values, kinds)
    if field.name in _TIMES:
        values = [min(max(value, 0), MAX_NS) for value in values]
    elif field.name == "duration_ns":
        # The end of a request must be a time as well.
        values = [_lasting(row) for row in rows]
    try:
        return _arrow.array(values, field.type)
    except (OverflowError, pa.ArrowInvalid):
        if not pa.types.is_integer(field.type):
            raise
    return _arrow.array([_fitting(value, field.type) for value in values], field.type)


def _lasting(row: Row) -> int:
    """Return how long a request took, so that its end is no later than any time may be."""
    if isinstance(row, LogRow):
        return 0
    return min(max(row.duration_ns, -1), MAX_NS - min(max(row.start_time, 0), MAX_NS))


def _fitting(number: int, kind: pa.DataType) -> int:
    """Return a number, 0 (absent) where the column cannot hold it: no pid or status is so large."""
    bits = kind.bit_width
    least = 0 if pa.types.is_unsigned_integer(kind) else -(1 << bits - 1)
    return number if least <= number < least + (1 << bits) else 0


def _redacted(values: list[str], kinds: npt.NDArray[np.uint8]) -> Any:
    return _redact(_arrow.array(values, pa.string()), kinds)


def _attribute_values(rows: Sequence[Row], values: list[list[str]], kind: Any) -> Any:
    kinds = np.array([kind_of(key) for key in chain.from_iterable(row.attr_keys for row in rows)], np.uint8)
    flat = _redacted(list(chain.from_iterable(values)), kinds)
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in values])]).astype(np.int32)
    return _arrow.ListArray.from_arrays(_arrow.array(offsets, pa.int32()), flat).cast(kind)
