"""Lines of PHP-FPM's access log; in containers they stand between the lines of its other log."""

import re
from datetime import tzinfo
from typing import NamedTuple

from culpa.collector.formats._ids import from_traceparent, usable_trace_id
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import count, path_of, query_of, seconds_ns
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"(?P<remote>[^\s\[\"]+) (?:- (?P<user>\S*) )?"
    r"(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) (?P<zone>[+-]\d{4})"
    r" \"(?P<method>[A-Z]{3,12}) (?P<target>\S*)\" (?P<status>[1-5]\d\d)(?P<rest>(?: .*)?)"
)
_PAIR = late_pattern(r"(?<![\w.-])[\d.-]*+(?P<key>[A-Za-z_][\w.-]*+)=(?P<value>\S*)")
#: Under these names people log the header X-Request-Id.
_REQUEST_IDS = ("rid", "request_id", "req_id", "reqid", "x_request_id")


class FpmRequest(NamedTuple):
    """One request as FPM logged it; absent is '' or 0, a duration -1."""

    remote: str
    time_ns: int  # when it arrived
    method: str
    script: str
    path: str  # '' where the script is a front controller, which stands for every path
    query: str
    status: int
    duration_ns: int
    pid: int
    request_id: str
    trace_id: str
    span_id: str
    others: dict[str, str]


def is_fpm_request(line: str) -> bool:
    """Say whether this is a line of FPM's access log."""
    return _LINE.match(line) is not None


def is_unimportant(line: str) -> bool:
    """Say whether a line is of a request that went well and tells no id of it."""
    found = _LINE.match(line)
    return found is not None and found["status"] < "500" and "=" not in found["rest"]


def fpm_request(line: str, zone: tzinfo | None) -> FpmRequest | None:
    """Read a line of FPM's access log, None if it is none. Errors: Unreadable."""
    found = _LINE.match(line)
    if not found:
        return None
    pairs = {each["key"]: each["value"] for each in _PAIR.finditer(found["rest"]) if each["value"] != "-"}
    bare = [word for word in found["rest"].split() if "=" not in word]
    duration = next((word for word in bare if re.fullmatch(r"\d+\.\d+", word)), "")
    request_id = next((pairs.pop(key) for key in _REQUEST_IDS if pairs.get(key)), "")
    trace, span = _ids(pairs)
    pid = pairs.pop("pid", "")
    target = found["target"]
    script = path_of(target)
    return FpmRequest(
        remote="" if found["remote"] == "-" else found["remote"],
        time_ns=time_ns(found["time"], "%d/%b/%Y:%H:%M:%S", zone_of(found["zone"], zone)),
        method=found["method"],
        script=script,
        path=client_path(script),
        query=query_of(target),
        status=int(found["status"]),
        duration_ns=seconds_ns(duration) if duration else -1,
        pid=count(pid),
        request_id=request_id,
        trace_id=trace or usable_trace_id(request_id),
        span_id=span,
        others=pairs,
    )


def client_path(script: str) -> str:
    """Return the path that the client asked for, '' where the script answers for all paths."""
    return "" if script.endswith("/index.php") else script


def _ids(pairs: dict[str, str]) -> tuple[str, str]:
    for key, value in pairs.items():
        trace, span = from_traceparent(value)
        if trace:
            del pairs[key]
            return trace, span
    return "", ""
