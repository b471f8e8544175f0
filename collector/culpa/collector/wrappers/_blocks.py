"""Wrappers that go over lines: the journal's export format, and supervisor's headings."""

import re
from collections.abc import Iterator

from culpa.collector.formats import BARE, Line, Wrapping
from culpa.collector.wrappers._names import service_of
from culpa.collector.wrappers._objects import journal_wrapping
from culpa.collector.wrappers._wrapping import Wrapper
from culpa.instrumentation.patterns import late_pattern

_FIELD = late_pattern(rb"(?P<key>[A-Z_][A-Z0-9_]{0,63})=(?P<value>.*)", re.DOTALL)
_OF_JOURNAL = late_pattern(rb"(?:__CURSOR|__REALTIME_TIMESTAMP|__MONOTONIC_TIMESTAMP|_BOOT_ID|_[A-Z]{2,20})=")
#: `MESSAGE` alone announces words of several lines: eight bytes of length, then they.
_LENGTH_BYTES = 8
#: More lines than a record has fields and words.
_MAX_LINES = 1_000

_HEADING = late_pattern(
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) DEBG "
    rb"'(?P<service>[^']{1,100})' (?P<stream>std(?:out|err)) output:$"
)


class ExportLayer:
    """Puts the fields of a record together, which an empty line ends. Source: systemd's Journal Export Format."""

    def __init__(self) -> None:
        """Begin before a record."""
        self._fields: dict[str, str] = {}
        self._words: list[bytes] = []
        self._first: Line | None = None
        self._is_message = False
        self._lines = 0

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield the lines of a message that ends by it."""
        content = line.content
        if not content or self._lines >= _MAX_LINES:
            yield from self.flush()
            if not content:
                return
        self._first = self._first or line
        self._lines += 1
        field = _FIELD.fullmatch(content)
        if self._is_message and not (field and self._words and field["key"][:1] == b"_"):
            self._words.append(content if self._words else content[_LENGTH_BYTES:])
        elif field and field["key"] == b"MESSAGE":
            self._words = [field["value"]]
        elif field:
            self._is_message = False
            self._fields[field["key"].decode()] = field["value"].decode("utf-8", "replace")
        elif content == b"MESSAGE":
            self._is_message = True

    @property
    def held_from(self) -> int | None:
        """Return where the record begins that is not complete; None between two."""
        return self._first.offset if self._first else None

    def flush(self) -> Iterator[Line]:
        """Yield the lines of the record that is held back."""
        first, words, fields = self._first, self._words, self._fields
        self._first, self._words, self._fields, self._is_message, self._lines = None, [], {}, False, 0
        if first is None:
            return
        wrapping = first.wrapping.around(journal_wrapping(fields))
        for content in words:
            yield first._replace(content=content, wrapping=wrapping)


class HeadingLayer:
    """Gives lines the program that the heading above them names."""

    def __init__(self) -> None:
        """Begin above the first heading."""
        self._heading = BARE

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; a heading is left out."""
        heading = _HEADING.match(line.content)
        if heading is None:
            yield line._replace(wrapping=line.wrapping.around(self._heading))
            return
        name, stream = heading["service"].decode("utf-8", "replace"), heading["stream"].decode()
        self._heading = Wrapping(heading["time"].decode(), service_of(name), f"{name}/{stream}")

    @property
    def held_from(self) -> int | None:
        """Hold nothing back."""
        return None

    def flush(self) -> Iterator[Line]:
        """Hold nothing back."""
        return iter(())


JOURNAL_EXPORT = Wrapper(
    "journalctl -o export",
    lambda line: _OF_JOURNAL.match(line) is not None,
    ExportLayer,
    ("__REALTIME_TIMESTAMP=1777629600000000\n_PID=42\n_SYSTEMD_UNIT=shop.service\nMESSAGE=INFO: ok\n\n", "INFO: ok"),
)
SUPERVISOR = Wrapper(
    "supervisor",
    lambda line: _HEADING.match(line) is not None,
    HeadingLayer,
    ("2026-05-01 10:00:00,290 DEBG 'nginx' stdout output:\nINFO: ok\n", "INFO: ok"),
)
