"""Lines in a column of a CSV file, as Datadog, CloudWatch Insights, Grafana, Splunk and Kibana hand them out."""

import csv
from collections.abc import Iterator
from contextlib import suppress

from culpa.collector.formats import Line, Wrapping
from culpa.collector.wrappers._names import service_of
from culpa.collector.wrappers._wrapping import Wrapper
from culpa.instrumentation.patterns import late_pattern

#: Names of columns in small letters: of the words, of the time, and of what tells the writer.
_WORDS = ("@message", "_raw", "line", "message", "content", "textpayload", "log")
_TIMES = ("@timestamp", "_time", "tsns", "timestamp", "time", "date", "datetime")
_SERVICES = ("service", "container", "kubernetes.container.name", "app")
_HOSTS = ("host", "hostname", "host.name")
_LOG = {"severity", "threadid"}
_HEADER = late_pattern(rb'(?:"[\w@ .-]{1,60}"|[\w@ .-]{1,60})(?:,(?:"[\w@ .-]{1,60}"|[\w@ .-]{1,60})){1,40}$')
#: As much of a row is put together from lines.
_MAX_BYTES = 1_048_576


def _columns(line: bytes) -> dict[str, int] | None:
    """Return the columns of a header by what they are needed for, None for a line that is none."""
    if not _HEADER.match(line):
        return None
    names = [name.strip().lower() for name in next(csv.reader([line.decode("ascii", "replace")]))]
    wanted = {"words": _WORDS, "time": _TIMES, "service": _SERVICES, "host": _HOSTS}
    found = {
        what: names.index(first)
        for what, known in wanted.items()
        if (first := next(filter(names.__contains__, known), ""))
    }
    # With a level of its own it is a log that is written so, and no export of lines.
    return found if {"words", "time"} <= found.keys() and not set(names).issuperset(_LOG) else None


class TableLayer:
    """Takes the lines out of rows; a quoted field may go over several."""

    def __init__(self) -> None:
        """Begin above the header."""
        self._columns: dict[str, int] = {}
        self._open: Line | None = None

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield those of a row that is complete by it."""
        columns = _columns(line.content) if self._open is None else None
        if columns:
            self._columns = columns
            return
        if self._open is None and self._columns and not line.content.strip():
            return  # between two rows
        if self._open is not None:
            line = self._open._replace(content=self._open.content + b"\n" + line.content, end=line.end)
        if line.content.count(b'"') % 2 and len(line.content) < _MAX_BYTES:
            self._open = line
            return
        self._open = None
        yield from self._lines_of(line)

    @property
    def held_from(self) -> int | None:
        """Return where the row begins that is not complete; None between two."""
        return self._open.offset if self._open else None

    def flush(self) -> Iterator[Line]:
        """Yield the row that was not completed, as it is."""
        left, self._open = self._open, None
        if left:
            yield left

    def _lines_of(self, line: Line) -> Iterator[Line]:
        row: list[str] = []
        with suppress(csv.Error):
            # Some write a quote within a field behind a backslash, as C does, not twice.
            escape = "\\" if b'\\"' in line.content and b'""' not in line.content else None
            text = line.content.decode("utf-8", "replace")
            row = next(csv.reader([text], escapechar=escape, doublequote=not escape), row)
        if not self._columns or len(row) <= max(self._columns.values()):
            yield line
            return
        # Words that are indented go on with those of the row before.
        fields = {what: row[at] if what == "words" else row[at].strip() for what, at in self._columns.items()}
        name = service_of(fields.get("service", ""))
        host = fields.get("host", "")
        wrapping = line.wrapping.around(Wrapping(fields["time"], name, "/".join(filter(None, (host, name))), host))
        for words in fields["words"].removesuffix("\n").split("\n"):
            yield line._replace(content=words.encode("utf-8", "replace"), wrapping=wrapping)


TABLE = Wrapper(
    "CSV",
    lambda line: _columns(line) is not None,
    TableLayer,
    ('Date,Host,Service,Message\n"2026-05-01T10:00:00.123Z","host1","shop","INFO: ok"\n', "INFO: ok"),
)
