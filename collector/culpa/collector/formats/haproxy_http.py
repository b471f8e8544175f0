"""HAProxy's HTTP log (`option httplog`, `httpslog`): timers, and in the termination state who ended the request.

Source: HAProxy 3.0 configuration manual, 8.2.3 and 8.5.
"""

import re

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row, milliseconds_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import count, host_and_port
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"(?:.{0,100}?haproxy\[\d{1,10}\]: )?"
    r"(?P<client>[^\s\[\]]{1,60}|\[[0-9a-fA-F:.]{2,45}\]:\d{1,5}) "
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d)\.(?P<fraction>\d{1,6})\] "
    r"(?P<frontend>\S+) (?P<backend>[^\s/]+)/(?P<server>\S+) "
    r"(?P<request>-?\d{1,12})/(?P<queue>-?\d{1,12})/(?P<connect>-?\d{1,12})/(?P<response>-?\d{1,12})/"
    r"(?P<total>\+?\d{1,12}) "
    r"(?P<status>-?\d{1,3}) (?P<bytes>\+?\d+) \S+ \S+ (?P<state>[A-Za-z-]{4}) "
    r"\d+/\d+/\d+/\d+/\+?\d+ \d+/\d+ (?P<more>.*)",
    re.DOTALL,
)
#: The request is last, in quotes; its end may be cut off.
_REQUEST = late_pattern(r'"(?P<method>[A-Z]{3,20}) (?P<target>[^\s"]+)(?: (?P<protocol>[^\s"]*))?"?')
_ADDRESS = late_pattern(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\[[0-9a-fA-F:.]+\](?::\d{1,5})?|[\w.-]+:\d{1,5}")


def _opens(line: str) -> bool:
    return _LINE.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> AccessRow:
    line = _LINE.fullmatch(text_of(record))
    if not line:
        raise Unreadable("not a line of HAProxy's HTTP log")
    request = _REQUEST.search(line["more"])
    # Timers begin when the request's first byte came, the accept date a little before; -1 where it got no so far.
    duration = max(milliseconds_ns(line["total"].lstrip("+")), 0)
    started = time_ns(line["time"], "%d/%b/%Y:%H:%M:%S", source.zone, line["fraction"])
    status = count(line["status"].lstrip("-"), limit=999) if not line["status"].startswith("-") else 0
    header = milliseconds_ns(line["response"])
    exchange = Exchange(
        status=status,
        ended_ns=started + duration,
        duration_ns=duration,
        method=request["method"] if request else "",
        target=request["target"] if request else "",
        client=host_and_port(line["client"])[0],
        upstream=_upstream(line["backend"], line["server"]),
        upstream_status=str(status) if header >= 0 and line["state"].startswith("--") else "",
        upstream_name=line["backend"],
        connect_ns=milliseconds_ns(line["connect"]),
        header_ns=header,
        bytes_sent=count(line["bytes"].lstrip("+")),
        reason=_reason(line["state"], line["server"]),
        has_client_left=line["state"][0] in "Cc",
        extras=[
            ("haproxy.frontend", line["frontend"]),
            ("haproxy.server", line["server"]),
            ("haproxy.queue_ms", line["queue"]),
        ],
    )
    return gateway_row(FORMAT, exchange, record, source)


def _upstream(backend: str, server: str) -> str:
    """Return the address of the server if it is named so, else the group; nothing if it was passed on to nobody."""
    if server == "<NOSRV>":
        return ""
    return server if _ADDRESS.fullmatch(server) else backend


def _reason(state: str, server: str) -> str:
    """Return who ended it and when, '' where all went its way or HAProxy answered by its rules."""
    if state[:2] in ("--", "LR", "LH", "PR"):
        return ""
    return f"HAProxy {state}" + (f" {server}" if server == "<NOSRV>" else "")


FORMAT = Format(name="haproxy_http", service_name="haproxy", read=_read, opens=_opens, is_local=True)
