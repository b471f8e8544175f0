"""What Ruby, Bundler and puma print: starts that failed with their exception, workers that hang, Rack apps' errors.

Only a few lines bear a time, and only puma's errors name a request. What Rails logs is `rails_log`.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import ERROR, FATAL
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, process_id
from culpa.instrumentation.patterns import late_pattern

_INFO = 9
#: More lines than the words of an exception have.
_MESSAGE_LINES = 20

#: An exception that nobody rescued: `file:7:in `total': words (KeyError)`; its words may go on below.
_HEAD = late_pattern(
    r"(?P<place>[^\s:][^:\n]*:\d+)(?::in [`'][^'\n]*')?: (?P<message>.*?) ?\((?P<type>[A-Z]\w*(?:::\w+)*)\)$"
)
_FRAME = late_pattern(r"\s+from |[^\s:][^:\n]*:\d+:in [`'][^'\n]*'$")
#: Words that go on without a frame: as old Bundlers and puma say them.
_NAMED = late_pattern(r"(?P<type>[A-Z]\w*(?:::\w+)+|[A-Z]\w*(?:Error|Exception|NotFound)): (?P<message>.*)", re.DOTALL)

#: Before puma's words in a cluster.
_PID = late_pattern(r"\[(?P<pid>\d+)\] ")
_DATED = late_pattern(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) (?P<words>.*)", re.DOTALL)
_OF_PUMA = late_pattern(r"[*!=-]{1,3} |Puma starting in |Use Ctrl-C|bundler: |#<Thread:|=> |Early termination")
_UNLOADED = late_pattern(r"! Unable to load application|! Unable to start worker|bundler: failed to load command")
_RACK = late_pattern(
    r"(?:Rack app|Read|HTTP parse error[^(]*|Error during failsafe response) ?"
    r'\("(?P<method>[A-Z]+) (?P<target>[^"\s]*)" - \((?P<client>[^)]*)\)\): '
    r"#<(?P<type>[A-Z][\w:]*)(?:: (?P<message>.*?))?>",
    re.DOTALL,
)

#: Words and what they mean, the first that matches; groups become attributes.
_MEANINGS = tuple(
    (late_pattern(words), event, severity)
    for words, event, severity in (
        (r"! Unable to load application|! Unable to start worker", "process.boot_failed", FATAL),
        (r"bundler: failed to load command", "process.boot_failed", FATAL),
        (r"ERROR: No application configured", "process.boot_failed", FATAL),
        (r"! Terminating timed out worker[^:]{0,100}: (?P<pid>\d+)", "worker.timeout", ERROR),
        (r"- Worker \d+ \(PID: (?P<own>\d+)\) booted", "worker.started", _INFO),
        (r"Puma starting in ", "server.started", _INFO),
        (r"Use Ctrl-C to stop", "server.ready", _INFO),
        (r"- Gracefully (?:stopping|shutting down)|=== puma shutdown", "server.shutdown", _INFO),
    )
)
#: Frames of a program that is loading its app, or opening its port.
_LOADING = late_pattern(
    r"load_rackup|load_and_bind|load_application|rack/builder\.rb|<top \(required\)>|bin/(?:puma|rackup|rails)\b"
    r"|config/(?:environment|application|boot)\.rb"
)


class _Error(NamedTuple):
    """An exception as it was printed."""

    type: str = ""
    message: str = ""
    stacktrace: str = ""


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    shown = [_words(line) for line in lines if len(line) < SHORT_LINE]
    return any(
        words.startswith(("Puma starting in ", "bundler: failed to load command"))
        or _UNLOADED.match(words)
        or (_HEAD.match(words) and ":in " in words)
        or ((dated := _DATED.match(words)) and _RACK.match(dated["words"]))
        for words in shown
    )


def _opens(line: str) -> bool:
    return len(line) < SHORT_LINE and _recognises("", [line])


def _begins(line: str) -> bool:
    return bool(line) and line[0] not in " \t"


def _continues(lines: Sequence[str], line: str) -> bool:
    first, words = _words(lines[0]), _words(line)
    if _OF_PUMA.match(words) or _DATED.match(words):
        return False
    if _is_frame(words):
        return True
    has_frames = any(_is_frame(_words(each)) for each in lines)
    if _HEAD.match(words):
        # A cause stands below what it caused, in the same form; the same once more is another try to start.
        is_cause = has_frames and bool(lines[-1].strip())
        return words not in lines and (is_cause or _UNLOADED.match(first) is not None or _announces(first))
    is_open = _UNLOADED.match(first) or _HEAD.match(first) or _RACK_OPEN.match(first)
    return bool(is_open) and not has_frames and len(lines) < _MESSAGE_LINES


#: A message of puma's about a request that goes over several lines.
_RACK_OPEN = late_pattern(r"\d{4}-\d\d-\d\d \S+ \S+ [^#\n]*#<[^>]*$")


def _read(record: Record, source: Source) -> LogRow | None:
    lines = text_of(record).split("\n")
    pid = _PID.match(lines[0])
    dated = _DATED.match(lines[0])
    words = "\n".join(_words(line) for line in lines)
    if dated:
        words = words[len(dated["time"]) + 1 :]
    at = iso_ns(dated["time"], source.zone) if dated else 0
    rack = _RACK.match(words)
    if rack:
        return _failed_request(record, source, at, words, rack)
    error = _error(words)
    event, severity, facts = _meaning(words)
    if error.stacktrace and not event and not words.startswith("#<Thread:"):
        event, severity = ("process.boot_failed" if _LOADING.search(error.stacktrace) else "server.crashed"), FATAL
    if not event and not error.type:
        return None
    keys, values = attributes([("process.killed.pid", facts.get("pid"))])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=severity or ERROR,
        service_name=FORMAT.service_name,
        body=_body(words, error),
        event_name=event,
        format=FORMAT.name,
        process_pid=process_id(facts.get("own", "")) or (process_id(pid["pid"]) if pid else 0),
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.message,
        stacktrace=error.stacktrace,
    )


def _failed_request(record: Record, source: Source, at: int, words: str, rack: re.Match[str]) -> LogRow:
    keys, values = attributes([("client.address", rack["client"])])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=ERROR,
        service_name=FORMAT.service_name,
        body=words.split("\n", 1)[0],
        event_name="request.failed",
        format=FORMAT.name,
        http_request_method=rack["method"],
        url_path=path_of(rack["target"]),
        attr_keys=keys,
        attr_vals=values,
        exception_type=rack["type"],
        exception_message=rack["message"] or "",
        stacktrace=_framed(rack["type"], rack["message"] or "", words[rack.end() :].strip("\n").split("\n")),
    )


def _words(line: str) -> str:
    """Return a line without the process id that puma's cluster puts before it."""
    prefix = _PID.match(line)
    return line[prefix.end() :] if prefix else line


def _is_frame(words: str) -> bool:
    return len(words) < SHORT_LINE and _FRAME.match(words) is not None


def _announces(first: str) -> bool:
    return first.startswith("#<Thread:")


def _meaning(words: str) -> tuple[str, int, dict[str, str]]:
    for known, event, severity in _MEANINGS:
        found = known.match(words)
        if found:
            return event, severity, {key: value for key, value in found.groupdict().items() if value}
    return "", 0, {}


def _error(words: str) -> _Error:
    """Read the exception: as Ruby prints it, else as puma and Bundler say it."""
    lines = words.split("\n")
    for at, line in enumerate(lines):
        head = _HEAD.match(line)
        if head and ":in " in line:
            below = next((later for later in range(at + 1, len(lines)) if _is_frame(lines[later])), len(lines))
            message = "\n".join([head["message"], *lines[at + 1 : below]]).rstrip()
            return _Error(head["type"], message, "\n".join(lines[at:]))
    named = _NAMED.match(words.partition(": ")[2] if _UNLOADED.match(words) else "") or _below(lines)
    if not named:
        return _Error()
    message, *frames = named["message"].split("\n")
    return _Error(named["type"], message, _framed(named["type"], message, frames))


def _below(lines: Sequence[str]) -> re.Match[str] | None:
    """Return what stands on the line below Bundler's or puma's words."""
    return _NAMED.match("\n".join(lines[1:])) if len(lines) > 1 and _UNLOADED.match(lines[0]) else None


def _framed(kind: str, message: str, frames: Sequence[str]) -> str:
    """Return an exception in the shape in which Ruby prints one, '' without frames."""
    places = [frame.strip().removeprefix("from ") for frame in frames if _is_frame(frame.strip())]
    if not places:
        return ""
    return "\n".join([f"{places[0]}: {message} ({kind})", *(f"\tfrom {place}" for place in places[1:])])


def _body(words: str, error: _Error) -> str:
    first = words.split("\n", 1)[0]
    if not error.type:
        return "\n".join(words.split("\n", 2)[:2])
    named = f"{error.type}: {error.message}".split("\n", 1)[0]
    return named if _HEAD.match(first) or named in first else f"{first}\n{named}"


FORMAT = Format(
    name="ruby_output",
    service_name="",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
    opens=_opens,
    takes_all=True,
)
