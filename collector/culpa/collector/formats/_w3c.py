"""Logs in the W3C extended format: a header above the lines names their fields."""

from collections.abc import Callable, Sequence

from culpa.collector.formats._format import Record, Unreadable
from culpa.collector.formats._values import text

HEADER = "#Fields: "


def is_header(line: str) -> bool:
    """Say whether a line names the fields of those below it."""
    return line.startswith(HEADER)


def named(record: Record, values: list[str], usual: Callable[[int], Sequence[str]]) -> dict[str, str]:
    """Return values by the header's names, '' for `-`; without a header by the `usual` ones of so many.

    Errors: Unreadable.
    """
    names = record.dated.removeprefix(HEADER).split() or usual(len(values))
    if len(values) != len(names):
        raise Unreadable("its fields are not those that the header names")
    return {name: text(value) for name, value in zip(names, values, strict=True)}
