"""Formats that are data, as `Format`s like those that are code."""

from functools import cache

from culpa.collector.formats._declared_check import check
from culpa.collector.formats._declared_fields import fields_of, is_open
from culpa.collector.formats._declared_patterns import compiled
from culpa.collector.formats._declared_rows import access_row, log_row
from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.knowledge import DeclaredFormat, declared_formats


def declared() -> dict[str, Format]:
    """Return the formats that are data by name, in the order in which they are asked. Errors: BadFormat."""
    return _formats(declared_formats())


@cache
def _formats(entries: tuple[DeclaredFormat, ...]) -> dict[str, Format]:
    for entry in entries:
        if entry.is_own:  # ours are checked by the tests
            check(entry)
    return {entry.name: format_of(entry) for entry in entries}


def format_of(entry: DeclaredFormat) -> Format:
    """Return an entry as a format."""
    fields = fields_of(entry)
    continued = compiled(entry.continued) if entry.continued else None

    def begins(line: str) -> bool:
        return fields.claims(line) or not (continued and continued.match(line))

    def read(record: Record, source: Source) -> Row | None:
        # A line of JSON is read whole: cut, it would be none.
        line, behind = record.text if entry.kind == "json" else text_of(record), ""
        if continued and not (entry.kind == "pairs" and is_open(line.partition("\n")[0])):
            line, _, behind = line.partition("\n")
        found = fields.of(line)
        if found is None:
            raise Unreadable("not a line of the format")
        more = fields.attributes(line)
        if entry.is_access:
            return access_row(entry, found, more, record, source)
        return log_row(entry, found, more, behind, record, source)

    return Format(
        name=entry.name,
        service_name=entry.service,
        read=read,
        begins=begins if continued else None,
        opens=fields.claims,
        is_alone=entry.is_alone,
    )
