"""A record of a format that is data to its row: of the access log, or of the logs."""

import re
from collections.abc import Mapping
from textwrap import dedent

from culpa.collector.events import (
    METHODS,
    asked_here,
    can_accept_no_more,
    failed_answer,
    failed_request_of,
    first_meaning,
    framework_failure,
    is_startup,
    meaning_of,
)
from culpa.collector.formats._declared_errors import Raised, raised_of, shows_error
from culpa.collector.formats._declared_fields import Fields
from culpa.collector.formats._declared_patterns import compiled
from culpa.collector.formats._declared_values import duration_ns, time_of, trace_and_span
from culpa.collector.formats._format import Record, Source
from culpa.collector.formats._gateway import dialled
from culpa.collector.formats._ids import record_id, request_ids
from culpa.collector.formats._levels import ERROR, WARNING, severity_of
from culpa.collector.formats._rows import AccessRow, LogRow
from culpa.collector.formats._values import attributes, count, host_and_port, path_of, query_of, text
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import DeclaredFormat

_FIRST_FAILURE = 500
_CLIENT_LEFT = 499
_REQUEST = late_pattern(r"(?P<method>[A-Z]{3,12}) (?P<target>\S+)(?: HTTP/[\d.]+)?$")
_DIGITS = late_pattern(r"\d{1,10}$")
_PATH = late_pattern(r"/\S{0,2000}$")
#: A request and the system's error, of who tells no levels: `POST /orders: open /data/a: permission denied`.
_ASKED = late_pattern(rf"(?:{METHODS}) /\S{{0,1000}}")
_IN_VAIN = frozenset(
    (
        *("permission denied", "no such file or directory", "no space left on device", "too many open files"),
        *("connection refused", "no route to host", "i/o timeout", "no such host", "connection reset by peer"),
        *("broken pipe", "read-only file system", "cannot allocate memory", "disk quota exceeded"),
    )
)
#: The request in an object that is printed below the line, as pino-pretty does.
_BELOW = {
    "method": late_pattern(r'^\s{1,20}"?method"?: "(?P<value>[A-Z]{3,8})"', re.MULTILINE),
    "target": late_pattern(r'^\s{1,20}"?url"?: "(?P<value>/[^"\n]{0,2000})"', re.MULTILINE),
    "status": late_pattern(r'^\s{1,20}"?statusCode"?: (?P<value>[1-5]\d\d)\b', re.MULTILINE),
}
#: What a function of AWS puts before each line that it prints, where a platform writes it down under its own names.
_OF_FUNCTION = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\t(?P<id>[0-9a-f-]{36}|undefined)\t"
    r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t(?=\S)"
)
#: java.util.logging's second line.
_LEVEL_BELOW = late_pattern(r"(?P<level>[^\W\d_]{2,20}): (?P<words>.*)")
#: As Dropwizard marks what belongs to an exception.
_MARK = late_pattern(r"^! ?(?P<frame>(?:at |\.\.\. ))?", re.MULTILINE)
#: Tomcat's page has its frames without `at`, and heads a cause with these words.
_PAGE = "Exception Report"
_PAGE_FRAME = late_pattern(
    r"^[ \t]{1,8}(?=(?:[\w$]{1,80}\.){1,14}[\w$<>]{1,80}"
    r"\((?:[\w$]{1,80}\.(?:java|kt|scala)(?::\d{1,6})?|Native Method|Unknown Source)\)$)",
    re.MULTILINE,
)
_PAGE_CAUSE = late_pattern(r"^[Rr]oot [Cc]ause\s{0,8}\n\s{0,8}", re.MULTILINE)


def access_row(declared: DeclaredFormat, fields: Fields, more: Fields, record: Record, source: Source) -> AccessRow:
    """Return the row of an access line."""
    texts = _texts(fields)
    at = time_of(texts.get("time", ""), declared.times, source)
    took = _duration(texts, "duration", declared)
    start = at if declared.time_is_begin or not at else max(at - max(took, 0), 0)
    method, target = _request(texts)
    trace, span = trace_and_span(texts.get("trace_id", ""), texts.get("span_id", ""))
    ids = request_ids(trace, span, texts.get("parent_span_id", ""), source=source, record=record)
    server, port = host_and_port(texts.get("host", ""))
    status = count(texts.get("status", ""), limit=999)
    keys, values = attributes(_pairs(texts, target, more))
    return AccessRow(
        access_id=record_id(declared.name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        parent_span_id=ids.parent_span_id,
        format=declared.name,
        service_name=texts.get("service", "") or declared.service,
        start_time=start,
        duration_ns=max(took, 0),
        http_request_method=method,
        url_path=path_of(target),
        http_response_status_code=status,
        url_scheme=texts.get("scheme", ""),
        server_address=server,
        server_port=port,
        process_pid=_number(texts.get("process", "")),
        thread_id=texts.get("thread", ""),
        connection_id=texts.get("connection", ""),
        request_id=texts.get("request_id", ""),
        handler=texts.get("handler", ""),
        upstream_address=texts.get("upstream", ""),
        upstream_name=texts.get("upstream_name", ""),
        upstream_status=texts.get("upstream_status", ""),
        upstream_connect_ns=_duration(texts, "upstream_connect", declared),
        upstream_header_ns=_duration(texts, "upstream_header", declared),
        upstream_response_ns=_duration(texts, "upstream_duration", declared),
        bytes_sent=count(texts.get("bytes", "")),
        completed=status not in (0, _CLIENT_LEFT),
        attr_keys=keys,
        attr_vals=values,
    )


def log_row(
    declared: DeclaredFormat, fields: Fields, more: Fields, behind: str, record: Record, source: Source
) -> LogRow | None:
    """Return the row of any other record, None for one that can matter to no request. `behind` continues its line."""
    texts = _texts(fields)
    behind = _taken_from_below(texts, behind, declared)
    if function := _OF_FUNCTION.match(texts.get("message", "")) if declared.kind == "json" else None:
        texts["message"] = texts["message"][function.end() :].rstrip()
        texts.setdefault("level", function["level"])
    level = texts.get("level", "")
    severity = severity_of(declared.levels.get(level.lower(), level))
    if not ("status" in texts or "target" in texts) and (answered := failed_answer(texts.get("message", ""))):
        texts |= {"method": answered.method, "target": answered.target, "status": str(answered.status)}
    status = count(texts.get("status", ""), limit=999)
    trace, span = trace_and_span(texts.get("trace_id", ""), texts.get("span_id", ""))
    message = texts.get("message", "")
    told = f"{message}\n{behind}" if behind else message
    event, facts = _meaning(declared, message, told)
    if event == "request.failed" and 0 < severity < ERROR and not declared.events:
        event = ""  # what is no error was answered otherwise, unless the entry itself says what the words mean
    is_in_vain = not level and message.rpartition(": ")[2] in _IN_VAIN and _ASKED.match(message) is not None
    if is_in_vain:
        texts.setdefault("exception_message", message.partition(": ")[2])
    is_grave = severity >= ERROR or status >= _FIRST_FAILURE or event == "request.failed" or is_in_vain
    error = raised_of(fields, texts, behind, is_grave or (severity >= WARNING and shows_error(message)))
    is_failed = status >= _FIRST_FAILURE or (severity >= ERROR and _tells_failure(declared, texts, error))
    if not (event or error or status) and severity < WARNING and _begins_request(texts):
        event = "request.started"
    if severity < WARNING and not (trace or error or event or is_failed):
        return None
    words = message if error and error.stack else told
    method, target = _request(texts)
    if not target:
        # Some say nothing of a request but its path.
        method, target = failed_request_of(told) if not method else (method, message if _PATH.match(message) else "")
    at = time_of(texts.get("time", ""), declared.times, source)
    keys, values = attributes(
        [
            ("http.response.status_code", status or ""),
            *_pairs(texts, target, more),
            *((f"process.killed.{key}", facts.get(key)) for key in ("pid", "name", "signal")),
        ]
    )
    error = error or Raised()
    return LogRow(
        log_id=record_id(declared.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=trace,
        span_id=span,
        severity_number=severity or (ERROR if error.type or error.stack or is_failed or event or is_in_vain else 0),
        severity_text=level,
        service_name=texts.get("service", "") or declared.service,
        body=_body(words, error, method, target, status),
        event_name=event or _event(error, is_failed),
        scope_name=texts.get("logger", ""),
        format=declared.name,
        process_pid=_number(facts.get("own", "") or texts.get("process", "")),
        thread_id=texts.get("thread", ""),
        connection_id=texts.get("connection", ""),
        request_id=texts.get("request_id", ""),
        error_code=texts.get("code", ""),
        http_request_method=method,
        url_path=path_of(target),
        # A server, no app: whom it speaks of is whom it passed the request on to.
        upstream_address=texts.get("upstream", "")
        or (dialled(message) if declared.service and not declared.language else ""),
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.message,
        stacktrace=error.stack,
    )


def _taken_from_below(texts: dict[str, str], behind: str, declared: DeclaredFormat) -> str:
    """Add to the fields what stands below the line; return the rest, with its frames as a stack has them."""
    if behind and not (texts.get("message") or texts.get("exception_type")):
        # The line tells who speaks; the words stand below it.
        head, _, behind = dedent(behind).strip("\n").partition("\n")
        below = None if texts.get("level") else _LEVEL_BELOW.match(head)
        if below and (below["level"].lower() in declared.levels or severity_of(below["level"])):
            texts["level"], head = below["level"], below["words"]
        texts["message"] = head.strip()
    if '"url": "/' in behind:
        found = ((field, pattern.search(behind)) for field, pattern in _BELOW.items())
        for field, value in found:
            if value:
                texts.setdefault(field, value["value"])
    if _PAGE in behind:
        behind = _PAGE_CAUSE.sub("Caused by: ", _PAGE_FRAME.sub("\tat ", behind))
    if behind.startswith("!"):
        behind = _MARK.sub(lambda mark: f"\t{mark['frame']}" if mark["frame"] else "", behind)
    return behind


def _meaning(declared: DeclaredFormat, message: str, told: str) -> tuple[str, Mapping[str, str]]:
    """Return what a message means, and what else it tells: as the entry says, else as app servers' messages do."""
    meanings = ((compiled(pattern), event) for event, pattern in declared.events.items())
    event, facts = first_meaning(meanings, message) if declared.events else meaning_of(message)
    if not event and can_accept_no_more(told):
        return "files.exhausted", facts
    return ("request.failed", {}) if not event and framework_failure(told) else (event, facts)


def _texts(fields: Fields) -> dict[str, str]:
    """Return the fields as texts, without those that are absent or no text."""
    return {
        field: found for field, value in fields.items() if not isinstance(value, dict | list) and (found := text(value))
    }


def _request(texts: Mapping[str, str]) -> tuple[str, str]:
    """Return method and target, from a request line where the format has that."""
    line = _REQUEST.match(texts.get("request", ""))
    if line:
        return line["method"], line["target"]
    target = texts.get("target", "") or texts.get("path", "")
    if target and texts.get("query") and "?" not in target:
        target = f"{target}?{texts['query'].removeprefix('?')}"
    return texts.get("method", "").upper(), target


def _duration(texts: Mapping[str, str], field: str, declared: DeclaredFormat) -> int:
    return duration_ns(texts[field], declared.duration_unit) if field in texts else -1


def _number(value: str) -> int:
    return int(value) if _DIGITS.match(value) else 0


def _pairs(texts: Mapping[str, str], target: str, more: Fields) -> list[tuple[str, object]]:
    return [
        ("client.address", host_and_port(texts.get("client", ""))[0]),
        ("user_agent.original", texts.get("user_agent", "")),
        ("url.query", query_of(target)),
        ("process.name", "" if _DIGITS.match(texts.get("process", "")) else texts.get("process", "")),
        *more.items(),
    ]


def _begins_request(texts: dict[str, str]) -> bool:
    """Say whether a line tells what was asked for and the request's id, by which the line of the answer is found."""
    if not texts.get("request_id"):
        return False
    if asked := _REQUEST.match(texts.get("message", "").strip()):
        texts.setdefault("method", asked["method"])
        texts.setdefault("target", asked["target"])
    return _request(texts)[1].startswith("/")


def _tells_failure(declared: DeclaredFormat, texts: Mapping[str, str], error: Raised | None) -> bool:
    """Say whether an error is a request's: by its logger, or since it has a stack and names what was asked for."""
    if declared.is_handler(texts.get("logger", "")):
        return True
    is_told = bool(texts.keys() & {"target", "path", "request"})
    return bool(error and error.stack and not is_told and asked_here(texts.get("message", ""))[1])


def _event(error: Raised, is_failed: bool) -> str:
    if is_failed:
        return "request.failed"
    if error.stack and is_startup(error.stack):
        return "process.boot_failed"
    return ""


def _body(words: str, error: Raised, method: str, target: str, status: int) -> str:
    if words:
        return words
    if error.type or error.message:
        return f"{error.type}: {error.message}".removesuffix(": ").removeprefix(": ")
    return f"{method} {target} {status}".strip() if target else ""
