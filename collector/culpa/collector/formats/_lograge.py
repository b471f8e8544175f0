"""The one line that lograge makes of a request in the place of Rails' own: pairs, or JSON behind a logger's prefix.

Source: lograge 0.14, README and formatters.
"""

from collections.abc import Mapping

from culpa.collector.formats._format import Unreadable
from culpa.collector.formats._values import json_object, text
from culpa.instrumentation.patterns import late_pattern

#: How such a line begins behind prefix and tags.
BEGINNING = r"method=[A-Z]{3,10} path=|\{\"method\":\"[A-Z]{3,10}\",\"path\":\""

_PAIRS = late_pattern(
    r"method=(?P<method>[A-Z]{3,10}) path=(?P<target>\S{1,4000}) format=\S{0,100} controller=(?P<controller>\S{1,200})"
    r" action=(?P<action>\S{1,200}) (?:[a-z_]{1,20}=\S{1,80} ){0,4}?status=(?P<status>\d{3})"
    r"(?: error='(?P<error>.{0,4000}?)'(?= [a-z_]{1,40}=|$))?"
    r"(?: allocations=\d{1,12})?(?: duration=(?P<ms>\d{1,12}(?:\.\d{1,9})?))?"
)
_MS = late_pattern(r"\d{1,12}(?:\.\d{1,9})?$")
_TYPED = late_pattern(r"(?P<type>[A-Z]\w*(?:::\w+)*): (?P<message>[\s\S]*)")


def lograge_of(words: str) -> Mapping[str, str] | None:
    """Return method, target, status, ms, action and error of a line without its prefix, None for any other line."""
    if words.startswith("method="):
        found = _PAIRS.match(words)
        return {key: value or "" for key, value in found.groupdict().items()} if found else None
    if not words.startswith('{"method":"'):
        return None
    try:
        pairs = json_object(words)
    except Unreadable:
        return None
    if not pairs.keys() >= {"path", "status", "controller", "action"}:
        return None
    ms = text(pairs.get("duration"))
    return {
        "method": text(pairs["method"]),
        "target": text(pairs["path"]),
        "status": text(pairs["status"]),
        "controller": text(pairs["controller"]),
        "action": text(pairs["action"]),
        "error": text(pairs.get("error")),
        "ms": ms if _MS.match(ms) else "",
    }


def error_of(pairs: Mapping[str, str]) -> tuple[str, str]:
    """Return type and message of the exception that such a line names."""
    found = _TYPED.match(pairs["error"])
    return (found["type"], found["message"]) if found else ("", pairs["error"])
