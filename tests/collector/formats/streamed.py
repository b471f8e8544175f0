"""Lines read as those of one stream, each in the format that it has."""

from culpa.collector.formats import Line, LogRow, Source, mixture
from culpa.collector.formats._streams import Stream


def rows_of(lines: list[str]) -> list[LogRow]:
    """Return the rows of logs among lines of `shop.log`."""
    found = mixture("shop.log", lines)
    assert found is not None
    stream = Stream(found)
    records = [one for number, line in enumerate(lines, 1) for one in stream.add(Line(line.encode(), number, number))]
    rows = (one.format.read(one.record, Source("shop.log")) for one in (*records, *stream.flush()))
    return [row for row in rows if isinstance(row, LogRow)]
