"""An error that an event or a log record tells under its logger's own names, or in the words of a client. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from culpa.collector.exceptions.callee import find_callee
from culpa.knowledge import ANY_DATABASE

#: Where loggers put an error, or its message: slog, zap, logrus, zerolog, tracing, pino, winston, ECS, OpenTracing.
ERROR_KEYS = ("error", "err", "exception", "error.message", "err.message", "error.object")

#: OpenTelemetry's own names, of which one is enough.
OWN_KEYS = ("exception.type", "exception.message")

_TYPE_KEYS = ("error.type", "err.type", "error.kind", "error.class", "error.name", "err.name")
_STACK_KEYS = ("error.stack_trace", "error.stack", "err.stack", "errorVerbose", "stack_trace", "stack")
# Of an error that is logged as an object.
_MESSAGES, _TYPES, _STACKS = (
    ("message", "msg"),
    ("type", "name", "kind", "class"),
    ("stack", "stack_trace", "stacktrace"),
)
# A flag, a number and a bare word are no error's message.
_LEAST_CHARS = 8


def error_in(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return `exception.*` attributes of the error that is named in a logger's own way, empty if none is."""
    error = _first(attributes, ERROR_KEYS)
    inner = _object(error)
    if inner is not None:
        return _made(_first(inner, _MESSAGES), _first(inner, _TYPES), _first(inner, _STACKS))
    if len(error) < _LEAST_CHARS or error.replace(".", "").isdecimal():
        return {}
    return _made(error, _first(attributes, _TYPE_KEYS), _first(attributes, _STACK_KEYS))


def error_said(body: str) -> dict[str, str]:
    """Return the same for a body that repeats what the client of a known system said: `load: dial tcp db:5432: …`."""
    system = find_callee("", body, "").system
    return _made(body, "", "") if system not in ("", ANY_DATABASE) else {}


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name)), "")


def _object(text: str) -> dict[str, str] | None:
    if not text.startswith("{"):
        return None
    try:
        found: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _made(message: str, kind: str, stack: str) -> dict[str, str]:
    if not message and not stack:
        return {}
    made = {"exception.message": message, "exception.type": kind, "exception.stacktrace": stack}
    return {name: value for name, value in made.items() if value}
