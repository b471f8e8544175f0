"""Read the searches that are answered: attributes that one span has all of, in TraceQL or as logfmt.

    {resource.service.name="shop" && span.http.response.status_code=500 && duration>100ms}
    service.name=shop error=true

Source: https://grafana.com/docs/tempo/latest/traceql/. What is more than that is refused, and never half answered.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from culpa.traces.asking import duration_ns
from culpa.traces.search import NotAQuestion, Search

_MOST_CHARS: Final = 4_000
#: One condition and what joins it to the next one.
_CONDITION: Final = re.compile(
    r"\s{0,20}([A-Za-z0-9_.:/@-]{1,200})\s{0,20}(>=|<=|=|>|<)\s{0,20}"
    r'("(?:[^"\\]|\\["\\]){0,1000}"|`[^`]{0,1000}`|[A-Za-z0-9_.:/@%+-]{1,1000})\s{0,20}(&&|$)'
)
_PAIR: Final = re.compile(
    r'\s{0,20}([A-Za-z0-9_.:/@-]{1,200})=("(?:[^"\\]|\\["\\]){0,1000}"|[^\s"]{1,1000})(?:\s{1,20}|$)'
)
_SCOPES: Final = ("resource.", "span.", "event.", "instrumentation.", ".")
#: What a span says of itself, in TraceQL's words -> the tag under which it is searched.
_INTRINSIC: Final = {"status": "otel.status_code", "kind": "span.kind", "statusMessage": "otel.status_description"}
_STATUS: Final = {"error": "ERROR", "ok": "OK"}
_EXAMPLE: Final = '{resource.service.name="shop" && span.http.response.status_code=500}'


def read_traceql(text: str, search: Search) -> Search:
    """Return the search with what is asked for. Errors: NotAQuestion."""
    inner = text.strip()
    if len(inner) > _MOST_CHARS or not (inner.startswith("{") and inner.endswith("}")):
        raise _unknown(text)
    inner = inner[1:-1].strip()
    at = 0
    while at < len(inner):
        found = _CONDITION.match(inner, at)
        if found is None or (found[4] and found.end() == len(inner)):
            raise _unknown(text)
        search = _with(search, found[1], found[2], _unquoted(found[3]), text)
        at = found.end()
    return search


def read_tags(text: str, search: Search) -> Search:
    """Return the search with tags that are written as logfmt. Errors: NotAQuestion."""
    at = 0
    while at < len(text.rstrip()):
        found = _PAIR.match(text, at)
        if found is None or len(text) > _MOST_CHARS:
            raise NotAQuestion(f"tags {text[at : at + 80]!r} are not read; write them as service.name=shop error=true")
        search = _with(search, found[1], "=", _unquoted(found[2]), text)
        at = found.end()
    return search


def plain_name(name: str) -> str:
    """Return an attribute's name without its scope."""
    for scope in _SCOPES:
        if name.startswith(scope):
            return name.removeprefix(scope)
    return name


def _with(search: Search, name: str, operator: str, value: str, text: str) -> Search:
    if name in ("duration", "span:duration") and operator != "=":
        limit_ns = duration_ns("duration", value)
        # Both bounds of a search are allowed; nothing takes part of a nanosecond.
        if operator.startswith(">"):
            return replace(search, least_ns=limit_ns + (operator == ">"))
        return replace(search, most_ns=max(1, limit_ns - (operator == "<")))
    if operator != "=":
        raise _unknown(text)
    if name in ("name", "span:name"):
        return replace(search, operation=value)
    if name in _INTRINSIC:
        return _tagged(search, _INTRINSIC[name], _STATUS.get(value, value) if name == "status" else value)
    plain = plain_name(name)
    if plain == "service.name":
        return replace(search, service=value)
    return _tagged(search, plain, value)


def _tagged(search: Search, key: str, value: str) -> Search:
    tags: Mapping[str, str] = {**search.tags, key: value}
    return replace(search, tags=tags)


def _unquoted(text: str) -> str:
    if text[0] not in '"`':
        return text
    return text[1:-1] if text[0] == "`" else text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _unknown(text: str) -> NotAQuestion:
    return NotAQuestion(f"{text[:200]!r} is not answered here: write attributes that one span has, such as {_EXAMPLE}")
