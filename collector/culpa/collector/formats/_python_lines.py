"""Lines that Python's servers and `logging` print: who said it, when, how gravely, about which request."""

import re
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple

from culpa.collector.events import failed_answer
from culpa.collector.formats._extent import SHORT_LINE
from culpa.collector.formats._format import Unreadable
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

TRACEBACK = "Traceback (most recent call last):"
GROUP = "  + Exception Group Traceback (most recent call last):"

_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL)"
_TIME = (
    r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?"
    # As Django's runserver has it, and rich.
    r"|\d\d/[A-Z][a-z]{2}/\d{4}[ :]\d\d:\d\d:\d\d(?: [+-]\d{4})?|\d\d/\d\d/\d\d \d\d:\d\d:\d\d)"
)

_PREFIXES = (
    # gunicorn: [2026-11-22 08:00:33 +0000] [10660] [CRITICAL] WORKER TIMEOUT (pid:10668)
    late_pattern(rf"\[{_TIME}\] \[(?P<pid>\d{{1,10}})\] \[{_LEVEL}\] (?P<message>.*)", re.DOTALL),
    # uvicorn pads the level to ten columns: ERROR:    Exception in ASGI application
    late_pattern(rf"{_LEVEL}: {{1,5}}(?P<message>(?<=.{{10}}).*)", re.DOTALL),
    # Flask: [2026-11-22 08:00:31,123] ERROR in app: Exception on /a [GET]
    late_pattern(rf"\[{_TIME}\] {_LEVEL} in (?P<logger>[\w.]+): (?P<message>.*)", re.DOTALL),
    # logging.basicConfig: ERROR:shop.cart:could not compute
    late_pattern(rf"{_LEVEL}:(?P<logger>[\w.]+):(?P<message>.*)", re.DOTALL),
    # Celery 5: [2026-11-22 08:00:31,123: ERROR/ForkPoolWorker-1] Task shop.pay[…] raised unexpected: …
    late_pattern(rf"\[{_TIME}: {_LEVEL}/[\w:.-]{{1,80}}\] ?(?P<message>.*)", re.DOTALL),
    # Odoo: 2026-11-22 08:00:31,123 10668 ERROR shop odoo.http: Exception during JSON request handling.
    late_pattern(
        rf"{_TIME} (?P<pid>\d{{1,10}}) {_LEVEL} [\w?.-]{{1,64}} (?P<logger>[a-z_][\w.]{{1,100}}): (?P<message>.*)",
        re.DOTALL,
    ),
    # Django's documented verbose form: ERROR 2026-11-22 08:00:31,123 views 12 140230 Internal Server Error: /a
    late_pattern(rf"\[?{_LEVEL}\]?[ \t:|-]{{1,9}}\[?{_TIME}\]?(?P<between>)(?P<message>.*)", re.DOTALL),
    # structlog's console: 2026-11-22T08:00:31.123Z [error    ] request_failed   [shop.views] request='GET /a'
    late_pattern(
        rf"{_TIME} \[(?P<level>debug|info|warning|error|critical|exception) *\](?P<between>)(?P<message>.*)", re.DOTALL
    ),
    # Tornado and Jupyter: [E 261122 08:00:31 web:1789] Uncaught exception GET /a (127.0.0.1); older ones tell no day.
    late_pattern(
        r"\[(?P<level>[DIWEC]) "
        r"(?:(?P<time>\d{6} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})|\d\d:\d\d:\d\d\.\d{3})"
        r" (?P<logger>[\w.]{1,80})(?: [\w.]{1,80})?(?::\d{1,6})?\] (?P<message>.*)",
        re.DOTALL,
    ),
    # Without a time: [ERROR] shop.views: could not compute, ERROR shop.views: could not compute
    late_pattern(rf"\[{_LEVEL}\][ \t](?P<between>)(?P<message>.*)", re.DOTALL),
    late_pattern(
        rf"{_LEVEL} {{1,5}}\[?(?P<logger>[A-Za-z_]\w*(?:\.\w+)++)(?::\d{{1,6}})?\]?[ :]{{1,3}}(?P<message>.*)",
        re.DOTALL,
    ),
    # And what people configure: a time, somewhere behind it a level, then the words.
    late_pattern(rf"\[?{_TIME}\]?(?P<between>.{{0,120}}?)\b{_LEVEL}\b(?P<message>.*)", re.DOTALL),
)
_LETTERS = {"D": "DEBUG", "I": "INFO", "W": "WARNING", "E": "ERROR", "C": "CRITICAL"}
#: How the times above are written, by what tells them from each other.
_FORMS = (
    (late_pattern(r"\d\d/[A-Z][a-z]{2}/\d{4}:"), "%d/%b/%Y:%H:%M:%S"),
    (late_pattern(r"\d\d/[A-Z][a-z]{2}/\d{4} "), "%d/%b/%Y %H:%M:%S"),
    (late_pattern(r"\d\d/\d\d/\d\d "), "%m/%d/%y %H:%M:%S"),
    (late_pattern(r"\d{6} "), "%y%m%d %H:%M:%S"),
)
_ZONE = late_pattern(r" (?P<zone>[+-]\d{4})$")

_ACCESS = late_pattern(
    # What the app asked of others, urllib3 logs in the same form behind their address.
    r"(?:(?!https?://)(?P<client>[^\s\"]+) (?:- |\S+ \S+ )?)?"
    r"(?:\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}[: ][\d:]{8})(?: (?P<zone>[+-]\d{4}))?\] )?"
    r"\"(?P<method>[A-Z]{3,12}) (?P<target>[^\s\"]+)(?: (?:HTTP/)?[\d.]+)?\" (?P<status>[1-5]\d\d)(?= |$)"
)

#: The answer to a call of the app's own, as httpx logs it, and urllib3 (aiohttp and others log none).
_CALLED = late_pattern(
    r"HTTP Request: [A-Z]{3,8} (?P<url>https?://[^/\s\"?#@]{1,255})\S{0,2000} \"HTTP/[\d.]{1,3} (?P<status>[45]\d\d)\b"
    r"|(?P<origin>https?://[^/\s\"?#@]{1,255}) \"[A-Z]{3,8} /\S{0,2000} HTTP/[\d.]{1,3}\" (?P<answer>[45]\d\d)\b"
)

#: A status of a failure, anywhere in a line: told cheaply.
_FAILED = late_pattern(r"(?<![\w.])5\d\d(?![\w.])")

#: Sanic's access line has the whole URL, and no quotes.
_SANIC = late_pattern(
    r"\(?(?:sanic\.access)?\)?\[?(?:INFO)?\]?\[(?P<client>[^\]\s]{3,60})\](?: \[INFO\])?: (?P<method>[A-Z]{3,8}) "
    r"https?://[^/\s]{1,255}(?P<target>/\S{0,2000}) {1,3}"
    r"(?P<status>[1-5]\d\d) "
)
#: Tornado's: `500 GET /cart (10.0.0.9) 1.23ms`; Jupyter's servers put a name before the address, and say where from.
_TORNADO = late_pattern(
    r"(?P<status>[1-5]\d\d) (?P<method>[A-Z]{3,8}) (?P<target>/\S{0,2000}) "
    r"\((?:[\w.-]{1,80}@)?(?P<client>[^)\s@]{1,60})\) "
    r"[\d.]{1,12}ms(?: referer=\S{0,2000})?$"
)
#: What may stand between the level and the words: `- `, `: `, `[root] `, `] `.
_SEPARATORS = late_pattern(r"^[\s\]:|-]*")
#: A logger's name as modules are called; a name without a dot may be a word of the message.
_LOGGER = late_pattern(r"\[?(?<![\w.])(?P<logger>[A-Za-z_]\w*(?:\.\w+)++)\]?[\s:|-]+")
#: With the line that called it, and perhaps the function: `[django.request:241] `, `shop.views:listing:31 - `.
_PLACED = late_pattern(r"\[?(?P<logger>[A-Za-z_][\w.]*+)(?::[\w<>.]+)?:\d{1,6}\]?[\s:|-]+")
#: Words that people put between the prefix and what a framework says: a logger, module, process, thread.
_OF_PREFIX = 120
_SENTENCE = late_pattern(
    r"(?<![\w.])(?P<sentence>(?:Internal Server Error|Service Unavailable|Bad Gateway|Gateway Timeout): /"
    r"|Exception on /\S* \[[A-Z]+\]|Exception in ASGI application|Error handling request\b|Error on request:"
    r"|Uncaught exception [A-Z]{3,10} /|Exception while serving /|Exception occurred while handling uri: "
    r"|Traceback \(most recent call last\):)"
)
#: What stands before a sentence where no prefix above fits: a level anywhere, and a time.
_ANY_LEVEL = late_pattern(rf"\b{_LEVEL}\b")
_ANY_TIME = late_pattern(_TIME)
_NAME = late_pattern(r"\W{0,3}(?P<name>[A-Za-z_][\w.]{0,80})")
#: Also as terminals show it that was pasted: `^[[A`.
_ANSI = late_pattern(r"\x1b\[[\d;]*m|\^\[\[[\d;]*[A-Za-z]")
_FIRST = frozenset("0123456789[TDIWECF\x1b^")


class Said(NamedTuple):
    """One line with a prefix; absent is '' or 0."""

    level: str
    message: str
    time: str = ""
    pid: int = 0
    logger: str = ""


class Request(NamedTuple):
    """What an access line tells."""

    client: str
    method: str
    target: str
    status: int
    time: str
    zone: str


def plain(line: str) -> str:
    """Return a line without the colours of a terminal."""
    return _ANSI.sub("", line) if "\x1b" in line or "^[[" in line else line


def said(line: str) -> Said | None:
    """Return what a line with a logger's prefix says, None for any other line."""
    if line[:1] not in _FIRST and not _SENTENCE.search(line, 1, _OF_PREFIX + 200):
        return None
    # A line is asked about several times in a row; long ones are not worth the memory.
    return _said(line) if len(line) < SHORT_LINE else _said.__wrapped__(line)


@lru_cache(maxsize=64)
def _said(line: str) -> Said | None:
    words = plain(line)
    for prefix in _PREFIXES:
        found = prefix.match(words)
        if found:
            known = found.groupdict()
            message, logger = known["message"], known.get("logger") or ""
            if "between" in known:
                message, logger = _without_logger(message, known["between"])
            pid, time = int(known.get("pid") or 0), known.get("time") or ""
            level = known["level"]
            message, logger = _from_sentence(message, logger)
            return Said(_LETTERS.get(level, level), message, time, pid, logger)
    return _of_sentence(words)


def _of_sentence(words: str) -> Said | None:
    """Return a framework's sentence behind a prefix that is like none, if that names a level."""
    found = _SENTENCE.search(words[: _OF_PREFIX + 200])
    if not found or not 0 < found.start("sentence") <= _OF_PREFIX or "\n" in words[: found.start("sentence")]:
        return None
    prefix, message = words[: found.start("sentence")], words[found.start("sentence") :]
    level, time = _ANY_LEVEL.search(prefix), _ANY_TIME.search(prefix)
    if not level:
        return None
    logger = _LOGGER.search(prefix)
    return Said(level["level"], message.rstrip(), time["time"] if time else "", 0, logger["logger"] if logger else "")


def _without_logger(message: str, between: str) -> tuple[str, str]:
    """Return the words behind a logger's name, and that."""
    words = _SEPARATORS.sub("", message, count=1)
    named = _PLACED.match(words) or _LOGGER.match(words)
    if named:
        return words.removeprefix(named[0]), named["logger"]
    before = _LOGGER.search(between)
    return words, before["logger"] if before else ""


def _from_sentence(message: str, logger: str) -> tuple[str, str]:
    """Return a message from where a framework's sentence begins, whatever a prefix put before it."""
    found = _SENTENCE.search(message[: _OF_PREFIX + 200])
    if not found or not 0 < found.start("sentence") <= _OF_PREFIX or "\n" in message[: found.start("sentence")]:
        return message, logger
    named = _NAME.match(message)
    return message[found.start("sentence") :], logger or (named["name"] if named else "")


def call_of(line: str) -> str:
    """Return the answer to a call of the app that a client logged: `429 https://host`, '' for any other line."""
    if "://" not in line or "HTTP/" not in line:
        return ""
    found = _CALLED.search(line[:SHORT_LINE])
    return f"{found['status'] or found['answer']} {found['url'] or found['origin']}" if found else ""


def request_of(line: str) -> Request | None:
    """Return the request of an access line of any of Python's servers, and of Django's runserver."""
    if "sanic.access" in line:
        found = _SANIC.search(line[:SHORT_LINE])
        return (
            Request(found["client"], found["method"], found["target"], int(found["status"]), "", "") if found else None
        )
    if (line.endswith("ms") or "ms referer=" in line) and " (" in line:
        known = said(line)
        found = _TORNADO.match(known.message if known else plain(line)) if len(line) < SHORT_LINE else None
        if found:
            return Request(found["client"], found["method"], found["target"], int(found["status"]), "", "")
    if " /" not in line and "HTTP/" not in line:
        return None
    if '" ' not in line and not _FAILED.search(line):
        return None
    return _request_of(line) if len(line) < SHORT_LINE else _request_of.__wrapped__(line)


@lru_cache(maxsize=64)
def _request_of(line: str) -> Request | None:
    known = said(line)
    words = known.message if known else plain(line)
    # A logger's name without a dot, and what else somebody puts before it: `? werkzeug: 127.0.0.1 - - […] "GET /a`.
    found = _ACCESS.match(words) or (
        _ACCESS.match(words[:_OF_PREFIX].partition(": ")[2] + words[_OF_PREFIX:]) if known else None
    )
    if not found:
        answered = failed_answer(words) if known else None
        return Request("", *answered, "", "") if answered else None
    return Request(
        found["client"] or "",
        found["method"],
        found["target"],
        int(found["status"]),
        found["time"] or "",
        found["zone"] or "",
    )


def is_traceback(line: str) -> bool:
    """Say whether a stack trace begins on this line, behind a logger's prefix or without one."""
    return TRACEBACK in line and (
        line.startswith((TRACEBACK, GROUP)) or (said(line) or Said("", "")).message.startswith(TRACEBACK)
    )


def line_time_ns(line: str, zone: tzinfo | None) -> int:
    """Return when a line was written, 0 if it does not say."""
    known, request = said(line), request_of(line)
    try:
        if known and known.time:
            return _said_time_ns(known.time, zone)
        if request and request.time:
            pattern = "%d/%b/%Y:%H:%M:%S" if request.time[11] == ":" else "%d/%b/%Y %H:%M:%S"
            return time_ns(request.time, pattern, zone_of(request.zone, zone))
    except Unreadable:
        return 0
    return 0


def _said_time_ns(time: str, zone: tzinfo | None) -> int:
    for looks, form in _FORMS:
        if looks.match(time):
            written = _ZONE.search(time)
            return time_ns(_ZONE.sub("", time), form, zone_of(written["zone"] if written else "", zone))
    return iso_ns(time, zone)
