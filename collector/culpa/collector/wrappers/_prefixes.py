"""Wrappers that are text before a line: one pattern each, of bytes.

Groups: `words` is the line itself; `time`, `host`, `pid` and `stream` go as they are; `service`, `pod` and `unit` name
the writer; `part` is `P` for a piece that the next one goes on with.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._months import in_english
from culpa.collector.wrappers._names import own_pid, service_of_pod, service_of_tag
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper
from culpa.instrumentation.patterns import late_pattern

_LEVELS = rb"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|TRC|DBG|INF|WRN|ERR|FTL|PNC)"
_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"

_COMPOSE = late_pattern(rb"(?P<service>[A-Za-z0-9][\w.@-]{0,200}) {1,100}\| ?(?P<words>.*)", re.DOTALL)
_PM2 = late_pattern(
    rb"(?P<number>\d{1,6})\|(?P<service>[\w.@-]{1,100}) {0,100}\| ?"
    rb"(?:(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?): )?(?P<words>.*)",
    re.DOTALL,
)
_FOREMAN = late_pattern(
    rb"\d\d:\d\d:\d\d (?P<service>[A-Za-z][\w-]{0,100}(?:\.\d{1,6})?) {1,100}\| ?(?P<words>.*)", re.DOTALL
)
_KUBECTL = late_pattern(rb"\[pod/(?P<pod>[a-z0-9.-]{1,253})/(?P<stream>[a-z0-9-]{1,63})\] ?(?P<words>.*)", re.DOTALL)
#: stern: pod and container; only a pod of a Deployment has a name that nothing else has.
_STERN = late_pattern(
    rb"(?P<pod>[a-z][a-z0-9-]{1,200}-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}) "
    rb"(?:\xe2\x80\xba )?(?P<stream>[a-z][a-z0-9-]{0,62}) (?P<words>.*)",
    re.DOTALL,
)
#: Kubernetes' runtimes: time, stream, whole line or piece of one. Source: CRI logging format.
_CRI = late_pattern(
    rb"(?P<time>" + _ISO + rb"(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?P<stream>stdout|stderr) (?P<part>[FP])(?::\w{1,20})?"
    rb"(?: (?P<words>.*))?",
    re.DOTALL,
)
#: What Synology's Container Manager and others hand out of a container: time, stream and words, apart by tabs or bars.
_TABBED = late_pattern(
    rb"(?P<time>\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d)(?:\t(?P<stream>stdout|stderr)\t"
    rb"| \| (?P<source>stdout|stderr) \|(?: |$))(?P<words>.*)",
    re.DOTALL,
)
#: supervisor-stdout: `nginx stdout | words`.
_SUPERVISED = late_pattern(rb"(?P<service>[A-Za-z][\w.-]{0,60}) (?P<stream>stdout|stderr) \| (?P<words>.*)", re.DOTALL)
#: Nobody but Docker and Kubernetes writes nanoseconds before a program's own line.
_TIMESTAMPS = late_pattern(rb"(?P<time>" + _ISO + rb"\.\d{7,9}(?:Z|[+-]\d\d:\d\d))(?: (?P<words>.*))?", re.DOTALL)
_LOGPLEX = late_pattern(
    rb"(?P<time>" + _ISO + rb"(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?P<stream>app|heroku)"
    rb"\[(?P<service>[\w.-]{1,100})\]: ?"
    rb"(?P<words>.*)",
    re.DOTALL,
)
#: What Heroku sends to a drain: RFC 5424, but for the structured data that it leaves out.
_DRAIN = late_pattern(
    rb"(?:\d{1,6} )?<\d{1,3}>1 (?P<time>"
    + _ISO
    + rb"(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) \S{1,255} (?P<stream>app|heroku) "
    rb"(?P<service>[\w.-]{1,100}) - (?![-\[])(?P<words>.*)",
    re.DOTALL,
)
#: `fly logs`: time, machine, region, level.
_FLY = late_pattern(
    rb"(?P<time>" + _ISO + rb"(?:\.\d{1,9})?Z) (?P<stream>app|proxy|runner)\[(?P<number>[0-9a-f]{8,14})\] "
    rb"(?P<host>[a-z]{3}) \[(?:debug|info|warn|warning|error)\] ?(?P<words>.*)",
    re.DOTALL,
)
#: `aws logs tail`: time and the name of a stream, which has slashes.
_CLOUDWATCH = late_pattern(
    rb"(?P<time>" + _ISO + rb"\.\d{3,6}(?:Z|[+-]\d\d:\d\d)) "
    # A function's stream is named after the day.
    rb"(?:\d{4}(?=/\d\d/\d\d/)|(?P<service>[\w.-]{1,100}))(?P<stream>/[^\s\"]{1,400}) "
    rb"(?P<words>.*)",
    re.DOTALL,
)
#: `journalctl` in its short forms, and what rsyslog and syslog-ng write into files: the kernel's part stays as it is.
#: A program on the same machine names no host before the daemon has put it there; Docker's tag is an id by default.
_SYSLOG = late_pattern(
    rb"(?:\d{1,6} )?(?P<sent><\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    rb"|" + _ISO + rb"(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
    rb"|[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [A-Z]{2,5}|\d{10}\.\d{6}) "
    # Nor does AWS name one that tells of an invocation: `2024-05-01T10:00:01.123Z START RequestId: 6f0a…`.
    rb"(?!" + _LEVELS + rb" |(?:(?:START|END|REPORT) )?RequestId: )(?:(?P<host>[\w.:-]{1,253}) )?"
    rb"(?!kernel[\[:])(?P<service>[A-Za-z_][\w./@+-]{0,100}|[0-9a-f]{12})(?:\[(?P<pid>\d{1,10})\])?: ?(?P<words>.*)",
    re.DOTALL,
)
#: In a value of structured data a bracket stands behind a backslash.
_DATA = rb"\[(?:[^\]\\]|\\.){0,200}\]"
#: RFC 5424, with or without the count of octets that TCP needs.
_SYSLOG_5424 = late_pattern(
    rb"(?:\d{1,6} )?<\d{1,3}>1 (?P<time>\S{1,40}) (?P<host>\S{1,255}) (?P<service>\S{1,48}) "
    rb"(?:(?P<pid>\d{1,10})|\S{1,128}) "
    rb"\S{1,32} (?:-|" + _DATA + rb"(?:" + _DATA + rb"){0,3})(?: (?:\xef\xbb\xbf)?(?P<words>.*))?",
    re.DOTALL,
)
#: .NET's Tye: name of the service, and of its replica.
_TYE = late_pattern(
    rb"\[(?P<service>[A-Za-z][\w.-]{0,100})_(?P<number>[0-9a-f]{8}-[0-9a-f])\]: ?(?P<words>.*)", re.DOTALL
)
#: `gcloud app logs`: time, service and version; what an app printed has another line behind the next blank.
_GCLOUD = late_pattern(
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<service>[a-z][a-z0-9-]{0,62})\[(?P<stream>[a-z0-9-]{1,63})\] {1,2}"
    rb"(?P<words>.*)",
    re.DOTALL,
)
#: RFC 5424 in the files that OPNsense keeps: without a priority.
_SYSLOG_KEPT = late_pattern(
    rb"(?P<time>" + _ISO + rb"(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?P<host>\S{1,255}) (?P<service>[\w./-]{1,48}) "
    rb"(?:(?P<pid>\d{1,10})|-) \S{1,32} " + _DATA + rb" (?:\xef\xbb\xbf)?(?P<words>.*)",
    re.DOTALL,
)
#: What Phusion Passenger puts before each line that an app printed, in the log of its web server.
_PASSENGER = late_pattern(
    rb"App (?P<pid>\d{1,10})(?: \([^)\n]{1,200}\))? (?:output|stdout|stderr): ?(?P<words>.*)", re.DOTALL
)
#: runit's `svlogd -tt`, as Omnibus packages run it.
_SVLOGD = late_pattern(rb"(?P<time>\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d\.\d{1,9}) (?P<words>.*)", re.DOTALL)
#: TAI64N, as daemontools' `multilog t`, `svlogd -t` and `s6-log t` write it.
_TAI = late_pattern(rb"@4(?P<seconds>[0-9a-f]{15})(?P<nanos>[0-9a-f]{8}) (?P<words>.*)", re.DOTALL)
#: 1970 began 10 seconds later in TAI; these programs count no leap seconds since.
_TAI_OF_1970 = 10
#: What tells one stream of a file from another.
_WRITER = ("host", "pod", "service", "number", "pid", "stream", "source")
_ANSI = late_pattern(rb"\x1b\[[\d;]*[A-Za-z]")


def _found(pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
    """Return what fits; without a host only what tells a process, or a priority, as it is sent to the daemon."""
    found = pattern.match(line)
    if found and "sent" in pattern.groupindex and not (found["sent"] or found["host"] or found["pid"]):
        return None
    return found


def _taken(pattern: re.Pattern[bytes], line: bytes) -> Taken | None:
    found = _found(pattern, line)
    if not found:
        return None
    names = {
        key: value.decode("utf-8", "replace")
        for key, value in found.groupdict().items()
        if value and key not in {"words", "sent"}
    }
    name, pod = names.get("service", ""), names.get("pod", "")
    stream = "/".join(names[key] for key in _WRITER if key in names)
    wrapping = Wrapping(
        "" if names.get("time") == "-" else names.get("time", ""),
        service_of_pod(pod) if pod else service_of_tag("" if name == "-" else name),
        stream,
        names.get("host", ""),
        own_pid(name, names.get("pid", "")),
    )
    return Taken(found["words"] or b"", wrapping, names.get("part") == "P")


def _of_svlogd(line: bytes) -> Taken | None:
    found = _SVLOGD.match(line)
    # It writes UTC.
    return Taken(found["words"], Wrapping(found["time"].decode().replace("_", "T") + "Z")) if found else None


def _of_tai(line: bytes) -> Taken | None:
    found = _TAI.match(line)
    if not found:
        return None
    seconds = int(found["seconds"], 16) - _TAI_OF_1970
    return Taken(found["words"], Wrapping(f"{seconds}{int(found['nanos'], 16):09d}"))


def _uncoloured(line: bytes) -> Taken | None:
    return Taken(_ANSI.sub(b"", line), Wrapping()) if b"\x1b" in line else None


def _is_coloured(line: bytes) -> bool:
    return b"\x1b[" in line


def prefix(
    name: str,
    pattern: re.Pattern[bytes],
    sample: str,
    inside: str = "INFO: ok",
    is_proven: Callable[[Sequence[bytes]], bool] = lambda _lines: True,
) -> Wrapper:
    """Return the wrapper of a pattern, with the groups that stand above; `inside` is the line of the sample."""
    return Wrapper(
        name,
        lambda line: _found(pattern, line) is not None,
        lambda: PieceLayer(partial(_taken, pattern)),
        (sample, inside),
        is_proven,
    )


#: A journal speaks the language of its machine.
_JOURNAL = Wrapper(
    "syslog",
    lambda line: _found(_SYSLOG, in_english(line)) is not None,
    lambda: PieceLayer(lambda line: _taken(_SYSLOG, in_english(line))),
    ("May 01 10:00:00 host1 nginx[991]: INFO: ok", "INFO: ok"),
)


#: The first that fits most lines is taken; what is more exact stands first.
PREFIXES = (
    Wrapper("colours", _is_coloured, lambda: PieceLayer(_uncoloured), ("\x1b[32mINFO\x1b[0m: ok", "INFO: ok")),
    prefix("pm2", _PM2, "0|app      | 2026-05-01T10:00:00: INFO: ok"),
    prefix("kubectl --prefix", _KUBECTL, "[pod/web-6cd8944c67-nfb69/app] INFO: ok"),
    prefix("stern", _STERN, "web-6cd8944c67-nfb69 app INFO: ok"),
    prefix("CRI", _CRI, "2026-05-01T10:00:00.123456789Z stderr F INFO: ok"),
    prefix("tye", _TYE, "[shop_51669519-c]: INFO: ok"),
    prefix("foreman", _FOREMAN, "10:00:00 web.1  | INFO: ok"),
    prefix("docker compose", _COMPOSE, "web-1    | INFO: ok"),
    prefix("timestamps", _TIMESTAMPS, "2026-05-01T10:00:00.123456789Z INFO: ok"),
    prefix("supervisor-stdout", _SUPERVISED, "web stdout | INFO: ok"),
    prefix("container export", _TABBED, "2026-05-01 10:00:00\tstdout\tINFO: ok"),
    prefix("logplex", _LOGPLEX, "2013-08-27T16:10:25.513588+00:00 app[web.1]: INFO: ok"),
    prefix("Heroku drain", _DRAIN, "83 <190>1 2026-05-01T10:00:00.1+00:00 host app web.1 - INFO: ok"),
    prefix("fly logs", _FLY, "2024-11-01T12:31:23Z app[2871ed6b664758] arn [info]INFO: ok"),
    prefix("syslog 5424", _SYSLOG_5424, '61 <34>1 2026-05-01T10:00:00.003Z host1 shop 42 ID47 [a@1 b="c"] INFO: ok'),
    prefix("gcloud app logs", _GCLOUD, "2026-05-01 10:00:00 default[20260430t141946]  INFO: ok"),
    prefix("syslog file", _SYSLOG_KEPT, '2026-05-01T10:00:00+00:00 host1 shop 42 - [meta sequenceId="1"] INFO: ok'),
    _JOURNAL,
    prefix("Passenger", _PASSENGER, "App 20573 output: INFO: ok"),
    Wrapper(
        "svlogd",
        lambda line: _SVLOGD.match(line) is not None,
        lambda: PieceLayer(_of_svlogd),
        ("2026-05-01_10:00:00.12345 INFO: ok", "INFO: ok"),
    ),
    Wrapper(
        "TAI64N",
        lambda line: _TAI.match(line) is not None,
        lambda: PieceLayer(_of_tai),
        ("@40000000681345a00756b6bc INFO: ok", "INFO: ok"),
    ),
    prefix("aws logs tail", _CLOUDWATCH, "2026-05-01T10:00:00.123000+00:00 ecs/web/0a1b2c INFO: ok"),
)
