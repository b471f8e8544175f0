"""Read a file of server logs for show: what is understood of each record, and which lines are not."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from culpa.collector.formats import Row, Source, source_name
from culpa.collector.recorded.archives import members_of
from culpa.collector.recorded.content import HEAD_BYTES, Encoding, content_of
from culpa.collector.recorded.reader import head_of, records_of
from culpa.collector.wrappers import outcome_of, streams_for


class Tried(NamedTuple):
    """One record, or one line that is of no format; absent is '' or None."""

    line: int  # number of its first line, from 1
    text: str
    format: str = ""
    row: Row | None = None  # what would be kept
    trouble: str = ""  # why it cannot be read


def tried(path: Path, zone: tzinfo | None = UTC) -> Iterator[Tried]:
    """Yield what is understood of a file, then the first lines of streams in no format that is known.

    Errors: Unopenable, Damaged: the file cannot be read. Rows are not redacted yet.
    """
    for member in members_of(path):
        name = member.name or path.name
        head, rest = head_of(member.chunks)
        content = content_of(name, head[:HEAD_BYTES])
        if content.encoding is not Encoding.RECORDS or content.unwrapper is None:
            yield Tried(1, head[:200].decode("utf-8", "replace"), trouble="no log of a server or an app")
            continue
        streams = streams_for(name, content.unwrapper)
        source = Source(source_name(name), zone)
        for found in records_of(chain([head], rest), content.unwrapper, streams):
            known, row, trouble = outcome_of(found, source)
            yield Tried(found.record.line, found.record.text, known.name, row, trouble)
        for line in streams.unknown:
            yield Tried(line.number, line.content.decode("utf-8", "replace"), trouble="of no format that is known")
