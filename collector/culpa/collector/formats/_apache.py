"""The parts of a line of Apache's error log, and what its messages mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from culpa.collector.events import framework_failure
from culpa.collector.formats._format import Source
from culpa.collector.formats._ids import md5_hex, usable_trace_id
from culpa.collector.formats._python_lines import said
from culpa.collector.formats._times import time_ns
from culpa.instrumentation.patterns import late_pattern

#: OpenTelemetry's numbers for Apache's levels. Source: OTel logs data model, appendix B (syslog).
_SEVERITY = {
    "emerg": 21, "alert": 19, "crit": 18, "error": 17, "warn": 13, "notice": 10, "info": 9, "debug": 5,
    **{f"trace{number}": 1 for number in range(1, 9)},
}  # fmt: skip

_TIME = late_pattern(
    # Hosts of many sites put the site before the line.
    r"(?:[\w-]{1,63}(?:\.[\w-]{1,63}){1,8} )?\[(?:(?P<iso>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<iso_part>\d{1,9}))?"
    r"|(?P<named>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?"
    r"(?P<year> \d{4}))\] "
)
#: The begin of a line that was cut at its head: what stands there is of no other log.
_CUT_TIME = late_pattern(
    r" {0,2}(?=\[(?:[a-z_0-9-]*:)?(?:emerg|alert|crit|error|warn|notice|info)\] \[(?:pid|client) "
    r"|\[client [^\]]{1,80}\] \S)"
)
_LEVEL = late_pattern(
    r"\[(?:(?P<module>[a-z_0-9-]*):)?"
    r"(?P<level>emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]|req)\] ?"
)
_TOKEN = late_pattern(r"\[(?P<key>pid|tid|L|C|trace|uid|file|err|client|remote|host)[: ](?P<value>[^\]]*)\] ?")
_PID = late_pattern(r"(\d+)(?::tid (\w+))?")
_CODE = late_pattern(r"(AH\d{5}): ")
_ERROR = late_pattern(r"\((?P<errno>\d{1,6}|EAI \d+|OS \d+)\)(?P<error>[^:]{1,120}): ")
_REFERER = late_pattern(r", referer: (\S+)$")


class TraceIds(NamedTuple):
    """The request's ids; '' where the line tells none."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class Parts:
    """One line, taken apart. `identity` is what the lines of one traceback have in common."""

    when: re.Match[str] | None
    module: str
    level: str
    tokens: dict[str, str]
    message: str
    errno: str
    error: str
    code: str
    referer: str
    identity: tuple[str, ...]

    @property
    def may_be_wsgi(self) -> bool:
        """Return whether mod_wsgi may have written it: before version 4.5, and in Apache 2.2, under no name."""
        return self.module in ("wsgi", "")

    @property
    def is_introduction(self) -> bool:
        """Return whether this is the line that only introduces a request of which others will tell."""
        return self.level == "req"

    @property
    def severity(self) -> int:
        """Return OpenTelemetry's number of the level; INFO for the line that only introduces a request."""
        return _SEVERITY.get(self.level, 9)

    @property
    def pid(self) -> str:
        """Return the process, as digits."""
        found = _PID.match(self.tokens.get("pid", ""))
        return found[1] if found else ""

    @property
    def tid(self) -> str:
        """Return the thread; where none is told (prefork), the process is its only one."""
        found = _PID.match(self.tokens.get("pid", ""))
        return self.tokens.get("tid", "") or (found[2] or found[1] if found else "")

    @property
    def log_id(self) -> str:
        """Return Apache's `%L`."""
        return _plain(self.tokens.get("L", ""))

    @property
    def connection_id(self) -> str:
        """Return Apache's `%{c}L`."""
        return _plain(self.tokens.get("C", ""))

    @property
    def unique_id(self) -> str:
        """Return UNIQUE_ID."""
        return _plain(self.tokens.get("uid", ""))

    @property
    def file(self) -> str:
        """Return the file of Apache's source."""
        return _plain(self.tokens.get("file", ""))

    @property
    def host(self) -> str:
        """Return the host that the client asked for."""
        return _plain(self.tokens.get("host", ""))

    @property
    def client_address(self) -> str:
        """Return the client without its port."""
        return self._client()[0]

    @property
    def client_port(self) -> str:
        """Return the client's port."""
        return self._client()[1]

    def introduced_by(self, request: "Parts") -> "Parts":
        """Return this line with what the line that introduces its request tells besides."""
        return replace(self, tokens={**request.tokens, **self.tokens})

    def time_ns(self, source: Source) -> int:
        """Return the line's time, 0 where that was cut off. Errors: Unreadable."""
        if self.when is None:
            return 0
        if self.when["iso"]:
            return time_ns(self.when["iso"], "%Y-%m-%d %H:%M:%S", source.zone, self.when["iso_part"] or "")
        return time_ns(
            self.when["named"] + self.when["year"],
            "%a %b %d %H:%M:%S %Y",
            source.zone,
            self.when["part"] or "",
        )

    def _client(self) -> tuple[str, str]:
        client = _plain(self.tokens.get("client", "") or self.tokens.get("remote", ""))
        address, colon, port = client.rpartition(":")
        return (address.strip("[]"), port) if colon and port.isdecimal() else (client, "")


@lru_cache(maxsize=256)
def parts_of(line: str) -> Parts | None:
    """Take a line apart; None if it is none of Apache's own. Cached: a line is looked at several times."""
    when = _TIME.match(line)
    begin = when or _CUT_TIME.match(line)
    if not begin:
        return None
    level = _LEVEL.match(line, begin.end())
    if when and not level:
        return None
    tokens: dict[str, str] = {}
    at = level.end() if level else begin.end()
    errno = error = ""
    while token := _TOKEN.match(line, at):
        tokens.setdefault(token["key"], token["value"])
        at = token.end()
        # Apache's own format puts the error between two tokens.
        status = _ERROR.match(line, at)
        if status:
            errno, error, at = status["errno"], status["error"], status.end()
    # What was cut off with the time was written, so it was an error or near to one.
    module, name = (level["module"] or "", level["level"]) if level else ("", "error")
    if not tokens and not module and name == "req":
        return None
    if not errno and tokens.get("err", "").startswith("("):
        errno, _, error = tokens["err"][1:].partition(")")
    message, referer = _without_referer(line[at:])
    code = _CODE.match(message)
    identity = tuple(tokens.get(key, "") for key in ("pid", "tid", "L", "trace", "client"))
    return Parts(
        when, module, name, tokens, message, errno, error, code[1] if code else "",
        referer, identity,
    )  # fmt: skip


def trace_of(parts: Parts) -> TraceIds:
    """Return the request's ids: the logged trace, else what Apache's expressions make of UNIQUE_ID."""
    unique = parts.unique_id
    if not unique:
        return TraceIds(usable_trace_id(parts.tokens.get("trace", "")), "")
    derived = md5_hex(unique)
    trace = usable_trace_id(parts.tokens.get("trace", "")) or derived
    # Only where the trace is of the snippet's making, the span must be too.
    return TraceIds(trace, md5_hex(f"{unique}-span")[:16] if trace == derived else "")


#: What Apache says about itself.
_EVENTS = (
    (late_pattern(r"configured -- resuming normal operations"), "server.ready"),
    (late_pattern(r"caught SIG(?:TERM|WINCH), shutting down"), "server.shutdown"),
    (late_pattern(r"SIG(?:USR1|HUP) received\.|[Gg]raceful restart requested"), "server.reloaded"),
    (
        late_pattern(r"child (?:process|pid) (?P<pid>\d+)\b.{0,20} exit signal (?P<signal>.{1,60})"),
        "worker.killed",
    ),
    (late_pattern(r"mod_wsgi \(pid=(?P<pid>\d+)\): Process '.{0,200}?' has died"), "worker.exited"),
    (late_pattern(r"mod_wsgi \(pid=\d+\): Exception occurred processing WSGI script '"), "request.failed"),
    (
        late_pattern(r"server reached MaxRequestWorkers|scoreboard is full|reached MaxClients"),
        "workers.exhausted",
    ),
    (
        late_pattern(r"Unable to open logs|could not bind to address|no listening sockets available"),
        "process.boot_failed",
    ),
)


def event_of(message: str) -> tuple[str, dict[str, str]]:
    """Return what a message means, and the process that it tells the end of."""
    for pattern, event in _EVENTS:
        found = pattern.search(message)
        if found:
            return event, found.groupdict()
    return "", {}


_RETURNED_BY = late_pattern(r"returned by (?P<path>/\S*)(?: \((?P<method>[A-Z]+)\))?")
_ATTEMPT = late_pattern(
    r"(?<![A-Za-z])(?P<scheme>[A-Za-z]++): (?:attempt to connect to|failed to make connection to backend:) "
    r"(?:Unix domain socket (?P<socket>/\S+)|(?P<place>[^\s()]+))"
)
_REMOTE = late_pattern(
    r"(?:from remote server|body failed to|connection to backend:|DNS lookup failure for:|from backend server"
    r"|disabled connection for) \(?(?!returned by)(?P<place>[^\s()]+)"
)


def place_of(message: str) -> tuple[str, str, str]:
    """Return the request's path and method, and the address behind the proxy, as far as the words tell."""
    returned = _RETURNED_BY.search(message)
    path, method = (returned["path"], returned["method"] or "") if returned else ("", "")
    attempt = _ATTEMPT.search(message)
    if attempt:
        scheme = attempt["scheme"].lower()
        scheme = "fastcgi" if scheme == "fcgi" else scheme
        place = f"unix:{attempt['socket']}" if attempt["socket"] else attempt["place"]
        return path, method, f"{scheme}://{place}"
    remote = _REMOTE.search(message)
    return path, method, remote["place"] if remote else ""


_HEADER = "Traceback (most recent call last):"
#: The last line of a traceback.
_RAISED = late_pattern(r"[A-Za-z_][\w.]{0,160}(?:Error|Exception|Refused|Timeout|DoesNotExist|Interrupt)\b(?:: |$)")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


def is_of_request(message: str) -> bool:
    """Say whether an app's line in mod_wsgi's log tells, behind a logger's prefix, of a request that failed."""
    known = said(message)
    return framework_failure(known.message if known else message) is not None


def is_wsgi_traceback(before: Sequence[str], message: str) -> bool:
    """Say whether a line of mod_wsgi goes on with the traceback that the lines before it began."""
    last = before[-1]
    if message.startswith(_HEADER):
        return last.startswith(("mod_wsgi (", *_CHAINED)) or not last.strip() or is_of_request(last)
    if _HEADER not in before and not any(line.startswith(("  File ", "    ")) for line in before):
        return False
    if message.startswith((" ", *_CHAINED)) or not message.strip():
        return True
    # The exception itself ends the frames.
    return last.startswith(" ")


def is_tail(messages: Sequence[str]) -> bool:
    """Say whether these are the last lines of a traceback whose head is not in the file: code, and what it raised."""
    return len(messages) > 1 and messages[0].startswith("    ") and _RAISED.match(messages[-1]) is not None


def _without_referer(message: str) -> tuple[str, str]:
    found = _REFERER.search(message)
    return (message[: found.start()], found[1]) if found else (message, "")


def _plain(value: str) -> str:
    return "" if value == "-" else value
