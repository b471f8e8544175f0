"""Traefik's own log: why it answered 502 or 504, which its access log does not tell.

Source: Traefik 2.11 and 3 `pkg/server/service/proxy.go`: at level debug, in the words of Go's `net`.
"""

import re
from collections.abc import Mapping

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import dialled
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, json_object, text
from culpa.instrumentation.patterns import late_pattern

#: Version 2 writes logfmt, version 3 a time, a short level, the file and fields behind the words.
_LOGFMT = late_pattern(
    r'time="(?P<time>[^"]{19,35})" level=(?P<level>[a-z]{4,7}) msg="(?P<message>(?:[^"\\]|\\.)*)"(?P<more>.*)',
    re.DOTALL,
)
_CONSOLE = late_pattern(
    r"(?:(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)) )?(?P<level>TRC|DBG|INF|WRN|ERR|FTL|PNC) "
    r"(?:(?:(?P<place>github\.com/traefik/\S{1,200})|[\w./-]{1,200}\.go:\d{1,6}) )?> (?P<message>.*)",
    re.DOTALL,
)
_ANSWERED = late_pattern(
    r"'?(?P<status>[45]\d\d) [A-Z][A-Za-z ]{2,40}?'?(?: caused by: (?P<why>.*)|(?= (?:\| )?error=)|$)", re.DOTALL
)
#: A terminal's form has no quotes.
_FIELD = late_pattern(r'(?:(?<!\S)\| )?(?<!\S)error=(?:"(?P<error>(?:[^"\\]|\\.)*)"|(?P<bare>[^"\s].*))')
#: Of a middleware that asks another service first; the client is answered 500.
_ASKED = late_pattern(
    r"Error calling https?://(?P<place>[^\s/]{1,260}?)(?:/\S{0,1000}?)?\.? Cause: ?(?P<why>.*)", re.DOTALL
)
_SEVERITY = {
    "debug": 5, "info": 9, "warning": 13, "warn": 13, "error": 17, "fatal": 21, "panic": 21,
    "TRC": 1, "DBG": 5, "INF": 9, "WRN": 13, "ERR": 17, "FTL": 21, "PNC": 21,
}  # fmt: skip
_WARN, _ERROR = 13, 17
_FIRST_FAILURE = 500


def _opens(line: str) -> bool:
    words = line[:SHORT_LINE]
    if words.startswith("{"):
        return '"message"' in words and '"level"' in words and _of_json(words) is not None
    logfmt = _LOGFMT.match(words)
    if logfmt:
        return _ANSWERED.match(logfmt["message"]) is not None or "traefik" in words.lower() or "vulcand/oxy" in words
    console = _CONSOLE.match(words)
    return console is not None and (bool(console["place"]) or _ANSWERED.match(console["message"]) is not None)


def _of_json(line: str) -> Mapping[str, object] | None:
    try:
        found = json_object(line)
    except Unreadable:
        return None
    message = text(found.get("message"))
    is_answer = "error" in found and _ANSWERED.fullmatch(message) is not None
    return found if "time" in found and (is_answer or "entryPointName" in found or "providerName" in found) else None


def _read(record: Record, source: Source) -> LogRow | None:
    line = text_of(record)
    time, level, message, error = _parts(line)
    answered, asked = _ANSWERED.match(message), _ASKED.match(message)
    status = int(answered["status"]) if answered else _FIRST_FAILURE if asked else 0
    why = error or (answered["why"] if answered else asked["why"] if asked else "") or ""
    severity = _SEVERITY.get(level, 0)
    has_failed = status >= _FIRST_FAILURE and why != ""
    if not has_failed and severity < _WARN:
        return None
    at = iso_ns(time, source.zone) if time else 0
    keys, values = attributes([("http.response.status_code", status or "")])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        # Why a request failed is no detail, at whatever level it is told.
        severity_number=max(severity, _ERROR) if has_failed else severity,
        severity_text=level,
        service_name=FORMAT.service_name,
        body=f"{message}: {error}" if error else message,
        # No request is named: it counts where nothing else tells of one.
        event_name="request.failed" if has_failed else "",
        format=FORMAT.name,
        upstream_address=asked["place"] if asked else dialled(why),
        attr_keys=keys,
        attr_vals=values,
    )


def _parts(line: str) -> tuple[str, str, str, str]:
    """Return time, level, words and error. Errors: Unreadable."""
    if line.startswith("{"):
        fields = json_object(line)
        return (
            text(fields.get("time")),
            text(fields.get("level")),
            text(fields.get("message")),
            text(fields.get("error")),
        )
    found = _LOGFMT.fullmatch(line) or _CONSOLE.fullmatch(line)
    if not found:
        raise Unreadable("not a line of Traefik's log")
    groups = found.groupdict()
    field = _FIELD.search(groups.get("more") or found["message"])
    message = found["message"][: field.start()].rstrip() if field and not groups.get("more") else found["message"]
    return (
        found["time"] or "",
        found["level"],
        message.replace('\\"', '"'),
        (field["error"] or field["bare"] or "").replace('\\"', '"') if field else "",
    )


FORMAT = Format(
    name="traefik_log",
    service_name="traefik",
    read=_read,
    opens=_opens,
    includes=("slog_text", "zerolog_json", "zerolog_console"),
)
