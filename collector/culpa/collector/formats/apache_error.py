"""Apache's error log, in the `ErrorLogFormat` of our snippet, Apache's own, and that of 2.2.

What a script or daemon writes to its standard error stands in it too: raw lines without any bracket, and
tracebacks that mod_wsgi logs line by line, which are put together again.
"""

from collections.abc import Sequence

from culpa.collector.events import failed_request_of
from culpa.collector.exceptions import error_said
from culpa.collector.formats._apache import (
    Parts,
    event_of,
    is_of_request,
    is_tail,
    is_wsgi_traceback,
    parts_of,
    place_of,
    trace_of,
)
from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._perl import perl_error
from culpa.collector.formats._php import PhpError, is_php_headline, printed_error, quoted_error
from culpa.collector.formats._python_lines import said
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, process_id
from culpa.instrumentation.patterns import late_pattern

_TRACEBACK = "Traceback (most recent call last):"
_RAISED = late_pattern(r"(?m)^Traceback \(most recent call last\):$")
#: What Apache puts before the words of whom it passes on.
_OWN_NUMBER = late_pattern(r"AH\d{5}: ")
_WARN = 13
_ERROR = 17
#: More lines than a script writes of one error.
_MOST_STDERR = 200
#: What a script that the server ran wrote to its standard error, a line of the log each.
_STDERR = ("AH01215: ", "mod_fcgid: stderr: ")
#: Modules whose lines may be a Perl script's words: Apache 2.2 names none.
_OF_PERL = frozenset(("cgi", "cgid", "fcgid", "perl", ""))
#: Lines of a script that were written to the server's log without a level: they are errors as often as not.
_SCRIPT = 13


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(parts_of(line) is not None for line in lines)


def _begins(_line: str) -> bool:
    return True


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep together: a script's raw lines, a request's introduction and first line, a mod_wsgi traceback."""
    first = parts_of(lines[0])
    following = parts_of(line)
    if first is None or following is None:
        # PHP's words may stand on a line of their own.
        return first is following or (first is not None and len(lines) == 1 and is_php_headline(first.message))
    if first.is_introduction:
        if len(lines) == 1:
            return following.log_id == first.log_id and not following.is_introduction
        first = parts_of(lines[1]) or first
    if following.identity != first.identity:
        return False
    if _stderr_of(first.message) and _stderr_of(following.message):
        return len(lines) < _MOST_STDERR
    if not first.may_be_wsgi:
        return False
    return is_wsgi_traceback([_message(each) for each in lines[-40:]], following.message)


def _dates(line: str) -> bool:
    parts = parts_of(line)
    return parts is not None and parts.when is not None


def _stderr_of(message: str) -> str:
    """Return what a script wrote, '' for any other message: without the script's path, which newer servers add."""
    head = next((head for head in _STDERR if message.startswith(head)), "")
    words = message.removeprefix(head) if head else ""
    before, _, script = words.rpartition(": ")
    return before if script.startswith("/") and " " not in script else words


def _message(line: str) -> str:
    parts = parts_of(line)
    return parts.message if parts else line


def _read(record: Record, source: Source) -> LogRow | None:
    lines = text_of(record).split("\n")
    parts = parts_of(lines[0])
    if parts is None:
        return _script(record, source)
    if parts.is_introduction:
        inner = parts_of(lines[1]) if len(lines) > 1 else None
        if inner is None:
            return None
        parts, lines = inner.introduced_by(parts), lines[1:]
    ids = trace_of(parts)
    event, killed = event_of(parts.message)
    if not (ids.trace_id or event or parts.severity >= _WARN):
        return None
    messages = [_stderr_of(each.message) or each.message if (each := parts_of(line)) else line for line in lines]
    trouble, _, stack = "\n".join(messages).partition(_TRACEBACK)
    path, method, upstream = place_of(parts.message)
    if parts.may_be_wsgi and not event and not path and is_of_request(parts.message):
        known = said(parts.message)
        method, target = failed_request_of(known.message if known else parts.message)
        event, path = "request.failed", path_of(target)
    keys, values = attributes(
        [
            ("client.address", parts.client_address),
            ("client.port", parts.client_port),
            ("error.errno", parts.errno),
            ("apache.log_id", parts.log_id if parts.log_id != parts.unique_id else ""),
            ("code.file.path", parts.file),
            ("process.killed.pid", killed.get("pid")),
            ("process.killed.signal", killed.get("signal")),
            ("http.request.header.host", parts.host),
            ("http.request.header.referer", parts.referer),
        ]
    )
    at = parts.time_ns(source)
    body = trouble.strip() or messages[-1]
    # Apache writes the ends of lines as `\\n`.
    words = body.replace("\\n", "\n")
    # Apache 2.2 names no module.
    is_php = parts.module.startswith("php") or (not parts.module and words.startswith("PHP "))
    quoted = printed_error(words) if is_php else quoted_error(words)
    if is_php and quoted.has_ended and parts.client_address:
        event = event or "request.failed"
    elif not quoted.type and parts.module in _OF_PERL and (died := perl_error(words)):
        quoted = quoted._replace(
            type="die", message=died.message, stacktrace=f"{died.message} at {died.file} line {died.line}."
        )
    elif parts.may_be_wsgi and not event and is_tail(messages):
        event = "request.failed"
        kind, _, said_last = messages[-1].partition(": ")
        quoted = PhpError("", 0, said_last, type=kind)
    called = "" if quoted.type or stack else _called(parts, words)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        severity_number=parts.severity,
        severity_text=parts.level,
        service_name=FORMAT.service_name,
        # Below an error Apache prints whatever errno was left over.
        body=f"({parts.errno}){parts.error}: {body}" if parts.errno and parts.severity >= _ERROR else body,
        event_name=event,
        scope_name=parts.module,
        format=FORMAT.name,
        process_pid=process_id(parts.pid),
        thread_id=parts.tid,
        connection_id=parts.connection_id,
        request_id=parts.unique_id or parts.log_id,
        error_code=parts.code or parts.errno,
        http_request_method=method,
        url_path=path,
        upstream_address=upstream,
        attr_keys=keys,
        attr_vals=values,
        exception_type=quoted.type,
        exception_message=quoted.exception_message or called,
        stacktrace=f"{_TRACEBACK}{stack}" if stack else quoted.stacktrace,
    )


def _called(parts: Parts, words: str) -> str:
    """Return what a client within the server said of a database or another system, empty for anything else."""
    if parts.severity < _WARN or parts.module.startswith("proxy"):
        return ""
    return error_said(_OWN_NUMBER.sub("", words, count=1)).get("exception.message", "")


def _script(record: Record, source: Source) -> LogRow:
    """Return what a script wrote: its time is that of the nearest earlier line, and it has no request."""
    before = parts_of(record.dated)
    if before is None and record.text.startswith("["):
        raise Unreadable("not a line of Apache's error log")
    at = before.time_ns(source) if before else 0
    raised = _RAISED.search(text_of(record))
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=_SCRIPT,
        service_name=FORMAT.service_name,
        body=record.text,
        scope_name="script",
        format=FORMAT.name,
        stacktrace=text_of(record)[raised.start() :] if raised else "",
    )


FORMAT = Format(
    name="apache_error",
    service_name="apache",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
    dates=_dates,
    opens=_dates,
    takes_all=True,
    is_local=True,
)
