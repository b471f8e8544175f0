"""nginx's error log: who said it, about which connection and request, and the words.

Its lines carry no trace id; analysis joins them by process, connection, request and second.
"""

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._php import quoted_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, process_id, query_of
from culpa.instrumentation.patterns import late_pattern

#: Of a line only its head is looked at, and a process id may be longer than that: its first digit tells enough.
_BEGINS = late_pattern(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d")

#: A line of which the head was cut off when it was copied; process, thread and connection are nobody else's.
_CUT = late_pattern(r" {0,2}(?:\[?[a-z]{1,6}\] )?\d{1,10}#\d{1,10}: \*\d{1,12} \S")

_RECORD = late_pattern(
    r"(?:(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[| {0,2}\[?)(?:(?P<level>[a-z]+)\] )?(?P<pid>\d+)#(?P<tid>\d+): "
    r"(?:\*(?P<connection>\d+) )?(?P<message>.*)",
    re.DOTALL,
)

#: What nginx appends about the request. A request line that it accepted holds no spaces besides its own two,
#: so a client cannot write an `upstream` of its own into the line.
_CONTEXT = late_pattern(
    # Who shows a line may have masked the client with words.
    r",? ?client: (?P<client>\S+?|<[^<>,]{1,60}>)"
    r"(?:,? server: (?P<server>[^,]*))?"
    r'(?:, request: "(?P<request>\S+ \S+ HTTP/[\d.]+|[^"]*)")?'
    r'(?:, subrequest: "(?P<subrequest>\S*?)")?'
    r'(?:, upstream: "(?P<upstream>\S*?)")?'
    r'(?:, host: "(?P<host>[^"]*)")?'
    # What a patched nginx adds, as Kong's: `, request_id: "…"`.
    r'(?:, (?!(?:client|server|request|subrequest|upstream|host|referrer):)[a-z_]{1,40}: "[^"]{0,200}")?'
    r'(?:, referrer: "(?P<referrer>.*)")?',
    re.DOTALL,
)

#: The end of a line that is whole.
_WHOLE = late_pattern(r', (?:host|referrer|upstream|request): "[^"]{0,1000}"$')

#: So many places in a line are tried: a client may fill it with words that look like nginx's.
_MOST_CLIENTS = 8

#: `(111: Connection refused)`; a TLS verify error is written without the space.
_ERRNO = late_pattern(r"\((\d{1,3}): ")

#: A client that came beyond this setting has no connection yet, and its request no line in the access log.
_FULL = late_pattern(r"^\d{1,9} (worker_connections) are not enough$")

_UPSTREAM = late_pattern(r"(?P<scheme>[a-z]+)://(?:unix:(?://)?(?P<socket>[^:]*)|(?P<address>[^/]*))")

#: OpenTelemetry's numbers for the levels of syslog. Source: OTel logs data model, appendix B.
_SEVERITY = {
    "debug": 5,
    "info": 9,
    "notice": 10,
    "warn": 13,
    "error": 17,
    "crit": 18,
    "alert": 19,
    "emerg": 21,
}


def _begins(line: str) -> bool:
    return _BEGINS.match(line) is not None or _CUT.match(line) is not None


def _is_told(lines: Sequence[str], line: str) -> bool:
    """Say whether a line goes on with a record: not where that ends in what nginx appends about the request."""
    return not _begins(line) and _WHOLE.search(lines[-1][-SHORT_LINE:]) is None


def _read(record: Record, source: Source) -> LogRow:
    found = _RECORD.fullmatch(text_of(record))
    if not found:
        raise Unreadable("not a line of nginx's error log")
    message, context = _split(found["message"])
    method, target = _request(context.get("request", ""))
    full = None if found["connection"] else _FULL.match(message)
    keys, values = attributes(
        [
            ("server.limit", full[1] if full else ""),
            ("client.address", context.get("client")),
            ("nginx.server", context.get("server")),
            ("nginx.request", "" if target else context.get("request")),
            ("nginx.subrequest", context.get("subrequest")),
            ("nginx.upstream.url", context.get("upstream")),
            ("server.address", context.get("host")),
            ("http.request.header.referer", context.get("referrer")),
            ("url.query", query_of(target)),
        ]
    )
    at = _time_ns(found["time"], source.zone) if found["time"] else 0
    errno = _ERRNO.search(message)
    quoted = quoted_error(message)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        # Of a line without its head only the tail of the level may be left.
        severity_number=_SEVERITY.get(found["level"] or "", 0 if found["time"] else _SEVERITY["error"]),
        severity_text=found["level"] or "",
        service_name=FORMAT.service_name,
        event_name="request.lost" if full else "",
        body=message,
        format=FORMAT.name,
        process_pid=process_id(found["pid"]),
        thread_id=found["tid"],
        connection_id=found["connection"] or "",
        error_code=errno[1] if errno else "",
        http_request_method=method,
        url_path=path_of(target),
        upstream_address=_address(context.get("upstream", ""), target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=quoted.type,
        exception_message=quoted.exception_message,
        stacktrace=quoted.stacktrace,
    )


def _split(message: str) -> tuple[str, dict[str, str]]:
    said, context = _parted(message)
    if not context and "\n" in message:
        # Where somebody broke a long line to show it, the request stands on lines of its own.
        whole, found = _parted(message.replace("\n", " "))
        return (whole, found) if found else (said, context)
    return said, context


def _parted(message: str) -> tuple[str, dict[str, str]]:
    end = len(message.rstrip())
    at = message.find("client: ")
    for _ in range(_MOST_CLIENTS):
        if at < 0:
            break
        start = at - 2 if message[max(at - 2, 0) : at] == ", " else at
        found = _CONTEXT.fullmatch(message, start, end)
        if found:
            return message[:start].rstrip(), {k: v for k, v in found.groupdict().items() if v}
        at = message.find("client: ", at + 1)
    return message, {}


def _request(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def _address(upstream: str, target: str) -> str:
    """Return what nginx spoke to, without the path that it asked for."""
    if "://unix:" in upstream and target != "/":
        # Of a socket in a group of servers nothing parts the two.
        upstream = upstream.removesuffix(target)
    found = _UPSTREAM.match(upstream)
    if not found:
        return ""
    place = f"unix:{found['socket']}" if found["socket"] else found["address"]
    return f"{found['scheme']}://{place}"


@lru_cache(maxsize=64)
def _time_ns(written: str, zone: tzinfo | None) -> int:
    try:
        at = datetime.strptime(written, "%Y/%m/%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError as error:
        raise Unreadable(f"no such time: {written}") from error
    # Without a zone, timestamp() reads it as this machine's local time.
    return max(int(at.timestamp()), 0) * 1_000_000_000


FORMAT = Format(
    name="nginx_error",
    service_name="nginx",
    read=_read,
    begins=lambda line: bool(line),
    continues=_is_told,
    opens=_begins,
    is_local=True,
)
