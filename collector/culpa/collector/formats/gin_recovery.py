"""What gin's recovery prints of a handler that panicked: the request, the words, and the calls.

Source: gin 1.10 `recovery.go`, `CustomRecoveryWithWriter`.
"""

from collections.abc import Sequence

from culpa.collector.formats._colours import without_colours
from culpa.collector.formats._extent import MOST_OF_MESSAGE, SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, query_of
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"(?:\d{4}/\d\d/\d\d [\d:]{8} )?\[Recovery\] (?P<time>\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d) panic recovered:"
)
_REQUEST = late_pattern(r"(?P<method>[A-Z]{3,10}) (?P<target>/\S{0,2000}) HTTP/[\d.]{1,3}$")
_HEADER = late_pattern(r"[A-Za-z][A-Za-z0-9-]{0,80}: ")
_CALL = late_pattern(r"(?P<place>(?:/|[A-Za-z]:/)\S[^\n]{0,400}?:\d{1,7}) \(0x[0-9a-f]{1,16}\)$")
_FUNCTION = late_pattern(r"\t(?P<function>[\w.*()$-]{1,120}): ")
#: Of Go itself, of a module, or made by the compiler: not the app's own.
_FOREIGN = late_pattern(
    r".*(?:/go/src/(?:runtime|net|reflect)/|/pkg/mod/|/usr/local/go/|/usr/lib/(?:go|golang)|/vendor/)"
)


def _opens(line: str) -> bool:
    return "[Recovery] " in line and _HEAD.match(without_colours(line[:SHORT_LINE])) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    if _CALL.match(line) or line[:1] in ("\t", "") or len(lines) == 1:
        return True
    # Behind the calls nothing else belongs to it.
    return not any(_CALL.match(each) for each in lines[-3:])


def _read(record: Record, source: Source) -> LogRow | None:
    head, *lines = without_colours(text_of(record)).split("\n")
    found = _HEAD.match(head)
    if not found:
        raise Unreadable("not what gin's recovery prints")
    asked = next((request for line in lines[:3] if (request := _REQUEST.match(line.rstrip("\r")))), None)
    calls = [(at, call["place"]) for at, line in enumerate(lines) if (call := _CALL.match(line))]
    words = _words(lines[: calls[0][0]] if calls else lines)
    at_ns = time_ns(found["time"], "%Y/%m/%d - %H:%M:%S", source.zone)
    target = asked["target"] if asked else ""
    keys, values = attributes([("url.query", query_of(target))])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at_ns,
        observed_time=source.read_at_ns or at_ns,
        severity_number=ERROR,
        service_name=FORMAT.service_name,
        body=f"panic recovered: {words}",
        event_name="request.failed",
        format=FORMAT.name,
        http_request_method=asked["method"] if asked else "",
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        exception_type="panic",
        exception_message=words,
        stacktrace=_stack(words, lines, calls),
    )


def _words(lines: Sequence[str]) -> str:
    """Return what was thrown: what stands between the request with its headers and the calls."""
    kept = [
        line for line in lines if line.strip() and not _HEADER.match(line) and not _REQUEST.match(line.rstrip("\r"))
    ]
    return "\n".join(kept)[:MOST_OF_MESSAGE].strip()


def _stack(words: str, lines: Sequence[str], calls: Sequence[tuple[int, str]]) -> str:
    """Return it in the shape in which Go prints one, from the app's innermost call on."""
    own = next((nth for nth, (_, place) in enumerate(calls) if not _FOREIGN.match(place)), 0)
    shown = [f"panic: {words}", "", "goroutine 1 [running]:"]
    for at, place in calls[own:]:
        named = _FUNCTION.match(lines[at + 1]) if at + 1 < len(lines) else None
        shown += [f"main.{named['function'] if named else 'handler'}()", f"\t{place} +0x0"]
    return "\n".join(shown) if calls else ""


FORMAT = Format(name="gin_recovery", service_name="", read=_read, begins=_opens, continues=_continues, opens=_opens)
