"""What Rust prints of a thread that panicked: thread, place, words, and the calls where they were asked for.

Nothing here tells a time or a request. Source: Rust 1.60 to 1.90, library/std/src/panicking.rs: `default_hook`.
"""

from collections.abc import Sequence

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._rows import LogRow
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"thread '(?P<thread>[^'\n]{0,120})' (?:\(\d{1,12}\) )?panicked at "
    r"(?:'(?P<words>[\s\S]{0,4000})', (?P<old>[^\s:']{1,400}:\d{1,7}:\d{1,7})"
    r"|(?P<place>[^\s:']{1,400}:\d{1,7}:\d{1,7}):)"
)
_OPENS = late_pattern(r"thread '[^'\n]{0,120}' (?:\(\d{1,12}\) )?panicked at ")
_BELOW = ("note: ", "stack backtrace:", "query stack ")
#: A call's place, below its name in the backtrace.
_AT = late_pattern(r"\s{1,30}at \S{1,400}:\d{1,7}(?::\d{1,7})?$")


def _opens(line: str) -> bool:
    return _OPENS.match(line[:SHORT_LINE]) is not None


def _begins(line: str) -> bool:
    return bool(line) and line[0] not in " \t"


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep the words with their place, which stand on the line above since Rust 1.73, and the notes below."""
    if _opens(line):
        return False
    return line.startswith(_BELOW) or (len(lines) == 1 and _HEAD.match(lines[0]) is None) or _is_bare(lines)


def _is_bare(lines: Sequence[str]) -> bool:
    found = _HEAD.match(lines[0])
    return len(lines) == 1 and found is not None and found["place"] is not None


def _read(record: Record, source: Source) -> LogRow:
    text = text_of(record)
    found = _HEAD.match(text)
    if not found:
        raise Unreadable("not what Rust prints of a panic")
    below = text[found.end() :].strip("\n").split("\n")
    words = found["words"]
    if words is None:
        said = [line for line in below[: _end_of_words(below)] if line]
        words = "\n".join(said)
    calls = [line for line in below if _AT.match(line)]
    place = found["old"] or found["place"]
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=0,
        observed_time=source.read_at_ns,
        severity_number=ERROR,
        service_name=FORMAT.service_name,
        body=f"panic: {words}",
        format=FORMAT.name,
        thread_id=found["thread"],
        exception_type="panic",
        exception_message=words,
        stacktrace="\n".join([f"panic: {words}", f"    at {place}", *calls]),
    )


def _end_of_words(lines: Sequence[str]) -> int:
    return next((at for at, line in enumerate(lines) if line.startswith(_BELOW)), len(lines))


FORMAT = Format(name="rust_panic", service_name="", read=_read, begins=_begins, continues=_continues, opens=_opens)
