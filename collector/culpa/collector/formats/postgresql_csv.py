"""PostgreSQL's csvlog. A statement in it may hold line ends, so a record ends where its quotes are closed."""

import csv
from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._postgresql import IDLE_TALK, SEVERITY, Entry, row_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import process_id
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_BEGINS = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?"
    r" (?P<zone>[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?),"
)
_SESSION = late_pattern(r",[0-9a-f]+\.[0-9a-f]+,\d+,")
#: Version 9.0 wrote so many; each later one added columns at the end.
_LEAST_COLUMNS = 23
_IDLE_TALK = late_pattern(',LOG,00000,"' + IDLE_TALK)


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(_begins(line) and _SESSION.search(line) is not None for line in lines)


def _begins(line: str) -> bool:
    return _BEGINS.match(line) is not None


def _continues(lines: Sequence[str], _line: str) -> bool:
    # A quote inside a quoted value is doubled, so an odd number of them is an open value.
    return sum(line.count('"') for line in lines) % 2 == 1


def _read(record: Record, source: Source) -> LogRow | None:
    if "traceparent" not in record.text and _IDLE_TALK.search(text_of(record)):
        return None
    begins = _BEGINS.match(text_of(record))
    columns = _columns(record.text) if begins else []
    if begins is None or len(columns) < _LEAST_COLUMNS or columns[11] not in SEVERITY:
        raise Unreadable("not a record of PostgreSQL's csvlog")
    client, colon, port = columns[4].rpartition(":")
    entry = Entry(
        time_ns=time_ns(
            begins["time"], "%Y-%m-%d %H:%M:%S", zone_of(begins["zone"], source.zone), begins["part"] or ""
        ),
        severity=columns[11],
        message=columns[13],
        pid=process_id(columns[3]),
        session=columns[5],
        user=columns[1],
        database=columns[2],
        application=columns[22],
        client=client if colon else columns[4],
        client_port=port if colon else "",
        code=columns[12],
        detail=columns[14],
        hint=columns[15],
        context=columns[18],
        statement=columns[19] or columns[16],
        backend=columns[23] if len(columns) > 23 else "",
    )
    return row_of(FORMAT.name, entry, record, source)


def _columns(text: str) -> list[str]:
    nothing: list[str] = []
    try:
        return next(csv.reader(text.replace("\0", "").splitlines(keepends=True), strict=True), nothing)
    except csv.Error as error:
        raise Unreadable(f"not CSV: {error}") from error


FORMAT = Format(
    name="postgresql_csv",
    service_name="postgresql",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
)
