"""What files of one recording tell about each other: whose an access log is, and the zone of the machine's times."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo
from itertools import islice
from pathlib import Path

import msgspec

from culpa.collector.formats import AccessRow, Row, Source, zone_of
from culpa.collector.recorded.archives import members_of
from culpa.collector.recorded.columns import kind_of_file
from culpa.collector.recorded.content import HEAD_BYTES
from culpa.collector.recorded.files import Damaged, Unopenable
from culpa.collector.recorded.spans import Spans
from culpa.knowledge import formats_of

#: So many files of an archive are looked at: it is unpacked as far as that.
_MOST_MEMBERS = 30

#: How error logs begin, also behind what a container or the journal puts before a line.
_ERROR_LOGS = {
    "apache": re.compile(rb"(?m)\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}\] \["),
    "nginx": re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]{4,6}\] \d{1,10}#\d{1,10}: "),
    "lighttpd": re.compile(rb"(?m)\(?(?:gw_backend|mod_fastcgi|mod_cgi|mod_proxy|server|log)\.c\.\d{1,5}\) "),
    "litespeed": re.compile(
        rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}(?:(?:\t|\\t)[A-Z]{4,6}(?:\t|\\t)| \[[A-Z]{4,6}\] \[\d{1,10}\] )"
    ),
}
_OFFSET = re.compile(rb"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d ([+-]\d{4})\]")


class Beside:
    """What the first bytes of all files told. Where they disagree nothing is known."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._servers: set[str] = set()
        self._offsets: set[bytes] = set()
        self._spans = Spans()

    def look(self, head: bytes) -> None:
        """Take in a file's first bytes."""
        self._servers.update(name for name, begins in _ERROR_LOGS.items() if begins.search(head))
        self._offsets.update(_OFFSET.findall(head))
        self._spans.look(head)

    @property
    def server(self) -> str:
        """Return the web server whose error log is among the files, '' if that of none or of several."""
        return next(iter(self._servers)) if len(self._servers) == 1 else ""

    def named(self, row: Row) -> Row:
        """Return an access line that all servers can write as one of the server that is known to stand beside."""
        server = self.server
        is_shared = server and isinstance(row, AccessRow) and row.format in formats_of("shared")
        return msgspec.structs.replace(row, service_name=server) if is_shared else row

    def zone(self, otherwise: tzinfo | None) -> tzinfo | None:
        """Return the zone that every access line names."""
        if len(self._offsets) != 1:
            return otherwise
        return zone_of(next(iter(self._offsets)).decode(), otherwise)

    def zone_of(self, head: bytes) -> tzinfo | None:
        """Return the zone of times that name none, if they are of the while of the access lines by it alone."""
        return self._spans.zone_of(head, self.zone(None))

    def local(self, source: Source) -> Source:
        """Return the source for formats whose times are the machine's."""
        return replace(source, zone=self.zone(source.zone))


def beside(paths: Iterable[Path]) -> Beside:
    """Look at the first bytes of each file; what cannot be read is the reader's to report."""
    found = Beside()
    for path in paths:
        try:
            if not kind_of_file(path):
                for member in islice(members_of(path), _MOST_MEMBERS):
                    found.look(next(iter(member.chunks), b"")[:HEAD_BYTES])
        except (Unopenable, Damaged):
            continue
    return found
