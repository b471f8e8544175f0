"""What PostgreSQL's three log formats have in common: the entry, what it means, and the row it becomes."""

import re
from dataclasses import dataclass

from culpa.collector.formats._format import Record, Source
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._trace_comment import trace_in
from culpa.collector.formats._values import attributes
from culpa.collector.redact import redact_query
from culpa.instrumentation.patterns import late_pattern

#: OpenTelemetry's numbers. `LOG` is written for the administrator and is no warning.
SEVERITY = {
    **{f"DEBUG{number}": 5 for number in range(1, 6)},
    "DEBUG": 5, "INFO": 9, "LOG": 9, "NOTICE": 10, "WARNING": 13, "ERROR": 17, "FATAL": 21, "PANIC": 24,
}  # fmt: skip

_WARNING, _ERROR = 13, 17
#: Statements that took less are no evidence of slowness, even where the server logs them all.
_SLOW_MS = 100.0

#: Messages that servers write by the million where connections or statements are logged: dropped before they
#: are parsed, unless they tell a trace.
IDLE_TALK = (
    r"(?:connection (?:received|authenticated|authorized)|disconnection: |checkpoint |statement: |execute "
    r"|automatic (?:vacuum|analyze) |duration: \d{1,2}\.\d+ ms)"
)
_DURATION = late_pattern(r"duration: (?P<ms>[\d.]+) ms(?:\s+(?P<what>\w+)(?: [^:]{0,80})?: (?P<sql>[\s\S]*))?")
_SAID = (
    (late_pattern(r"database system is ready to accept"), "server.ready"),
    (late_pattern(r"starting PostgreSQL "), "server.started"),
    (
        late_pattern(r"received (?:fast|smart|immediate) shutdown request|database system is shut down"),
        "server.shutdown",
    ),
    (late_pattern(r"received SIGHUP, reloading configuration"), "server.reloaded"),
    (
        late_pattern(
            r"\(PID (?P<pid>\d+)\) (?:was terminated by signal (?P<signal>\d+)"
            r"|exited with exit code (?!0|1\b))"
        ),
        "server.crashed",
    ),
    (
        late_pattern(
            r"database system was (?:interrupted|not properly shut down)|automatic recovery in progress"
            r"|all server processes terminated; reinitializing|in recovery mode|is starting up"
        ),
        "server.recovering",
    ),
    (late_pattern(r"process \d+ detected deadlock"), "deadlock"),
    (late_pattern(r"process \d+ still waiting for"), "lock.wait"),
    (
        late_pattern(r"could not bind|could not create any TCP/IP sockets|lock file .{0,200} already exists"),
        "process.boot_failed",
    ),
    (
        late_pattern(r"unexpected EOF on client connection|could not (?:send|receive) data (?:to|from) client"),
        "connection.lost",
    ),
    (
        late_pattern(r"could not (?:fork|write)\b.{0,200}: (?:Cannot allocate memory|Resource temporarily)"),
        "memory.exhausted",
    ),
    (late_pattern(r": No space left on device"), "disk.full"),
)

#: Meaning of a code, by its longest prefix. Source: PostgreSQL, appendix A.
_OF_CODE = {
    "40P01": "deadlock", "55P03": "lock.timeout", "57014": "query.cancelled", "53300": "workers.exhausted",
    "28": "connection.refused", "3D000": "connection.refused", "57P03": "connection.refused",
    "57P01": "connection.lost", "57P02": "connection.lost", "57P05": "connection.lost",
    "25P03": "connection.lost", "08": "connection.lost", "53100": "disk.full", "53200": "memory.exhausted",
    "58": "storage.failed", "XX001": "storage.failed", "XX002": "storage.failed",
}  # fmt: skip

#: Codes of messages that are always worded so, for logs whose prefix has no `%e`.
_CODES = (
    (late_pattern(r"deadlock detected"), "40P01"),
    (late_pattern(r"duplicate key value violates unique constraint"), "23505"),
    (late_pattern(r"violates foreign key constraint"), "23503"),
    (late_pattern(r"violates not-null constraint"), "23502"),
    (late_pattern(r"violates check constraint"), "23514"),
    (late_pattern(r"could not serialize access"), "40001"),
    (late_pattern(r"canceling statement due to lock timeout|could not obtain lock on"), "55P03"),
    (late_pattern(r"canceling statement due to"), "57014"),
    (late_pattern(r"password authentication failed"), "28P01"),
    (late_pattern(r"no pg_hba\.conf entry|role \".{0,200}\" does not exist"), "28000"),
    (late_pattern(r"database \".{0,200}\" does not exist"), "3D000"),
    (late_pattern(r"relation \".{0,200}\" does not exist"), "42P01"),
    (late_pattern(r"column .{0,200} does not exist"), "42703"),
    (late_pattern(r"syntax error at"), "42601"),
    (late_pattern(r"permission denied for"), "42501"),
    (late_pattern(r"too many clients already|remaining connection slots"), "53300"),
    (late_pattern(r"terminating connection due to administrator command"), "57P01"),
    (late_pattern(r"terminating connection because of crash"), "57P02"),
    (late_pattern(r"database system is (?:starting up|shutting down|in recovery mode)"), "57P03"),
    (late_pattern(r"cannot execute .{0,100} in a read-only transaction"), "25006"),
    (late_pattern(r"No space left on device"), "53100"),
    (late_pattern(r"out of memory"), "53200"),
)  # fmt: skip

_OTHERS_SQL = late_pattern(r"(?m)^(Process \d+: |Failed process was running: )(.*)")
_RUNNING = late_pattern(r"Failed process was running: ([\s\S]*)")
_VERBOSE = late_pattern(r"(?P<code>[0-9A-Z]{5}): (?P<message>[\s\S]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the log, whatever its format; absent is '' or 0."""

    time_ns: int
    severity: str
    message: str
    pid: int = 0
    session: str = ""
    user: str = ""
    database: str = ""
    application: str = ""
    client: str = ""
    client_port: str = ""
    code: str = ""
    detail: str = ""
    hint: str = ""
    context: str = ""
    statement: str = ""
    backend: str = ""


def row_of(name: str, entry: Entry, record: Record, source: Source) -> LogRow | None:
    """Return the row of an entry, or None if it is of no interest: see docs/formats.md."""
    severity = SEVERITY.get(entry.severity, 9)
    message, code = _message_and_code(entry, severity)
    duration_ms, statement = "", entry.statement
    event, killed = _event_of(message, code, severity)
    timed = _DURATION.match(message) if severity < _WARNING else None
    if timed:
        duration_ms, statement = timed["ms"], timed["sql"] or statement
        message = f"duration: {duration_ms} ms  {timed['what'] or ''}".rstrip()
        event = "slow.query" if _milliseconds(duration_ms) >= _SLOW_MS else ""
    running = _RUNNING.search(entry.detail)
    statement = statement or (running[1] if running else "")
    trace, span = trace_in(statement, entry.message, entry.detail)
    if not (severity >= _WARNING or event or trace):
        return None
    keys, values = attributes(
        [
            ("db.namespace", _known(entry.database)),
            ("db.user", _known(entry.user)),
            ("db.application_name", _known(entry.application)),
            ("client.address", entry.client),
            ("client.port", entry.client_port),
            ("db.query.text", statement),
            ("duration_ms", duration_ms),
            ("process.killed.pid", killed.get("pid")),
            ("process.killed.signal", killed.get("signal")),
            (
                "postgresql.detail",
                _OTHERS_SQL.sub(_safe, entry.detail),
            ),
            ("postgresql.hint", entry.hint),
            ("postgresql.context", entry.context),
            ("postgresql.backend_type", entry.backend),
        ]
    )
    return LogRow(
        log_id=record_id(name, source, record),
        time=entry.time_ns,
        observed_time=source.read_at_ns or entry.time_ns,
        trace_id=trace,
        span_id=span,
        severity_number=severity,
        severity_text=entry.severity,
        service_name="postgresql",
        body=message,
        event_name=event,
        format=name,
        process_pid=entry.pid,
        connection_id=entry.session,
        error_code=code,
        attr_keys=keys,
        attr_vals=values,
    )


def _safe(match: re.Match[str]) -> str:
    # What stands before it keeps the redaction of free text from seeing a statement.
    return match[1] + redact_query(match[2])


def _message_and_code(entry: Entry, severity: int) -> tuple[str, str]:
    verbose = _VERBOSE.fullmatch(entry.message)
    if verbose and (entry.code in ("", verbose["code"])):
        return verbose["message"], "" if verbose["code"] == "00000" else verbose["code"]
    if entry.code == "00000" or (not entry.code and severity < _WARNING):
        return entry.message, ""
    if entry.code:
        return entry.message, entry.code
    return entry.message, next((code for words, code in _CODES if words.search(entry.message)), "")


def _event_of(message: str, code: str, severity: int) -> tuple[str, dict[str, str]]:
    if code:
        for length in (5, 2):
            if code[:length] in _OF_CODE:
                return _OF_CODE[code[:length]], {}
    for words, event in _SAID:
        found = words.search(message)
        if found:
            return event, found.groupdict()
    return ("query.failed" if severity >= _ERROR else ""), {}


def _milliseconds(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


def _known(value: str) -> str:
    return "" if value == "[unknown]" else value
