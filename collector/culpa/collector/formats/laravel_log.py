"""Laravel's `storage/logs/laravel.log`: Monolog's line format, an exception over many lines in its context.

The ids are there if the exception handler's `context()` adds `request_id` (X-Request-Id) or `traceparent`.
"""

import re
from typing import NamedTuple

from culpa.collector.formats._extent import MOST_OF_MESSAGE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._laravel import request_in
from culpa.collector.formats._levels import CRITICAL, WARNING, severity_of
from culpa.collector.formats._php import event_of, php_chain, php_printed
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, query_of
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"\[(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)\] "
    r"(?P<channel>[\w-]+)\.(?P<level>DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): "
    r"(?P<words>.*)",
    re.DOTALL,
)
_BEGINNING = late_pattern(r"\[\d{4}-\d\d-\d\d[ T][\d:.+Z-]+\] [\w-]+\.[A-Z]{4,9}: ")
#: An object in the context begins with its class and code, which Monolog before 1.18 leaves out; message, place and
#: stack follow.
_OBJECT = late_pattern(r"\[object\] \((?P<type>[A-Za-z_\\][\w\\]*)(?:\(code: [^)\n]{0,40}\))?: ")
_PLACE = late_pattern(r"(?:/|[A-Za-z]:\\|\w+://)[^\n\"]*:\d+")
_STACK = ")\n[stacktrace]\n"
_END = ')"'
_NEXT = "\n[previous exception] "
#: Where line breaks are not kept, as in Symfony's default, these stand in the JSON as it escapes them.
_INLINE = (("\\n[previous exception] ", _NEXT), (")\\n[stacktrace]\\n", _STACK), ('\\n"', '\n"'))
_IDS = late_pattern(r"trace|request|correlation")
_EXCEPTION = late_pattern(r'"\w+":"\[object\] \(')
#: Where the context begins: behind the words, as JSON without spaces.
_CONTEXT = late_pattern(r' (?=\{"[\w.-]+":)')
_STRING = late_pattern(r'"(?P<key>[\w.-]+)":"(?P<value>(?:[^"\\\n]|\\.)*)"')
_ESCAPE = late_pattern(r"\\(.)", re.DOTALL)
_PHP_5 = late_pattern(
    r"exception '(?P<type>[\w\\]{1,200})' with message '(?P<message>[\s\S]{0,4000}?)' in (?P<place>/\S{1,400}:\d{1,7})"
)
#: Further exceptions of a chain, as older Symfonys write them behind the first.
_MORE = late_pattern(r", (?P<type>[A-Za-z_][\w\\]{0,200})(?P<code>\(code: [^)\n]{0,40}\))?: ")
_SYMFONY = "Uncaught PHP Exception "
_SYMFONY_SAYS = late_pattern(
    r'Uncaught PHP Exception (?P<type>[\w\\]{1,200}): "(?P<message>[\s\S]{0,4000}?)" '
    r'at (?P<file>/[^\s"]{1,400}) line (?P<line>\d{1,7})'
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class _Error(NamedTuple):
    """An exception of the context; `printed` is in the shape in which PHP prints one."""

    type: str
    message: str
    printed: str


def _begins(line: str) -> bool:
    return line.startswith("[") and _BEGINNING.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    head = _HEAD.match(text)
    if not head:
        raise Unreadable("not a line of Laravel's log")
    severity = severity_of(head["level"])
    if severity < WARNING and not _IDS.search(text):
        return None
    words, context = _split(head["words"])
    facts = {found["key"]: _plain(found["value"]) for found in _STRING.finditer(context)}
    request = request_in(facts)
    if severity < WARNING and not request.trace_id:
        return None
    errors = _errors(context) or _written(words)
    # Symfony's word for what it answers with 5xx; of 4xx it is an error only. Laravel's own says nothing of an answer.
    is_of_request = words.startswith(_SYMFONY) and severity >= CRITICAL
    at = iso_ns(head["time"], source.zone)
    keys, values = attributes([("url.query", query_of(request.target)), *request.others])
    outer = errors[0] if errors else None
    message = outer.message if outer else ""
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=request.trace_id,
        span_id=request.span_id,
        severity_number=severity,
        severity_text=head["level"],
        service_name=FORMAT.service_name,
        body=words,
        event_name=event_of(message or words) or ("request.failed" if is_of_request else ""),
        scope_name=head["channel"],
        format=FORMAT.name,
        request_id=request.request_id,
        http_request_method=request.method,
        url_path=path_of(request.target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=outer.type if outer else "",
        exception_message=message,
        stacktrace=php_chain([error.printed for error in errors]),
    )


def _split(text: str) -> tuple[str, str]:
    """Return the message, and the context behind it."""
    exception = _EXCEPTION.search(text)
    starts = [found.start() for found in _CONTEXT.finditer(text, 0, exception.end() if exception else len(text))]
    if not starts:
        return text.strip(), ""
    return text[: starts[-1]].strip(), text[starts[-1] :]


def _written(words: str) -> list[_Error]:
    """Return the exception that old versions wrote as PHP 5 prints one, or that Symfony's words tell alone."""
    if symfony := _SYMFONY_SAYS.match(words):
        kind, message = symfony["type"], symfony["message"]
        return [_Error(kind, message, php_printed(kind, message, f"{symfony['file']}:{symfony['line']}", ""))]
    found = _PHP_5.match(words)
    if not found:
        return []
    kind, message = found["type"], found["message"]
    stack = words[found.end() :].partition("Stack trace:\n")[2].strip()
    return [_Error(kind, message, php_printed(kind, message, found["place"], stack))]


def _errors(context: str) -> list[_Error]:
    """Return the exceptions of a context, outermost first."""
    found: list[_Error] = []
    causes: list[_Error]
    for escaped, plain in _INLINE:
        context = context.replace(escaped, plain)
    for part in context.split(_NEXT):
        head = _OBJECT.search(part)
        if head:
            statement, _, stack = part[head.end() :].partition(_STACK)
            # Symfony's default keeps no stack: what stands behind the place is the rest of the line.
            message, _, place = statement.partition(_END)[0].rstrip('"}] \n').removesuffix(")").rpartition(" at ")
            if not _PLACE.fullmatch(place):
                message, place = statement, ""
            message, causes = _chained(message, place)
            shown = _plain(stack.partition('\n"')[0]).strip()
            kind, message = _plain(head["type"]), _plain(message[:MOST_OF_MESSAGE])
            found.append(_Error(kind, message, php_printed(kind, message, _plain(place), shown)))
            found += causes
    return found


def _chained(message: str, last_place: str) -> tuple[str, list[_Error]]:
    """Return the first message of a chain that stands in one line, and the exceptions behind it."""
    # Without a code a comma in a message looks alike; it does not stand behind a place.
    found_heads = _MORE.finditer(message[:MOST_OF_MESSAGE])
    heads = [head for head in found_heads if head["code"] or message[: head.start()][-1:].isdecimal()]
    if not heads:
        return message, []
    ends = [*(head.start() for head in heads[1:]), len(message)]
    found: list[_Error] = []
    for head, end in zip(heads, ends, strict=True):
        kind, (words, _, place) = _plain(head["type"]), message[head.end() : end].rpartition(" at ")
        if not _PLACE.fullmatch(place):
            words, place = message[head.end() : end], last_place
        found.append(_Error(kind, _plain(words), php_printed(kind, _plain(words), _plain(place), "")))
    first, _, place = message[: heads[0].start()].rpartition(" at ")
    return first if _PLACE.fullmatch(place) else message[: heads[0].start()], found


def _plain(text: str) -> str:
    """Return a text without the escapes of JSON."""
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), text)


FORMAT = Format(name="laravel_log", service_name="laravel", read=_read, begins=_begins, opens=_begins)
