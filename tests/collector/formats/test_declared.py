"""Formats that are data: what each says of itself holds, and a user's faulty one is refused with its place."""

import pytest

from culpa.collector.formats import Record, Source, Unreadable, by_name, mixture, tables_of
from culpa.collector.formats._declared_check import check
from culpa.knowledge import declared_formats

ENTRIES = [pytest.param(one, id=one.name) for one in declared_formats()]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_of_a_sample_is_read_and_what_is_near_is_left(entry) -> None:
    check(entry)
    assert entry.source and entry.near


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_sample_is_known_as_of_its_format_and_becomes_a_row(entry) -> None:
    """As the only one, or among the lines of a program that prints what is not of any logger."""
    for sample in entry.samples:
        lines = sample.line.split("\n") if entry.continued else [sample.line]
        found = mixture("some.log", lines)
        assert found is not None and entry.name in found.names
        assert {entry.name} >= {name for name in found.names if not by_name(name).takes_all}
        row = by_name(entry.name).read(Record(sample.line, 0, len(sample.line), 1), Source("some.log"))
        assert 1 == sum(
            table.num_rows for name, table in tables_of([row] if row else []).items() if name != "exceptions"
        )


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_near_is_of_no_row_of_it(entry) -> None:
    for line in entry.near:
        with pytest.raises(Unreadable):
            by_name(entry.name).read(Record(line, 0, len(line), 1), Source("some.log"))
