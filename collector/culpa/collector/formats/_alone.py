"""Read each record of a log by itself, so that one that cannot be read costs no other."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyarrow as pa

from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._rows import LogRow
from culpa.collector.tables import KEPT_CHARS


class Reading(NamedTuple):
    """What a record gave: a row, or none if nothing of it is kept; and why it could not be read, '' if it was."""

    row: Row | None
    trouble: str = ""


def read_alone(known: Format, record: Record, source: Source) -> Reading:
    """Read one record. One that cannot be read is kept as a log record without a meaning."""
    try:
        return Reading(known.read(record, source))
    except Unreadable as error:
        return Reading(_raw(known, record, source), str(error))
    except Exception as error:
        # Not with its text, which may quote what is redacted nowhere yet.
        return Reading(_raw(known, record, source), f"it cannot be read ({type(error).__name__})")


def _raw(known: Format, record: Record, source: Source) -> LogRow:
    return LogRow(
        log_id=record_id(known.name, source, record),
        time=0,
        observed_time=source.read_at_ns,
        service_name=known.service_name,
        body=record.text[:KEPT_CHARS].replace("\0", "").encode("utf-8", "replace").decode(),
        format=known.name,
    )


def tables_alone(
    rows: Sequence[Row], make: Callable[[Sequence[Row]], dict[str, pa.Table]], lost: list[Row]
) -> dict[str, pa.Table]:
    """Make tables of rows; those that nothing can be made of are put into `lost`."""
    try:
        return make(rows)
    except Exception:
        if len(rows) == 1:
            lost.extend(rows)
            return {}
    half = len(rows) // 2
    parts = [tables_alone(rows[:half], make, lost), tables_alone(rows[half:], make, lost)]
    names = {name: None for part in parts for name in part}
    return {name: pa.concat_tables([part[name] for part in parts if name in part]) for name in names}
