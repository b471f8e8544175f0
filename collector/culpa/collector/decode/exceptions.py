"""Exception events and log records -> rows of `exceptions`, each exception once per span."""

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa

from culpa.collector.decode.callee import Callee, find_callee
from culpa.collector.decode.error_code import find_error_code
from culpa.collector.decode.extent import MOST_OF_MESSAGE, MOST_OF_NAME
from culpa.collector.decode.fingerprint import bare_type, fingerprint_of
from culpa.collector.decode.number import whole
from culpa.collector.decode.stacktrace import Raised, Stack, read_stack
from culpa.collector.decode.table import table_of_rows
from culpa.collector.redact import redact_text
from culpa.knowledge import protocol_of

logger = logging.getLogger("culpa.collector")

#: Attributes that have a column of their own in `exceptions`.
_CONSUMED = frozenset(
    {
        *(
            "exception.type",
            "exception.message",
            "exception.stacktrace",
            "exception.handled",
            "exception.in_app",
        ),
        *("exception.root.type", "exception.root.message", "exception.chain", "db.response.status_code"),
        *("code.file.path", "code.line.number", "code.function.name"),
    }
)
_NUMBER = "Error Number:"
#: What the column holds.
_MAX_LINE = 2**32 - 1
# Frameworks put the driver's error into their message: `(psycopg.errors.X) …`, `PG::X: ERROR: …`.
_WRAPPED = re.compile(
    r"\((?P<a>[A-Za-z_][\w.]*\.[A-Za-z_]\w*)\) (?P<am>[\s\S]*)|(?P<b>[A-Z]\w*(?:::\w+)+): (?P<bm>[\s\S]*)"
)

# What only tells that waiting ended, or that a stream did: without a word of its own the wrapper's say whose.
_SPEECHLESS = re.compile(
    r"(?:Timeout|Interrupted|Cancellation|Cancelled|EOF|ClosedChannel|AsynchronousClose)(?:Exception|Error)$"
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One exception as a span event or a log record told it, redacted."""

    trace_id: str
    span_id: str
    time_ns: int
    service_name: str
    resource_id: int
    source: str
    attributes: dict[str, str]
    log_id: str = ""  # the log record that it was read from


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of an exception says about its origin."""

    type: str
    message: str
    origin_type: str
    origin_message: str
    chain: tuple[str, ...]
    file: str
    line: int
    function: str
    in_app: bool
    error_code: str
    fingerprint: str


def exception_table(sightings: Iterable[Sighting]) -> pa.Table:
    """Return rows of `exceptions`; of those with the same id the one with the longest stack."""
    rows: dict[str, dict[str, object]] = {}
    for sighting in sightings:
        row = _safe_row(sighting)
        key = str(row["exception_id"])
        known = rows.get(key)
        if known is None or len(str(known["stacktrace"])) < len(str(row["stacktrace"])):
            rows[key] = row
    return table_of_rows("exceptions", list(rows.values()))


def _safe_row(sighting: Sighting) -> dict[str, object]:
    """Read an exception; one that our own code cannot cope with is kept as it was told, and costs no other."""
    attributes = sighting.attributes
    stacktrace = attributes.get("exception.stacktrace", "")
    kind, message = attributes.get("exception.type", ""), attributes.get("exception.message", "")
    try:
        reading = _told(read_exception(kind, message, stacktrace), attributes, sighting.source)
        return _row(sighting, reading, find_callee(reading.origin_type, reading.origin_message, stacktrace))
    except Exception as error:
        # Not with its text, which may quote what was redacted nowhere yet.
        logger.error("an exception cannot be read (%s); it is kept as it was told", type(error).__name__)
        chain = (kind,) if kind else ()
        bare = Reading(kind, message, kind, message, chain, "", 0, "", False, "", fingerprint_of(kind, "", ()))
        return _row(sighting, bare, Callee())


def _row(sighting: Sighting, reading: Reading, callee: Callee) -> dict[str, object]:
    attributes = sighting.attributes
    rest = {key: value for key, value in attributes.items() if key not in _CONSUMED}
    return {
        "exception_id": _identity(sighting, reading),
        "trace_id": sighting.trace_id,
        "span_id": sighting.span_id,
        "time": sighting.time_ns,
        "service_name": sighting.service_name,
        "resource_id": sighting.resource_id,
        "source": sighting.source,
        "log_id": sighting.log_id,
        "type": reading.type,
        "message": reading.message,
        "stacktrace": attributes.get("exception.stacktrace", ""),
        "handled": attributes.get("exception.handled", "").lower() == "true",
        "origin_type": reading.origin_type,
        "origin_message": reading.origin_message,
        "chain": reading.chain,
        "error_code": reading.error_code,
        "code_file_path": reading.file,
        "code_line_number": reading.line,
        "code_function_name": reading.function,
        "in_app": reading.in_app,
        "fingerprint": reading.fingerprint,
        "callee_system": callee.system,
        "callee_address": callee.address,
        "callee_port": callee.port,
        "callee_namespace": callee.namespace,
        "callee_scheme": callee.scheme,
        "callee_service": callee.service,
        "is_relay": callee.is_relay,
        "is_from_library": callee.is_from_library,
        "attr_keys": list(rest),
        "attr_vals": list(rest.values()),
    }


def _of_one_component(stack: Stack) -> Stack:
    """Leave out what spoke of another component: it was caught, and the work went on; Ruby chains it all the same."""
    if len(stack.raised) == 1:
        return stack
    speaks_of = ""
    for at, raised in enumerate(stack.raised):
        system = protocol_of(find_callee(raised.type, raised.message, "").system)
        if system and speaks_of and system != speaks_of:
            return Stack(stack.raised[:at])
        speaks_of = speaks_of or system
    return stack


@lru_cache(1024)
def read_exception(kind: str, message: str, stacktrace: str) -> Reading:
    """Read type, message and stack together. Pure; cached, because errors repeat."""
    stack = _of_one_component(read_stack(stacktrace)) if stacktrace else Stack(())
    outer = stack.outermost
    if outer and outer.type and (not kind or bare_type(outer.type) == bare_type(kind)):
        # A log record tells the bare type and the first argument; the stack has the rest.
        kind = outer.type if len(outer.type) > len(kind) else kind
        told = redact_text(outer.message)
        message = told if told.startswith(message) else message
    chain = [raised.type for raised in stack.raised if raised.type]
    if not chain or (kind and bare_type(chain[0]) != bare_type(kind) and len(chain) == 1):
        chain = [kind] if kind else chain
    origin = _origin(stack)
    inner = origin if origin and origin.type and len(stack.raised) > 1 else None
    origin_type, origin_message = (inner.type, redact_text(inner.message)) if inner else (kind, message)
    wrapped = _WRAPPED.match(origin_message)
    if wrapped:
        origin_type = wrapped["a"] or wrapped["b"]
        origin_message = wrapped["am"] if wrapped["a"] else wrapped["bm"]
        chain.append(origin_type)
    place = stack.place
    # .NET prints SQL Server's number behind the stack, where no message reaches.
    behind = stacktrace[stacktrace.index(_NUMBER) :] if _NUMBER in stacktrace else ""
    return Reading(
        type=kind,
        message=message,
        origin_type=origin_type,
        origin_message=origin_message,
        chain=tuple(chain),
        file=place.file if place else "",
        line=min(place.line, _MAX_LINE) if place else 0,
        function=place.function if place else "",
        in_app=place.in_app if place else False,
        error_code=find_error_code((origin_type, kind), (origin_message, message, behind)),
        fingerprint=fingerprint_of(origin_type, origin_message, stack.app_functions),
    )


def _origin(stack: Stack) -> Raised | None:
    """Return the exception that started it; of a speechless one the nearest wrapper of a library that says more."""
    origin = stack.origin
    if origin is None or not _SPEECHLESS.search(origin.type[:MOST_OF_NAME]) or origin.message:
        return origin
    for wrapper in reversed(stack.raised[:-1]):
        if not wrapper.frames or wrapper.frames[-1].in_app:
            break
        if wrapper.message and not _SPEECHLESS.search(wrapper.message[:MOST_OF_MESSAGE]):
            return wrapper
    return origin


def _told(reading: Reading, attributes: dict[str, str], source: str) -> Reading:
    """Let attributes win over what was read: who raised it knows better.

    A log's code.* names the log call.
    """
    is_ours = source == "span" or "exception.in_app" in attributes
    changes: dict[str, Any] = {}
    if attributes.get("exception.root.type"):
        changes["origin_type"] = attributes["exception.root.type"]
        changes["origin_message"] = attributes.get("exception.root.message", reading.origin_message)
    chain = _chain(attributes.get("exception.chain", ""))
    if chain:
        changes["chain"] = chain
    if is_ours and attributes.get("code.file.path"):
        line = attributes.get("code.line.number", "")
        changes["file"] = attributes["code.file.path"]
        changes["line"] = whole(line, _MAX_LINE)
        changes["function"] = attributes.get("code.function.name", "")
        changes["in_app"] = attributes.get("exception.in_app", "true").lower() == "true"
    if attributes.get("db.response.status_code"):
        changes["error_code"] = attributes["db.response.status_code"]
    if not changes:
        return reading
    told = replace(reading, **changes)
    if "origin_type" in changes:
        functions = read_stack(attributes.get("exception.stacktrace", "")).app_functions
        code = told.error_code or find_error_code((told.origin_type,), (told.origin_message,))
        fingerprint = fingerprint_of(told.origin_type, told.origin_message, functions or (told.function,))
        told = replace(told, error_code=code, fingerprint=fingerprint)
    return told


def _chain(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        return tuple(msgspec.json.decode(text, type=list[str]))
    except (msgspec.MsgspecError, RecursionError):
        return tuple(part.strip() for part in text.split(",") if part.strip())


def _identity(sighting: Sighting, reading: Reading) -> str:
    """Hash what makes it the same exception, told by an event and by a log record alike.

    The type without its module and the first line of the message, without the quotes that
    `str(KeyError)` adds.
    Without a span the time, or the line of the log, tells apart what only looks alike.
    """
    first = reading.message.strip().split("\n", 1)[0].strip("'\" ")[:200]
    parts = [sighting.trace_id, sighting.span_id, bare_type(reading.type), first]
    if not sighting.span_id:
        parts.append(str(sighting.time_ns) if sighting.trace_id else sighting.log_id)
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest().hex()
