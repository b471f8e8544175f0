"""PHP's fatal error as it stands in the page or the terminal: without a time, its stack often in one line with it."""

from collections.abc import Sequence

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._php import php_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes
from culpa.collector.formats.php_errors import is_of_a_shell
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(r"(?:PHP )?(?:(?:Recoverable |Catchable )?[Ff]atal error|Parse error): {1,2}\S")
_PLACED = ("Uncaught ", " on line ")
#: A browser shows the lines of a stack one behind the other.
_FLAT = late_pattern(r" (?=Stack trace: #0 |#\d{1,3} (?:/|[A-Za-z]:\\|\{main\}|\[internal)|thrown in )")
_TRACE = late_pattern(r"Stack trace: ?(?=#0)")
_MORE = late_pattern(r"(?:Stack trace:|#\d{1,3} |  thrown in |Next [A-Z\\])")


def _begins(line: str) -> bool:
    return len(line) < SHORT_LINE * 4 and _HEAD.match(line) is not None and any(map(line.__contains__, _PLACED))


def _continues(lines: Sequence[str], line: str) -> bool:
    return bool(_HEAD.match(lines[0])) and _MORE.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    if not _HEAD.match(text):
        raise Unreadable("no fatal error of PHP")
    error = php_error(_TRACE.sub("Stack trace:\n", _FLAT.sub("\n", text)))
    keys, values = attributes([("code.file.path", error.file), ("code.line.number", error.line)])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=0,
        observed_time=source.read_at_ns,
        severity_number=error.severity,
        severity_text=error.level,
        service_name=FORMAT.service_name,
        body=error.message,
        event_name=error.event or ("" if is_of_a_shell(text) else "request.failed"),
        format=FORMAT.name,
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.exception_message,
        stacktrace=error.stacktrace,
    )


FORMAT = Format(
    name="php_page", service_name="php-fpm", read=_read, begins=_begins, continues=_continues, opens=_begins
)
