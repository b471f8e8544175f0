"""Every format meets lines in which one piece is repeated, doubled: no line costs more than its length says."""

import json
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from linearity.growth import growing
from linearity.hostile import of_line

from culpa.collector.formats import (
    LineSplitter,
    Record,
    RecordAssembler,
    Source,
    Unreadable,
    by_name,
    formats,
    recognise,
)
from culpa.knowledge import declared_formats

_GOLDEN = Path(__file__).parents[1] / "collector/formats/golden"
_SAMPLES = [
    *(json.loads(path.read_text("utf-8")) for path in sorted(_GOLDEN.glob("*.json"))),
    *({"format": one.name, "line": sample.line} for one in declared_formats() for sample in one.samples),
]
_MOST_TEXTS = 200
#: A format that is data has one pattern, which is proven; each first line is asked of all formats.
_MOST_OF_DATA, _MOST_OF_FIRST = 100, 60
_DATA = {declared.name for declared in declared_formats()}


def _lines(name: str) -> list[str]:
    return [golden["line"] for golden in _SAMPLES if golden["format"] == name]


@pytest.mark.parametrize("name", formats())
def test_no_line_of_a_format_costs_more_than_its_length_says(name: str) -> None:
    """From bytes to rows, as a file that is read."""
    known = by_name(name)

    def read(text: str) -> None:
        splitter, assembler = LineSplitter(), RecordAssembler(known)
        for line in [*splitter.feed(text.encode()), *splitter.rest()]:
            for record in assembler.add(line):
                _row(record)
        for record in assembler.flush():
            _row(record)

    def _row(record: Record) -> None:
        with suppress(Unreadable):
            known.read(record, Source("some.log"))

    told: list[str] = []
    for line in _lines(name)[: 1 if name in _DATA else 2]:
        told += growing(read, islice(of_line(line), _MOST_OF_DATA if name in _DATA else _MOST_TEXTS))
    assert [] == told


@pytest.mark.parametrize("name", formats())
def test_no_first_line_costs_more_than_its_length_says(name: str) -> None:
    """What a file is may be asked of any line."""
    told: list[str] = []
    for line in _lines(name)[:1]:
        told += growing(lambda text: recognise("some.log", text.split("\n")), islice(of_line(line), _MOST_OF_FIRST))
    assert [] == told


def test_every_format_has_a_line_to_begin_with() -> None:
    assert [] == [name for name in formats() if not _lines(name)]
