"""The access log format `combined` (and `common`), which nginx and Apache share.

It says no more than who asked for what when, and what the answer was: no ids, no durations, no upstream.
"""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Record, Source, Unreadable
from culpa.collector.formats._ids import record_id, request_ids
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, count, host_and_port, path_of, query_of
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    # Before the client some write the host that was asked for: nginx-proxy does, and people with a dash behind it.
    r"(?:(?P<vhost>[^\s\[\]]+:\d{1,5}) |(?P<host>[^\s\[\]\"|]{1,253}) (?:- )?)?"
    # Behind it Elastic Beanstalk's Apache writes, in brackets, for whom a balancer asks.
    r"(?P<client>[^\s(]\S*) (?:\([^()]{1,200}\) )?\S+ (?P<user>\S+) "
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) (?P<zone>[+-]\d{4})\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r'(?: "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?(?P<more> .*)?'
)
#: As people write it where syslog or a container tells the time.
_TIMELESS = late_pattern(
    r"(?P<vhost>(?!))?(?P<host>(?!))?(?P<time>(?!))?(?P<zone>(?!))?"
    r"(?P<client>[0-9a-fA-F:.]{2,45}) - (?:(?P<user>[^\s\"]{1,80}) )?"
    r'"(?P<request>[A-Z]{3,12} [^\s"]{1,4000} HTTP/[\d.]{1,3})" (?P<status>\d{3}) (?P<bytes>\d+|-)'
    r' "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"(?P<more> .*)?'
)
#: What gateways that write such a line put behind it: each has a format of its own.
_OF_GATEWAY = late_pattern(r' \d+ "[^"]*" "[^"]*" \d+ms| \d+ \d+\.\d+ \[[^\]\s]*\] [\[\d-]')
_REQUEST = late_pattern(r"(?P<method>[A-Z]+) (?P<target>\S+)(?: HTTP/[\d.]+)?")
_ESCAPE = late_pattern(r"\\x([0-9A-Fa-f]{2})|\\(.)")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "b": "\b", "f": "\f"}
_CLIENT_LEFT = 499
#: Some lines of a file may be cut or odd; a log that merely contains such lines is another one's.
_MOST = 0.75


def is_combined(lines: Sequence[str]) -> bool:
    """Say whether nearly all lines are in the format."""
    written = [line for line in lines if line.strip()]
    return bool(written) and sum(map(is_line, written)) >= _MOST * len(written)


def is_apache(file_name: str, lines: Sequence[str]) -> bool:
    """Say whether it was Apache that wrote these lines: by the name, a virtual host, `-` for no bytes."""
    name = file_name.lower()
    if "nginx" in name:
        return False
    if "apache" in name or "httpd" in name or "vhosts" in name:
        return True
    found = [line for line in map(_LINE.fullmatch, lines) if line]
    return any(line["vhost"] or line["bytes"] == "-" for line in found)


def access_row(name: str, service_name: str, record: Record, source: Source) -> AccessRow:
    """Return the row of a line. `time` is written at the start by Apache, at the end by nginx.

    Errors: Unreadable.
    """
    line = _found(text_of(record))
    if not line:
        raise Unreadable("not a line of the combined access log")
    request = _REQUEST.fullmatch(line["request"])
    target = _unescaped(request["target"]) if request else ""
    ids = request_ids("", "", "", source=source, record=record)
    # ingress-nginx puts whom a balancer asks for in brackets, behind the balancer: no virtual host.
    is_behind = line["client"].startswith("[")
    server, port = host_and_port("" if is_behind else line["vhost"] or line["host"] or "")
    status = int(line["status"])
    keys, values = attributes(
        [
            ("client.address", line["client"].strip("[]")),
            ("http.request.header.referer", _unescaped(line["referer"] or "")),
            ("user_agent.original", _unescaped(line["agent"] or "")),
            ("url.query", query_of(target)),
            ("http.request_line", "" if request else _unescaped(line["request"])),
        ]
    )
    return AccessRow(
        access_id=record_id(name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        format=name,
        service_name=service_name,
        start_time=_time(line, source),
        duration_ns=0,
        http_request_method=request["method"] if request else "",
        url_path=path_of(target),
        http_response_status_code=status,
        server_address=server,
        server_port=port,
        bytes_sent=count(line["bytes"]),
        completed=status != _CLIENT_LEFT,
        attr_keys=keys,
        attr_vals=values,
    )


#: Files that app servers name after themselves: Tomcat, Jetty, Puma, gunicorn, Zope.
_OWN = late_pattern(
    r"localhost_access_log|tomcat|catalina|puma|gunicorn|\bz2\.log|(?:^|[_./-])request\.log", re.IGNORECASE
)


def is_of_app(file_name: str) -> bool:
    """Say whether a file is named like the access log of an app's own server."""
    return _OWN.search(file_name) is not None


def is_line(line: str) -> bool:
    """Say whether this is a line of the format, and of no gateway's that goes on behind it."""
    found = _found(line.rstrip("\r"))
    return found is not None and not (found["more"] and _OF_GATEWAY.match(found["more"]))


def _found(line: str) -> re.Match[str] | None:
    return _LINE.fullmatch(line) or _TIMELESS.fullmatch(line)


def _time(line: re.Match[str], source: Source) -> int:
    """Return when the line was written, 0 where only what stands around it tells."""
    if not line["time"]:
        return source.read_at_ns
    return time_ns(line["time"], "%d/%b/%Y:%H:%M:%S", zone_of(line["zone"], source.zone))


def _unescaped(value: str) -> str:
    r"""Return what the client sent: nginx writes `"` as `\x22`, Apache as `\"`."""
    if "\\" not in value:
        return value
    # \xHH are bytes, and together often UTF-8.
    raw = _ESCAPE.sub(_character, value).encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "surrogatepass").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _character(escape: re.Match[str]) -> str:
    if escape[1]:
        byte = int(escape[1], 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
    return _CONTROL.get(escape[2], escape[2])
