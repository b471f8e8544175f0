"""Exception events and log records -> rows of `exceptions`, each exception once per span."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from culpa.collector.exceptions.beside import ADDRESS, CALL_BEFORE, PORT, SCHEME, with_beside
from culpa.collector.exceptions.callee import Callee, find_callee
from culpa.collector.exceptions.fingerprint import bare_type, fingerprint_of
from culpa.collector.exceptions.reading import Reading, read_exception
from culpa.collector.exceptions.stated import as_stated
from culpa.collector.tables import table_of_rows

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
        *(CALL_BEFORE, ADDRESS, PORT, SCHEME),
    }
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One exception as a span event or a log record stated it, redacted."""

    trace_id: str
    span_id: str
    time_ns: int
    service_name: str
    resource_id: int
    source: str
    attributes: dict[str, str]
    log_id: str = ""  # the log record that it was read from


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
    """Read an exception; one that our own code cannot cope with is kept as it was sent, and costs no other."""
    attributes = sighting.attributes
    stacktrace = attributes.get("exception.stacktrace", "")
    kind, message = attributes.get("exception.type", ""), attributes.get("exception.message", "")
    if not stacktrace and "nested exception is " in message:
        stacktrace = f"{kind}: {message}" if kind else message
    try:
        reading = as_stated(read_exception(kind, message, stacktrace), attributes, sighting.source)
        callee = find_callee(reading.origin_type, reading.origin_message, stacktrace)
        return _row(sighting, reading, with_beside(callee, reading.origin_message, attributes))
    except Exception as error:
        # Not with its text, which may quote what was redacted nowhere yet.
        logger.error("an exception cannot be read (%s); it is kept as it was sent", type(error).__name__)
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


def _identity(sighting: Sighting, reading: Reading) -> str:
    """Hash what makes it the same exception, stated by an event and by a log record alike.

    The type without its module and the first line of the message, without the quotes that
    `str(KeyError)` adds.
    Without a span the time, or the line of the log, tells apart what only looks alike.
    """
    first = reading.message.strip().split("\n", 1)[0].strip("'\" ")[:200]
    parts = [sighting.trace_id, sighting.span_id, bare_type(reading.type), first]
    if not sighting.span_id:
        parts.append(str(sighting.time_ns) if sighting.trace_id else sighting.log_id)
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest().hex()
