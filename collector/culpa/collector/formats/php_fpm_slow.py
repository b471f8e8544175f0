"""PHP-FPM's slow log: where a script stood when it had run for too long."""

import re
from collections.abc import Sequence

from culpa.collector.exceptions import is_own_file
from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import WARNING
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, process_id
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"\[(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?\]\s+"
    r"\[pool (?P<pool>[^\]]+)\] pid (?P<pid>\d+)\s*(?:\n|$)"
)
_SCRIPT = late_pattern(r"^script_filename = (?P<script>.+)$", re.MULTILINE)
_FRAME = late_pattern(r"^\[0x[0-9a-f]+\] (?P<function>[^()\n]+)\(\) (?P<file>.+):(?P<line>\d+)$", re.MULTILINE)


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(map(_begins, lines))


def _begins(line: str) -> bool:
    return _HEAD.match(line) is not None


def _read(record: Record, source: Source) -> LogRow:
    head = _HEAD.match(text_of(record))
    if not head:
        raise Unreadable("not an entry of PHP-FPM's slow log")
    script = _SCRIPT.search(text_of(record))
    frames = [(found["function"], found["file"], found["line"]) for found in _FRAME.finditer(text_of(record))]
    place = _place(frames)
    at = time_ns(head["time"], "%d-%b-%Y %H:%M:%S", source.zone, head["fraction"] or "")
    keys, values = attributes(
        [
            ("php.pool", head["pool"]),
            ("php.script_filename", script["script"] if script else ""),
            ("code.file.path", place[0]),
            ("code.line.number", place[1]),
            ("code.function.name", place[2]),
            ("code.stacktrace", "\n".join(f"{name}() {file}:{line}" for name, file, line in frames)),
        ]
    )
    where = f"{frames[0][0]}() {frames[0][1]}:{frames[0][2]}" if frames else "an unknown place"
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=WARNING,
        service_name=FORMAT.service_name,
        body=f"a script runs for too long: it is in {where}",
        event_name="worker.slow",
        format=FORMAT.name,
        process_pid=process_id(head["pid"]),
        attr_keys=keys,
        attr_vals=values,
    )


def _place(frames: Sequence[tuple[str, str, str]]) -> tuple[str, str, str]:
    """Return file, line and function of the innermost call in the app's own code, else of the innermost.

    A frame tells where its function was called; the function in which that stands is the next one's.
    """
    functions = [function for function, _, _ in frames[1:]] + ["{main}"]
    places = (
        [(file, line, function) for (_, file, line), function in zip(frames, functions, strict=True)] if frames else []
    )
    own = [place for place in places if is_own_file(place[0])]
    return own[0] if own else places[0] if places else ("", "", "")


FORMAT = Format(
    name="php_fpm_slow", service_name="php-fpm", recognises=_recognises, read=_read, begins=_begins, is_local=True
)
