"""A request with its answer amid the words of a log line, in whatever order somebody put them.

`POST /login (130 ms) 500`, `500 GET /a (10.0.0.5) 35.02ms`, `[500] GET /a`, `GET /a User([]) 500, takes 0.012`.
"""

import re
from typing import NamedTuple

from culpa.collector.events.methods import METHODS
from culpa.instrumentation.patterns import late_pattern

_FIRST_FAILURE = 500
#: Longer lines are no access lines.
_LONGEST = 2_000
#: So much of a line may stand before the request, and between it and its answer.
_BEFORE, _BETWEEN = 240, 160

_ASKED = late_pattern(
    rf"(?<![\w./-])[\"\[]?(?P<method>{METHODS})[\"\]]?:? "
    r"\"?(?P<target>/[^\s\"'\])<>;,]{0,1000})"
)
#: Who tells of a request that it sent itself, or of what somebody else answered, tells of no failure of its own.
_ELSEWHERE = late_pattern(
    r"(?i)\b(?:upstream|downstream|outgoing|outbound|client|axios|fetch\w*|call\w*|send\w*|sent|retr\w+|proxy\w*"
    r"|forward\w*|remote|callback|webhook|from|to)\b|https?://"
)
#: A status before the request, as the last word there.
_STATUS_BEFORE = late_pattern(r"(?:^|[\s\[(])(?P<status>[1-5]\d\d)[\])]?:? {1,3}$")
#: Or said to be it, and with other words behind: `<-- 500, user: bob, req: 'GET /a'`.
_STATUS_NAMED = late_pattern(r"(?:^|\s)(?:<-{1,3}|[Ss]tatus(?:_?[Cc]ode)?[:=]) ?(?P<status>[1-5]\d\d)\b")
_STATUS = late_pattern(r"[1-5]\d\d$")
_NUMBER = late_pattern(r"\d{1,12}(?:\.\d{1,9})?$")
_UNIT = late_pattern(r"(?:ns|[uµ]s|ms|s|sec|secs|seconds?|m|b|kb|bytes?|%)$", re.IGNORECASE)
_TIMED = late_pattern(r"\d{1,12}(?:\.\d{1,9})?(?:ns|[uµ]s|ms|s|m|b|kb)$", re.IGNORECASE)
#: What a program may say between both: that it answered, the version of HTTP, an object that it shows.
_FILLERS = late_pattern(
    r"(?:HTTP/[\d.]{1,3}|-{1,3}>?|=>|[|:\u2192\u2013]|respond\w{0,4}|response|return\w{0,3}|complet\w{0,3}|finish\w{0,3}"
    r"|answer\w{0,3}|status(?:_?code)?[:=]?|code[:=]?|with|in|after|took|takes|was)?$",
    re.IGNORECASE,
)
_SHOWN = late_pattern(r"(?<!\w)\w{1,60}\([^\n]{0,120}?\)(?= |$)|<[^<>\n]{0,120}>(?= |$)")
_PUNCTUATION = "\"'()[]{},;:"


class Answered(NamedTuple):
    """A request, and what was answered."""

    method: str
    target: str
    status: int


def failed_answer(words: str) -> Answered | None:
    """Return the request that a line says was answered 5xx, None where it tells of none, or of another's answer."""
    line = words.partition("\n")[0]
    asked = _own_request(line) if len(line) <= _LONGEST else None
    if not asked:
        return None
    before = line[: asked.start()]
    told = _STATUS_BEFORE.search(before) or _STATUS_NAMED.search(before)
    status = int(told["status"]) if told else _status_behind(line[asked.end() : asked.end() + _BETWEEN])
    return Answered(asked["method"], asked["target"], status) if status >= _FIRST_FAILURE else None


def asked_here(words: str) -> tuple[str, str]:
    """Return method and target of the request that the words of an error name, '' where they name none or another's."""
    asked = _own_request(words.partition("\n")[0][:_LONGEST])
    return (asked["method"], asked["target"]) if asked else ("", "")


def _own_request(line: str) -> re.Match[str] | None:
    """Return the request that a line names near its begin, None where it names none or speaks of another's."""
    asked = _ASKED.search(line) if " /" in line else None
    if not asked or asked.start() > _BEFORE or _ELSEWHERE.search(line[: asked.start()]):
        return None
    return asked


def _status_behind(rest: str) -> int:
    """Return the status behind a request, 0 where other words than those of an answer stand before it."""
    tokens = [token.strip(_PUNCTUATION) for token in _SHOWN.sub("", rest).split()]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if _NUMBER.match(token) and _UNIT.match(following):
            at += 2
            continue
        named = token.rpartition("=")
        if _STATUS.match(named[2]) and (not named[1] or _FILLERS.match(named[0])):
            return int(named[2])
        if not (_FILLERS.match(token) or _TIMED.match(token)):
            return 0
        at += 1
    return 0
