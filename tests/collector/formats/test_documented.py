"""What docs/formats.md lists is what the code has."""

import re
from pathlib import Path

from culpa.collector.events.words import ATTRIBUTES, EVENTS
from culpa.collector.formats import coded, declared

DOCUMENT = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")


def rows_of(heading: str) -> dict[str, str]:
    """Return the first and second cell of each row of the tables below a heading."""
    section = DOCUMENT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \|", section)
    return {first: second for first, second in cells if first not in ("format", "event_name", "attribute")}


def test_every_format_is_documented_and_no_other() -> None:
    """Each with what it is, what makes it a better witness and how it is joined."""
    tables = ("Web servers", "Databases and caches", "The machine", "Apps and their process managers")
    assert set(coded()) == {name for heading in tables for name in rows_of(heading)}
    section = DOCUMENT.split("## Formats that are data\n", 1)[1].split("\n## ", 1)[0]
    assert set(declared()) == set(re.findall(r"`(\w+)`", section))


def test_every_event_and_shared_attribute_is_documented_with_its_meaning() -> None:
    """The rules of the analysis and people who write SQL rely on these words."""
    assert rows_of("What a record means") == EVENTS
    assert rows_of("What is kept besides the columns") == ATTRIBUTES
