"""What Node prints about errors: uncaught ones with the line they came from, and those of `console.error`.

Nothing here tells a time or a request. Other output of the app is not kept.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from culpa.collector.events import can_accept_no_more
from culpa.collector.exceptions import is_code
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR, FATAL, WARNING
from culpa.collector.formats._node_requests import ToldRequest, answered_request, told_request
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, process_id, query_of
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(
    r"\s*at (?:async )?(?:.*\()?(?:node:[\w/-]+|[^()]+\.[cm]?[jt]sx?|<anonymous>)(?::\d+:\d+)?\)?(?: \{)?$"
)
_NODE_FRAME = late_pattern(
    r"\s+at .*(?:\(|at |async )(?:node:(?:internal|\w{1,40}:\d)|[^()]{0,300}\.[cm]?[jt]sx?:\d+:\d+)"
)
#: `Error: words`, `TypeError [ERR_X]: words`, `DOMException [TimeoutError]: words`, drivers' `error: words`.
_HEAD = late_pattern(
    r"(?:Uncaught:? ?)?(?P<type>[A-Za-z_$][\w$.]*)(?: \[(?P<code>\w+)\])?(?::(?: (?P<message>.*))?)?$", re.DOTALL
)
_IS_ERROR = late_pattern(r"(?:Uncaught:? ?)?(?:[A-Z][\w$.]*(?:Error|Exception)|error|Error)\b(?: \[\w+\])?(?::|$)")
#: Where an uncaught error came from, printed above it.
_PLACE = late_pattern(r"(?:(?:node:|file://|/|[A-Za-z]:\\)\S*|(?:internal/[\w/]{1,80}|[a-z_]{2,30})\.js|\[eval\]):\d+$")
_CARET = late_pattern(r"\s*\^+$")
_VERSION = late_pattern(r"Node\.js v\d+\.")
_WARNING = late_pattern(r"\(node:(?P<pid>\d+)\) (?P<words>(?:\[\w+\] )?\w*Warning: .*)", re.DOTALL)
_FATAL = late_pattern(r"FATAL ERROR: (?P<words>.*)")
_LAST_GCS = "<--- Last few GCs --->"
_GC = late_pattern(r"<--- (?:Last few GCs|JS stacktrace) --->|\[(?P<pid>\d+):0x[0-9a-f]+\]")
#: Frames of a program that is still loading its modules; of the ten that a stack has, the main module's may be cut off.
_LOADING = late_pattern(
    r"executeUserEntryPoint|node:internal/modules/(?:run_main|esm/)|Module\._compile \(node:internal/modules/cjs/"
    r"|Module\.(?:runMain|_load|_compile) \((?:module|internal/modules/\w{1,20}(?:/\w{1,20})?)\.js"
)
#: PM2 loads the program itself: what comes out of there nobody caught.
_LOADED_BY_PM2 = late_pattern(r"[/\\]pm2[/\\]lib[/\\]ProcessContainer\w{0,10}\.js:")
_LISTENING = late_pattern(r"Error: listen E[A-Z]+")
_OF_FETCH = "node:internal/deps/undici"
_CAUSE = late_pattern(r"(?P<indent>\s*)(?:\[cause\]: |cause: (?=[\w$.]*(?:Error|Exception)\b))")
_ERRORS = late_pattern(r"\s*\[errors\]: \[")
_MEMBER = late_pattern(r"\s+(?=(?:[A-Z][\w$.]*)?Error\b)")
_PROPERTY = late_pattern(r"\s+(?P<key>[a-zA-Z]\w*): (?:'(?P<text>.*)'|\"(?P<quoted>.*)\"|(?P<number>-?\d+)),?$")
#: Of axios, got and others: `config.url`, `options.url.href`.
_URL = late_pattern(
    r"(?P<scheme>https?)://(?:[^/@\s]{0,200}@)?(?P<host>[\w.-]{1,253})(?::(?P<port>\d{1,5}))?(?=[/?#]|$)"
)
#: Koa and others print a stack with two blanks before each of its lines; members of a group of errors have more.
_SHIFT = "  "
#: Next.js 14 and 15, and 13: before the words of an error.
_NEXT = (" \u2a2f ", "\u2a2f ", "- error ")
_LABEL = late_pattern(
    r"[^\s{\"'][^\n{\"']{0,120}?[\s:] ?(?=[A-Z][\w$.]{0,80}(?:Error|Exception)\b(?: \[\w{1,60}\])?: )"
)
#: What a line that is kept by itself has.
_NOTABLE = late_pattern(r"Warning|FATAL|Node\.js v")
_MESSAGE_LINES = 20
#: Place, source line and caret of an uncaught error.
_CRASH_LINES = 3

#: Properties of errors that say what they are about, and the attributes that they become.
_PROPERTIES = {
    "syscall": "error.syscall",
    "address": "server.address",
    "hostname": "server.address",
    "port": "server.port",
    "scheme": "url.scheme",
    "path": "code.file.path",
    "table": "db.collection.name",
    "constraint": "db.constraint",
    "severity": "db.severity",
    "detail": "db.detail",
}


class _Error(NamedTuple):
    """An error as it was printed."""

    type: str
    message: str
    code: str
    stacktrace: str
    properties: dict[str, str]


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    shown = [line for line in lines if len(line) < SHORT_LINE]
    return any(
        _NODE_FRAME.match(line) or _VERSION.match(line) or _WARNING.match(line) or line == _LAST_GCS for line in shown
    )


def _opens(line: str) -> bool:
    return len(line) < SHORT_LINE and bool(
        _WARNING.match(line) or _VERSION.match(line) or _NODE_FRAME.match(line) or told_request(line)
    )


def _begins(line: str) -> bool:
    return bool(line) and (
        line[0] not in " \t}]" or line.startswith(_NEXT) or _told(line) is not None or _is_shifted(line)
    )


def _told(line: str) -> ToldRequest | None:
    return told_request(line) or answered_request(line)


def _is_shifted(line: str) -> bool:
    """Say whether an error begins here whose lines were all moved to the right."""
    return line.startswith(_SHIFT) and _IS_ERROR.match(line[len(_SHIFT) :]) is not None


def _unmarked(line: str) -> str:
    """Return a line without the mark that Next.js puts before an error, or what the app said before it."""
    if line.startswith(_NEXT):
        return line.lstrip().removeprefix("\u2a2f ").removeprefix("- error ")
    if _is_shifted(line):
        return line[len(_SHIFT) :]
    return line[labelled.end() :] if (labelled := _label(line)) else line


def _label(line: str) -> re.Match[str] | None:
    """Return the words before an error that was printed with some: `console.error('could not list', error)`."""
    return None if _IS_ERROR.match(line) else _LABEL.match(line[:SHORT_LINE])


def _continues(lines: Sequence[str], line: str) -> bool:
    if _VERSION.match(lines[-1]):
        return False  # the last that a process says
    if _VERSION.match(line) or (line.startswith("at ") and _is_frame(line)):
        return True  # a frame whose indentation a log drain took away
    if _GC.match(lines[0]):
        return bool(_GC.match(line) or _FATAL.match(line))
    if len(lines) >= _MESSAGE_LINES or any(map(_is_frame, lines)):
        return False
    if _told(lines[0]):
        return bool(_IS_ERROR.match(line))
    if _PLACE.match(lines[0]):
        return len(lines) < _CRASH_LINES or _is_crash(lines)
    if _label(lines[0]) and not lines[0].startswith(_NEXT):
        return _is_frame(line)  # the words may be anybody's
    # The words of an error may go over several lines; its frames come behind them.
    return bool(_IS_ERROR.match(_unmarked(lines[0]))) and not _IS_ERROR.match(line)


def _read(record: Record, source: Source) -> LogRow | None:
    told = _told(text_of(record).partition("\n")[0])
    if "\n" not in record.text and not told and not _NOTABLE.search(text_of(record)):
        return None
    lines = text_of(record).split("\n")
    is_of_request = told is not None or (lines[0].startswith(_NEXT) and "unhandledRejection" not in lines[0])
    lines[0] = _unmarked(lines[0])
    if told:
        # The words alone are printed; what `fetch` throws is always of one type.
        kind = "TypeError" if _OF_FETCH in record.text else "Error"
        head = told.words if _IS_ERROR.match(told.words) else f"{kind}: {told.words}"
        lines = [head, *lines[1:]] if told.words else [line for line in lines[1:] if line.strip()] or [""]
    warning, fatal = _WARNING.match(lines[0]), _fatal(lines)
    if warning:
        return _row(record, source, "", WARNING, warning["words"], pid=process_id(warning["pid"]))
    if fatal:
        event = "memory.exhausted" if "heap" in fatal or "memory" in fatal else "server.crashed"
        pids = [found["pid"] for line in lines if (found := _GC.match(line)) and found["pid"]]
        return _row(record, source, event, FATAL, fatal, pid=process_id(pids[0]) if pids else 0)
    is_loaded = _LOADED_BY_PM2.search(record.text) is not None
    is_crash = is_loaded or _is_crash(lines)
    error = _error(lines)
    if error is None:
        if told:
            words = f"{told.method} {path_of(told.target)} {told.status}".strip()
            return _row(record, source, "request.failed", ERROR, words, told=told)
        words = _thrown(lines) if is_crash else ""
        return _row(record, source, "server.crashed", FATAL, words) if words else None
    event = "files.exhausted" if can_accept_no_more(f"{error.type}: {error.message}") else ""
    if is_crash:
        is_boot = is_loaded or _LOADING.search("\n".join(lines)) or _LISTENING.search("\n".join(lines))
        event = "process.boot_failed" if is_boot else "server.crashed"
    elif is_of_request:
        event = "request.failed"
    words = f"{error.type}: {error.message}".removesuffix(": ")
    return _row(record, source, event, FATAL if is_crash else ERROR, words, error=error, told=told)


def _row(
    record: Record,
    source: Source,
    event: str,
    severity: int,
    body: str,
    *,
    pid: int = 0,
    error: _Error | None = None,
    told: ToldRequest | None = None,
) -> LogRow:
    details = error.properties if error else {}
    pairs = [(_PROPERTIES[key], details[key]) for key in _PROPERTIES if key in details]
    if told:
        pairs += [("http.response.status_code", str(told.status)), ("url.query", query_of(told.target))]
    keys, values = attributes(pairs)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=0,
        observed_time=source.read_at_ns,
        severity_number=severity,
        service_name=FORMAT.service_name,
        body=body,
        event_name=event,
        format=FORMAT.name,
        process_pid=pid,
        http_request_method=told.method if told else "",
        url_path=path_of(told.target) if told else "",
        error_code=error.code if error else "",
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type if error else "",
        exception_message=error.message if error else "",
        exception_code=error.code if error and is_code(error.code) else "",
        stacktrace=error.stacktrace if error else "",
    )


def _is_frame(line: str) -> bool:
    return len(line) < SHORT_LINE and _FRAME.match(line) is not None


def _is_crash(lines: Sequence[str]) -> bool:
    """Say whether Node printed this because nobody caught it."""
    is_shown = bool(_PLACE.match(lines[0])) and any(map(_CARET.match, lines[1:6]))
    return is_shown or any(map(_VERSION.match, lines[-2:]))


def _thrown(lines: Sequence[str]) -> str:
    """Return what was thrown that is no error: it stands below the caret."""
    carets = [at for at, line in enumerate(lines[:6]) if _CARET.match(line)]
    return next((line for line in lines[carets[-1] + 1 :] if line.strip()), "") if carets else ""


def _fatal(lines: Sequence[str]) -> str:
    return next((found["words"] for line in lines if (found := _FATAL.match(line))), "")


def _error(lines: Sequence[str]) -> _Error | None:
    """Read the error of a record whose head may stand below the place and the source line."""
    frames = [at for at, line in enumerate(lines) if _is_frame(line)]
    heads = [at for at, line in enumerate(lines[: frames[0] if frames else None]) if _IS_ERROR.match(line)]
    if not frames and not _is_bare(lines, heads):
        return None
    start = heads[0] if heads else _above(lines, frames[0])
    end = frames[0] if frames else start + 1
    head = _HEAD.match("\n".join(lines[start:end]).rstrip())
    if not head:
        return None
    kind, code = head["type"], head["code"] or ""
    if (kind == "DOMException" and code) or code.endswith(("Error", "Exception")):
        kind, code = code, ""
    message = head["message"] or ""
    properties = _properties(lines[end:])
    stack = _frames_and_causes(lines[end:])
    place = _PLACE.match(lines[0])
    if kind == "SyntaxError" and place and not lines[0].startswith("node:"):
        # What cannot be parsed has no frame of its own.
        stack.insert(0, f"    at {lines[0]}:1")
    chain = [f"{kind}: {message}".removesuffix(": "), *stack]
    return _Error(kind, message, properties.get("code") or code, "\n".join(chain), properties)


def _is_bare(lines: Sequence[str], heads: Sequence[int]) -> bool:
    """Say whether an error without frames was uncaught: a printed line alone may be anything."""
    return bool(heads) and _is_crash(lines)


def _above(lines: Sequence[str], frame: int) -> int:
    at = frame - 1
    while at > 0 and lines[at - 1].strip() and not lines[at - 1].startswith((" ", "\t")):
        at -= 1
    return max(at, 0)


def _frames_and_causes(lines: Sequence[str]) -> list[str]:
    """Return frames and causes as they are printed, without the properties among them."""
    kept: list[str] = []
    in_group = False
    for line in lines:
        words = line.removesuffix(",").removesuffix(" {")
        if _is_frame(words):
            kept.append(words if words[0].isspace() else f"    {words}")
        elif _ERRORS.match(line):
            in_group = True
        elif cause := _CAUSE.match(line):
            kept.append(f"  [cause]: {_named(words[cause.end() :])}")
        elif in_group and _MEMBER.match(line) and ": " in line:
            # Of several errors at once the first stands for all.
            kept.append(f"  [cause]: {_named(words.strip())}")
            in_group = False
        elif line.startswith("Node.js v"):
            break
    return kept


def _named(words: str) -> str:
    """Return the head of a cause without the code behind its type."""
    return re.sub(r"^(\[cause\]: )?([\w$.]+) \[\w+\](?=:|$)", r"\1\2", words)


def _properties(lines: Sequence[str]) -> dict[str, str]:
    """Return the properties of the innermost error: those of causes come later and say more."""
    found: dict[str, str] = {}
    for line in lines:
        match = _PROPERTY.match(line)
        if match:
            found[match["key"]] = match["text"] or match["quoted"] or match["number"] or ""
    return _asked(found) | found


def _asked(properties: dict[str, str]) -> dict[str, str]:
    """Return whom a client of HTTP was asking, by the URL that it prints with its error."""
    urls = (_URL.match(properties.get(key, "")) for key in ("url", "href", "requestUrl", "baseURL"))
    url = next((found for found in urls if found), None)
    named = {key: value for key, value in url.groupdict().items() if value} if url else {}
    return {"address": named.pop("host"), **named} if named else {}


FORMAT = Format(
    name="node_output",
    service_name="",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
    opens=_opens,
    takes_all=True,
)
