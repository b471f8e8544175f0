"""Which part of a stack lies below the user's code: only that tells whom the code was calling. Pure."""

import re
from collections.abc import Iterator, Sequence

from culpa.collector.exceptions.stacktrace.raised import Stack, is_own_file, make_frame
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import table

_PYTHON_LINK = late_pattern(r"\n\n?(?:The above exception was the direct cause|During handling of the above exception)")
_PYTHON_MARK = 'File "'
_PYTHON_FRAME = late_pattern(r'^[^\S\n]*(?:[|+] ?)*File "([^"\n]+)", line \d+[^\n]*$', re.MULTILINE)
_CAUSE = late_pattern(r"^[^\S\n]*(?:Caused by: |\[cause\]: |---> )", re.MULTILINE)
_AT_FRAME = late_pattern(
    r"^[^\S\n]*at (?:async )?(?:(?P<function>[^\n(]*?) ?\((?:file://)?(?P<place>[^()\n]*?)(?::\d+){0,3}\)"
    r"(?: in (?P<net>[^\n]+?):line \d+)?"
    r"|(?:file://)?(?P<bare>[^\s()]+?)(?::\d+){1,3})[^\S\n]*$",
    re.MULTILINE,
)
# PHP, Ruby, Go: `#0 /app/x.php(12): …`, `from app/x.rb:3:in …`, `\t/app/main.go:12 +0x1d`
_PLAIN_FRAME = late_pattern(r"^[^\S\n]*(?:#\d+ |from )?(?P<file>[\w./@~-]+\.[a-z]+)(?:\(\d+\)|:\d+)", re.MULTILINE)

# The language's own network code. What else belongs to the language (json, os, collections) calls nobody.
_NETWORK = late_pattern(
    r"/(?:http/client|urllib/(?:request|error)|socket|ssl|smtplib|ftplib|imaplib|poplib|selectors|_socket)\.py"
    r"|/asyncio/(?:streams|selector_events|base_events|sslproto|proactor_events|unix_events|tasks|timeouts)\.py"
    r"|^node:(?:net|dns|tls|_tls_\w+|http2?|https|_http_\w+|internal/(?:deps/undici|stream_base_commons|dns|net|tls|http|streams)\S*)"
    r"|^(?:java\.base/|java\.net\.http/)?(?:java\.net|javax\.net|sun\.nio\.ch|sun\.net|sun\.security\.ssl|jdk\.internal\.net|java\.nio\.channels)\."
    r"|^System\.Net\."
)
_LANGUAGE = late_pattern(
    r"/lib/python\d[^/]*/(?!(?:site|dist)-packages/)|^<|^node:|^internal/"
    r"|^(?:[\w.]+/)?(?:java|javax|jdk|sun|kotlin|scala)\.|^System\.|^Microsoft\.(?:AspNetCore|Extensions)\."
)
# Servers and clients read and write HTTP with these: whose trouble it is, tells who uses them.
_WIRE = late_pattern(r"/(?:site|dist)-packages/(?:h11|h2|hpack|httptools|wsproto)/")
_FRAMEWORK = late_pattern(
    "(?:/(?:(?:site|dist)-packages|node_modules)/|^(?:[\\w.]+/)?)(?:"
    + "|".join(re.escape(row["path"]) for row in table("frameworks"))
    + ")"
)


def blocks_of(stack: Stack) -> list[str]:
    """Return the text of each exception of a chain, the origin's first: what the questions below are asked about."""
    if _is_python(stack.text):
        return _PYTHON_LINK.split(stack.text)
    return _CAUSE.split(stack.text)[::-1]


def below_app(blocks: Sequence[str]) -> str:
    """Return the frames between the user's code and the places where the exceptions of the chain were raised."""
    return "\n".join(_tail(block) for block in blocks)


def is_from_library(blocks: Sequence[str]) -> bool:
    """Tell whether a client library or the language's network code raised the origin: not the user, not a parser.

    Nor a framework, which calls the user's code. Code of the language that calls nobody says nothing; then the
    exception that followed is asked.
    """
    for block in blocks:
        place = _innermost(block)
        if _NETWORK.search(place):
            return True
        if place and not _LANGUAGE.search(place):
            return not _is_users(block, place) and not _FRAMEWORK.search(place)
    return False


def is_from_app(blocks: Sequence[str]) -> bool:
    """Tell whether a statement of the user's own code raised the origin; false where no frame tells."""
    place = _innermost(blocks[0])
    return bool(place) and _is_users(blocks[0], place)


def _is_python(text: str) -> bool:
    return _PYTHON_MARK in text


def _tail(block: str) -> str:
    if _is_python(block):
        return block[next((frame.end() for frame in _python_frames(block) if is_own_file(frame[1])), 0) :]
    if _AT_FRAME.search(block):
        return _until(block, (frame.start() for frame in _AT_FRAME.finditer(block) if _is_own(frame)))
    return _until(block, (frame.start() for frame in _PLAIN_FRAME.finditer(block) if is_own_file(frame["file"])))


def _python_frames(block: str) -> Iterator[re.Match[str]]:
    """Yield the frames of Python from the last one on: mostly that is all that is asked for."""
    at = len(block)
    while (at := block.rfind(_PYTHON_MARK, 0, at)) >= 0:
        start = block.rfind("\n", 0, at) + 1
        if frame := _PYTHON_FRAME.match(block, start):
            yield frame
        at = start


def _innermost(block: str) -> str:
    """Return what tells whose code raised it, '' if no frame is there."""
    if _is_python(block):
        return next((frame[1] for frame in _python_frames(block) if not _WIRE.search(frame[1])), "")
    first = _AT_FRAME.search(block)
    return _place(first) if first else ""


def _is_users(block: str, place: str) -> bool:
    first = None if _is_python(block) else _AT_FRAME.search(block)
    return _is_own(first) if first else is_own_file(place)


def _until(text: str, starts: Iterator[int]) -> str:
    return text[: next(starts, len(text))]


def _place(frame: re.Match[str]) -> str:
    """Return what tells whose code it is: the file of Node, the qualified function of Java and .NET."""
    file = frame["net"] or frame["place"] or frame["bare"] or ""
    return file if "/" in file or file.startswith("node:") else frame["function"] or file


def _is_own(frame: re.Match[str]) -> bool:
    file = frame["net"] or frame["place"] or frame["bare"] or ""
    function = (frame["function"] or "").strip()
    if not frame["net"] and not re.search(r"\.\w+$", file):
        return False  # Native Method, Unknown Source, <anonymous>: no code of the user
    return make_frame(file, "0", function).in_app
