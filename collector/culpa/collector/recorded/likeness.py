"""Say of a file that nobody understands what it looks like, and what would do instead."""

import re
from collections.abc import Sequence

from culpa.collector.formats import Line
from culpa.collector.wrappers import Unwrapper

#: Looks of lines, the first that one of them has: what it is, and what to do.
_LOOKS = (
    (re.compile(r"<(?:!DOCTYPE|html|\?xml)", re.IGNORECASE), "HTML or XML", "hand in the log itself"),
    (
        re.compile(r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \w{2,5} \["),
        "the journal in its verbose form",
        "journalctl -o json",
    ),
    (re.compile(r"(?:insertId|logName): "), "entries of Google Cloud as YAML", "gcloud logging read --format=json"),
    (
        re.compile(r"\[ {0,8}\d{1,9}\.\d{6}\] [\w.-]{1,100} [\w.@-]{1,100}\[\d{1,10}\]: "),
        "the journal in its monotonic form",
        "journalctl -o json",
    ),
    (
        re.compile(r'[^"]{0,200}"[A-Z]{3,10} [^\s"]{1,250} HTTP/\d'),
        "an access log with fields in an order of its own (nearest: nginx_combined, apache_combined)",
        "write the combined format first, or the format of `culpa snippet nginx` or `culpa snippet apache`",
    ),
    (
        re.compile(r"[\w.@-]{1,100} {1,40}\| "),
        "docker compose's output, but for most of its lines",
        "docker compose logs --no-log-prefix SERVICE",
    ),
    (re.compile(r"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ "), "klog, as Kubernetes' own programs write it", ""),
    (re.compile(r"(?:\w{1,40}=\S{0,100} )?(?:level|lvl)=\w{1,20} "), "logfmt (key=value)", "write JSON instead"),
    (
        re.compile(r"at (?:async )?[\w.$/<>]{1,200} (?:\[as \w{1,100}\] )?\((?:node:|/|file:)"),
        "a stack trace of Node",
        "--format node_output",
    ),
    (re.compile(r"at [\w.$/]{1,200}\("), "a stack trace of Java or .NET", "hand in the whole log, not the trace alone"),
    (
        re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d\S{0,40} .{0,100}\b(?:INFO|WARN|ERROR|DEBUG|FATAL)"),
        "an app's own log (nearest: python_server)",
        "--format python_server, if it is one of Python",
    ),
    (
        re.compile(r"\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d"),
        "a log with dates, of no server that is known",
        "--format NAME",
    ),
)
_KEY = re.compile(r'"([\w@.$-]{1,60})"\s*:')
_MOST_KEYS = 8


def likeness(unwrapper: Unwrapper, lines: Sequence[Line]) -> str:
    """Return what lines in no known format look like and which command or option would do; '' if like nothing."""
    around = f"wrapped as {' in '.join(reversed(unwrapper.names))}, inside " if unwrapper.names else ""
    shown = [line.content[:4_096].decode("utf-8", "replace").lstrip() for line in lines]
    if not shown:
        return f"{around}nothing" if around else ""
    if shown[0].startswith(("{", "[{")):
        keys = list(dict.fromkeys(_KEY.findall(shown[0])))[:_MOST_KEYS]
        return f"{around}it looks like JSON of an unknown kind, with the keys {', '.join(keys)}" if keys else ""
    for pattern, what, instead in _LOOKS:
        if any(pattern.match(line) for line in shown):
            return f"{around}it looks like {what}" + (f"; try {instead}" if instead else "")
    return f"{around}it looks like no log" if around else ""
