"""Tell what a file holds by its first bytes, and by its name only where those do not tell."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from culpa.collector.dialects import Dialect, Printed, json_dialect_of, printed_in
from culpa.collector.formats import Format, Line, recognise
from culpa.collector.wrappers import Unwrapper, unwrapper_of

#: As many bytes of a file as are looked at.
HEAD_BYTES = 65_536
_HEAD_LINES = 20
#: Wrappers are told by more, since records of several lines may stand among them.
_WRAPPED_LINES = 200

_EXPORT = re.compile(rb'\s*\{\s*"(resourceSpans|resourceLogs|resourceMetrics)"')
_ANY_EXPORT = re.compile(rb'"(resourceSpans|resourceLogs|resourceMetrics)"\s*:')

#: `May  1 10:00:00`, `E0501 10:00:00.123456`, `[7] 01 May 10:00:00` and `10:00:00.123`, also behind a container's name.
_YEARLESS = re.compile(
    rb"(?:[\w.@-]{1,60} {1,40}\| |\[pod/[^\]]{1,200}\] |<\d{1,3}>)?"
    rb"(?:[A-Za-z]\S{2,5} {1,2}\d{1,2} \d\d:\d\d:\d\d[. ]|[IWEF]\d{4} \d\d:\d\d:\d\d\."
    rb"|\[\d{1,7}\] \d\d [A-Z][a-z]{2} \d\d:\d\d:\d\d[. ]|\[?\d{1,2}:\d\d:\d\d(?:[.,]\d{3,6})?\]? )"
)
_WITH_YEAR = re.compile(rb"\b(?:19|20)\d\d[-/]\d\d[-/]\d\d[T ]\d\d:|\b\d\d/[A-Z][a-z]{2}/(?:19|20)\d\d:\d\d:")
_MOST_OF_LINE = 400

#: A message of an export request begins with field 1, length-delimited (resource spans, logs, metrics alike).
_FIELD_1 = 0x0A
_ZSTD = b"\x28\xb5\x2f\xfd"
MAX_FRAME_BYTES = 64 * 1024 * 1024


class Encoding(Enum):
    """How the exports or records of a file are written."""

    JSON_LINES = auto()  # OTLP, one export a line
    JSON_DOCUMENT = auto()  # OTLP, one export over many lines
    FRAMES = auto()  # OTLP, each export behind its length
    FOREIGN = auto()  # JSON of another tool's traces
    RECORDS = auto()  # a server's log
    NOTHING = auto()  # an empty file
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds."""

    encoding: Encoding
    unwrapper: Unwrapper | None = None  # of records
    printed: tuple[Printed, ...] = ()  # ways in which traces are printed among records
    dialect: Dialect | None = None  # of another tool's traces


def content_of(file_name: str, head: bytes, wanted: Format | None = None) -> Content:
    """Tell what a file holds by its first `HEAD_BYTES`; `wanted` is the format of what is not OTLP."""
    if not head.strip():
        return Content(Encoding.NOTHING)
    if is_framed(head):
        return Content(Encoding.FRAMES)
    lines = head.split(b"\n")
    # The last one may be cut, but it may be the only one.
    shown = (lines[:-1] or lines)[:_WRAPPED_LINES]
    printed = printed_in(_bare(shown))
    dialect = None if printed else json_dialect_of(head)
    if dialect:
        return Content(Encoding.FOREIGN, dialect=dialect)
    exports = _exports(head)
    if exports:
        return Content(exports)
    unwrapper = unwrapper_of(shown)
    if wanted is None and not unwrapper.names and b"\0" in head:
        first = head.decode("utf-8", "replace").split("\n")[:_HEAD_LINES]
        if recognise(file_name, first) is None:
            return Content(Encoding.UNKNOWN)
    return Content(Encoding.RECORDS, unwrapper, printed)


def has_no_years(head: bytes) -> bool:
    """Say whether lines at a file's begin are dated without a year, as in a syslog and by klog, or without a day."""
    return any(_YEARLESS.match(line[:_MOST_OF_LINE]) for line in head.split(b"\n", _HEAD_LINES)[:_HEAD_LINES])


def bears_years(head: bytes) -> bool:
    """Say whether a date with its year stands somewhere in a file's first lines."""
    return _WITH_YEAR.search(b"\n".join(head.split(b"\n", _HEAD_LINES)[:_HEAD_LINES])) is not None


def _bare(lines: list[bytes]) -> bytes:
    """Return lines without what stands around them."""
    unwrapper = unwrapper_of(lines)
    if not unwrapper.names:
        return b"\n".join(lines)
    bare = [found for line in lines for found in unwrapper.add(Line(line, 1, 1))]
    return b"\n".join(line.content for line in (*bare, *unwrapper.flush()))


def is_framed(head: bytes) -> bool:
    """Say whether this begins as the file exporter's length-prefixed messages do (4 bytes, big-endian)."""
    length = int.from_bytes(head[:4], "big")
    if not 0 < length <= MAX_FRAME_BYTES or len(head) < 8:
        return False
    return head[4] == _FIELD_1 or head[4:8] == _ZSTD or _EXPORT.match(head[4:]) is not None


def is_zstd(data: bytes) -> bool:
    """Say whether this begins as a zstd frame."""
    return data.startswith(_ZSTD)


def _exports(head: bytes) -> Encoding | None:
    # A broken or empty first line must not hide the exports behind it; a pretty-printed one is a document.
    lines = head.split(b"\n")[:_HEAD_LINES]
    if any(_EXPORT.match(line) for line in lines) and lines[0].strip() != b"{":
        return Encoding.JSON_LINES
    if head.lstrip().startswith(b"{") and _ANY_EXPORT.search(head) and len(lines) > 1:
        return Encoding.JSON_LINES if lines[0].rstrip().endswith(b"}") else Encoding.JSON_DOCUMENT
    return Encoding.JSON_LINES if _ANY_EXPORT.search(lines[0]) else None


def signal_of_json(line: bytes) -> str | None:
    """Return `traces`, `logs` or `metrics` of an export in JSON, or None if it is none."""
    found = _EXPORT.match(line) or _ANY_EXPORT.search(line)
    return _SIGNALS[found[1]] if found else None


_SIGNALS = {b"resourceSpans": "traces", b"resourceLogs": "logs", b"resourceMetrics": "metrics"}
