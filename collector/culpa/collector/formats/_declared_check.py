"""Hold a format that is data to what it says of itself: its samples are read as they say, and what is near is left."""

from culpa.collector.formats._declared_fields import Fields, FieldsOfLine, FieldsOfObject, fields_of
from culpa.collector.formats._declared_patterns import check_patterns, compiled
from culpa.collector.formats._declared_values import time_of
from culpa.collector.formats._format import Source
from culpa.collector.formats._values import written
from culpa.knowledge import BadFormat, DeclaredFormat, FormatSample

#: A time of day is of this day: what a sample says of its time is read so, too.
_SOURCE = Source("sample", day_ns=1_714_521_600_000_000_000)
_SHOWN = 80


def check(entry: DeclaredFormat) -> None:
    """Refuse an entry that does not read its own samples, or reads what it should leave. Errors: BadFormat."""
    check_patterns(entry)
    fields = fields_of(entry)
    for sample in entry.samples:
        _check_sample(entry, fields, sample)
    for line in entry.near:
        if fields.claims(line):
            raise BadFormat(
                f"{entry.at('near')}: {entry.name} matches {line[:_SHOWN]!r}, which is near, but not of it; "
                f"ask for more in {'pattern' if entry.patterns else 'has or where'}"
            )


def _check_sample(entry: DeclaredFormat, fields: FieldsOfLine | FieldsOfObject, sample: FormatSample) -> None:
    line, _, behind = sample.line.partition("\n") if entry.continued else (sample.line, "", "")
    read = fields.of(line)
    shown = f"the sample {line[:_SHOWN]!r}"
    if read is None or not fields.claims(line):
        raise BadFormat(f"{entry.at('samples')}: {entry.name} does not match {shown}; mend the one or the other")
    texts = {
        **shown_fields(read),
        **{f"attributes.{key}": written(value) for key, value in fields.attributes(line).items()},
    }
    wanted = sample.fields if entry.is_own else {**dict.fromkeys(texts, ""), **sample.fields}
    for field, expected in wanted.items():
        found = behind if field == "stack" and field not in texts else texts.get(field, "")
        if field == "time":
            is_right = time_of(found, entry.times, _SOURCE) == time_of(expected, ("iso", *entry.times), _SOURCE) != 0
        else:
            is_right = found == expected
        if not is_right:
            raise BadFormat(
                f"{entry.at('samples')}: {entry.name} reads {field} = {found!r} of {shown}, expected {expected!r}"
            )
    for each in filter(None, behind.split("\n")):
        if fields.claims(each) or not compiled(entry.continued).match(each):
            raise BadFormat(f"{entry.at('continued')}: {each[:_SHOWN]!r} does not continue {shown}; widen continued")


def shown_fields(read: Fields) -> dict[str, str]:
    """Return the fields of a line as texts."""
    return {field: found for field, value in read.items() if (found := written(value))}
