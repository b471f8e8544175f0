"""What a server-log format is: the seam between the readers of files and the modules of this folder."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from culpa.collector.formats._rows import AccessRow, LogRow
from culpa.collector.formats._wrapping import BARE, Wrapping
from culpa.instrumentation.patterns import late_pattern

Row = AccessRow | LogRow


class Unreadable(ValueError):
    """A record is not what its format promises; the text says why, and the reader adds file and line."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file a record comes from, as far as its rows depend on it."""

    name: str  # see `source_name`
    zone: tzinfo | None = UTC  # of times that are written without one; None is this machine's
    read_at_ns: int = 0  # when a followed file was read; 0 for a recording
    newest_ns: int = 0  # of what else was recorded: dates without a year are near it; 0 where nothing else is known
    day_ns: int = 0  # the midnight before all else that was recorded, if that is of one day: for times without a date


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a log: a line, with the lines that continue it."""

    text: str  # without the last line end
    offset: int  # of its first byte in the uncompressed file
    end: int  # of the first byte behind it
    line: int  # number of its first line, from 1
    dated: str = ""  # the nearest line before it that bears a time, where the format says which do
    wrapping: Wrapping = BARE  # what stood around its first line
    is_cut: bool = False  # a line of it was longer than is read


@dataclass(frozen=True, slots=True)
class Format:
    """A server's log format. A module of this folder holds one, named `FORMAT`, and is thereby registered.

    `recognises(file name, first lines)` says whether a file is in this format, None where that is so if any of its
    lines opens a record; formats must not claim each other's lines. `begins(line)` tells a record's first line from
    one that continues it; None where every line is a record. `continues(lines so far, line)` is asked about a line
    that begins a record by its looks and says whether it belongs to the one before all the same. `dates(line)` says
    whether a line bears a time, for logs whose other lines have none: see `Record.dated`. `opens(line)` says of a
    line of any log that a record of this format begins with it, for sure, so that streams into which several
    programs write can be taken apart; None where no line alone tells that. `includes` names formats whose lines are
    among its own: they stand back where this one is known. `takes_all` says that the format reads whatever else a
    program prints too, `is_alone` that it is taken only for a stream in which no other is found; `is_local` that its
    times are the machine's, as those of the access logs beside it, but name no zone.
    `writer(line)` names the process that wrote a line, '' where the line does not say: of a format whose records go
    over several lines, each written by itself, so that those of processes that share a file lie in one another.
    `read(record, source)` returns its row, or None for one that holds nothing to keep; errors: Unreadable.
    It must give the same row for the same record and source, and does not redact: `tables_of` does that for all.
    """

    name: str
    service_name: str
    read: Callable[[Record, Source], Row | None]
    recognises: Callable[[str, Sequence[str]], bool] | None = None
    begins: Callable[[str], bool] | None = None
    continues: Callable[[Sequence[str], str], bool] | None = None
    dates: Callable[[str], bool] | None = None
    opens: Callable[[str], bool] | None = None
    writer: Callable[[str], str] | None = None
    includes: tuple[str, ...] = ()
    takes_all: bool = False
    is_alone: bool = False
    is_local: bool = False

    def claims(self, file_name: str, lines: Sequence[str]) -> bool:
        """Say whether a file is in this format."""
        if self.recognises:
            return self.recognises(file_name, lines)
        return self.opens is not None and any(map(self.opens, lines))


_COMPRESSION = late_pattern(r"\.(?:gz|zst|zstd|bz2|xz)$", re.IGNORECASE)
_ROTATION = late_pattern(r"(?:[.-]\d{1,14}){1,9}$")


def source_name(path_name: str) -> str:
    """Return the name by which a file goes into row ids: without folder, compression and rotation suffix.

    So a line keeps its row when the file is rotated, compressed or copied elsewhere between two readings.
    """
    name = _COMPRESSION.sub("", path_name.rsplit("/", 1)[-1])
    return _ROTATION.sub("", name) or name
