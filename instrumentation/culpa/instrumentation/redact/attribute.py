"""Redact one attribute by what its key says it is."""

from enum import IntEnum
from functools import lru_cache

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.limit import cut_stack
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.names import is_secret
from culpa.instrumentation.redact.sql import redact_query
from culpa.instrumentation.redact.stack import redact_stack
from culpa.instrumentation.redact.text import redact_text
from culpa.instrumentation.redact.url import redact_url


class Kind(IntEnum):
    """What a value is, as told by its key; decides how it is redacted."""

    TEXT = 0
    SECRET = 1
    QUERY = 2
    URL = 3
    STACK = 4


_PARAMETER_KEY = late_pattern(r"^db\.(?:query|operation|statement|sql)\.(?:parameters?|params|bindings?)(?:\.|$)")
# The session id of OpenTelemetry's own convention is an analytics id, not a cookie.
_HARMLESS = frozenset({"session.id", "http.request.header.x-request-id"})
_QUERY_KEYS = frozenset({"db.query.text", "db.statement", "db.sql", "db.query", "sql.query", "mongodb.query"})
_URL_KEYS = late_pattern(r"(?:^|\.)(?:url|uri|href|referer|referrer|location|target|query)(?:\.|$)|^url\.")
_STACK_KEYS = frozenset({"exception.stacktrace", "code.stacktrace"})


@lru_cache(8192)
def kind_of(key: str) -> Kind:
    """Tell what values of this attribute key are."""
    lower = key.lower()
    if key in _HARMLESS:
        return Kind.TEXT
    if key in _QUERY_KEYS:
        return Kind.QUERY
    if key in _STACK_KEYS:
        return Kind.STACK
    if _PARAMETER_KEY.search(lower) or is_secret(key):
        return Kind.SECRET
    if _URL_KEYS.search(lower) and not lower.startswith("db."):
        return Kind.URL
    return Kind.TEXT


def redact_value(kind: Kind, value: str) -> str:
    """Redact one value of a known kind; of one over 64 KiB the beginning, of a stack trace both ends."""
    if kind == Kind.SECRET:
        return REDACTED
    if kind == Kind.STACK:
        return redact_stack(cut_stack(value))
    if kind == Kind.QUERY:
        # Redis commands and cut texts may hold more than literals.
        return redact_text(redact_query(value))
    return redact_url(value) if kind == Kind.URL else redact_text(value)


def redact_attribute(key: str, value: str) -> str:
    """Redact one attribute's value; the key tells whether it is a secret, a query, a URL or text."""
    return redact_value(kind_of(key), value)
