"""CodeIgniter's log, versions 2 to 4: a level, a time without a zone, an arrow, and PHP's error or the exception.

Source: CodeIgniter 3 system/core/Log.php, Exceptions.php; CodeIgniter 4 FileHandler.php, Debug/Exceptions.php.
"""

import re

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import CRITICAL, ERROR, WARNING, severity_of
from culpa.collector.formats._php import PhpError, php_error, php_printed, that_gives_up
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"(?P<level>DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY) {1,2}- "
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) --> (?P<words>.*)",
    re.DOTALL,
)
#: PHP's own error: its level, its words, file and line.
_OF_PHP = late_pattern(
    r"Severity: (?P<level>[A-Z][a-z]{2,12}(?: [A-Z][a-z]{2,12})?|error|\d{1,5}) {1,2}--> (?P<rest>.*)", re.DOTALL
)
_PLACE = late_pattern(r" (?P<file>(?:/|[A-Za-z]:\\)\S{1,400}) (?P<line>\d{1,7})$")
_QUERY = late_pattern(r"Query error: (?P<error>[^\n]{1,2000}?) - Invalid query: ")
#: What version 4 writes below the words: the request, the place, the stack.
_BELOW = late_pattern(
    r"(?:\n\[Method: (?P<method>[A-Z]{3,8}), Route: (?P<route>[^\]\n]{1,500})\])?"
    r"\nin (?P<file>\S{1,400}) on line (?P<line>\d{1,7})\.(?P<stack>.*)",
    re.DOTALL,
)
_TYPED = late_pattern(
    r"(?P<type>[A-Z]\w{0,80}(?:\\\w{1,80}){0,12}(?:Exception|Error)|mysqli_sql_exception): (?P<message>.*)", re.DOTALL
)
_FRAME = late_pattern(r"(?m)^ {1,3}\d{1,3} ")


def _opens(line: str) -> bool:
    return " --> " in line and _HEAD.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    head = _HEAD.match(text_of(record))
    if not head:
        if record.text.startswith("<?php"):
            return None
        raise Unreadable("not a line of CodeIgniter's log")
    severity = severity_of(head["level"])
    words = head["words"].rstrip()
    if severity < WARNING or words.startswith("404 Page Not Found"):
        return None
    below = _BELOW.search(words)
    error = _error(words, below, severity)
    route = (below["route"] or "") if below else ""
    # Only what nobody caught has a place below it.
    has_failed = bool(below and severity >= CRITICAL) or error.has_ended
    keys, values = attributes([("code.file.path", error.file), ("code.line.number", error.line)])
    at = iso_ns(head["time"], source.zone)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=max(severity if not error.level else error.severity, error.severity),
        severity_text=head["level"],
        service_name=FORMAT.service_name,
        body=words[: below.start()] if below else words,
        event_name=error.event or ("request.failed" if has_failed else ""),
        format=FORMAT.name,
        http_request_method=(below["method"] or "") if below and route else "",
        url_path=path_of(f"/{route.lstrip('/')}") if route else "",
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.exception_message,
        stacktrace=error.stacktrace,
    )


def _error(words: str, below: re.Match[str] | None, severity: int) -> PhpError:
    """Return what the words tell of an error of PHP, of the database, or of an exception."""
    php = _OF_PHP.match(words)
    if php:
        return _of_php(php["level"], php["rest"])
    query = _QUERY.match(words)
    if query:
        return PhpError("", ERROR, query["error"], type="Query error")
    if below is None:
        return PhpError("", 0, words)
    said = words[: below.start()]
    typed = _TYPED.match(said)
    kind, message = (typed["type"], typed["message"]) if typed else ("Exception", said)
    frames = "\n".join(
        f"#{number} {frame}" for number, frame in enumerate(_FRAME.split(below["stack"].strip("\n") + "\n")[1:])
    ).replace("\n\n", "\n")
    printed = php_printed(kind, message, f"{below['file']}:{below['line']}", frames.rstrip())
    return PhpError("", severity, message, "", below["file"], below["line"], kind, printed)


def _of_php(level: str, rest: str) -> PhpError:
    """Return PHP's error, said again as PHP prints it."""
    place = _PLACE.search(rest)
    said = f"{rest[: place.start()]} in {place['file']} on line {place['line']}" if place else rest
    if level == "error" or level.isdecimal():
        # It names every exception so, whatever its class; what it was stands in the words.
        return php_error(f"PHP Fatal error:  {said.removeprefix('Exception: ')}")
    return that_gives_up(php_error(f"PHP {_LEVELS.get(level, level)}:  {said}"))


_LEVELS = {
    "Error": "Fatal error",
    "Runtime Notice": "Strict Standards",
    "Parsing Error": "Parse error",
    "User Warning": "Warning",
}

FORMAT = Format(
    name="codeigniter_log", service_name="codeigniter", read=_read, begins=_opens, opens=_opens, is_local=True
)
