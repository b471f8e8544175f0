"""What MariaDB's and MySQL's logs have in common: accounts, codes, meanings, the dump of a deadlock."""

from collections.abc import Sequence
from dataclasses import dataclass

from culpa.collector.formats._trace_comment import trace_in
from culpa.instrumentation.patterns import late_pattern

#: `app[app] @ localhost [127.0.0.1]`, the priv user in brackets; either host may be missing.
ACCOUNT = r"(?P<user>[^\s\[]*)\[(?P<priv>[^\]\n]*)\] @ (?P<host>[^\s\[]*) ?\[(?P<address>[^\]\n]*)\]"

#: Meaning of an error's number. Source: MariaDB's error reference.
OF_CODE = {
    "1213": "deadlock", "1205": "lock.timeout", "1040": "workers.exhausted", "1203": "workers.exhausted",
    "1226": "workers.exhausted", "1045": "connection.refused", "1044": "connection.refused",
    "1049": "connection.refused", "1129": "connection.refused", "1130": "connection.refused",
    "1698": "connection.refused", "1927": "connection.lost", "1053": "server.shutdown",
    "1317": "query.cancelled", "1969": "query.cancelled", "3024": "query.cancelled", "1021": "disk.full",
    "1114": "disk.full", "1037": "memory.exhausted", "1038": "memory.exhausted", "1041": "memory.exhausted",
    "1030": "storage.failed", "1034": "storage.failed", "1194": "storage.failed",
}  # fmt: skip

#: Words of the error log: pattern, meaning, the error's number that a client sees ('' if none).
_SAID = (
    (late_pattern(r"ready for connections"), "server.ready", ""),
    (late_pattern(r"[Ss]tarting MariaDB|starting as process|MySQL Server - start\."), "server.started", ""),
    (late_pattern(r"Normal shutdown|[Ss]hutdown complete|Received SHUTDOWN"), "server.shutdown", ""),
    (late_pattern(r"got (?:signal (?P<signal>\d+)|exception)"), "server.crashed", ""),
    (late_pattern(r"[Ss]tarting crash recovery|Database was not shutdown normally"), "server.recovering", ""),
    (late_pattern(r"Transactions? deadlock detected|aborted due to Deadlock"), "deadlock", "1213"),
    (late_pattern(r"Lock wait timeout exceeded"), "lock.timeout", "1205"),
    (late_pattern(r"Access denied for user .{0,300} to database"), "connection.refused", "1044"),
    (late_pattern(r"Access denied for user"), "connection.refused", "1045"),
    (late_pattern(r"Too many connections"), "workers.exhausted", "1040"),
    (late_pattern(r"Aborted connection|communication packets|Could not write packet"), "connection.lost", ""),
    (late_pattern(r"(?i)disk (?:is )?full|no space left|table '.{0,200}' is full"), "disk.full", "1021"),
    (late_pattern(r"[Oo]ut of memory|Cannot allocate memory"), "memory.exhausted", ""),
    (late_pattern(r"Can't start server|\bAborting$|Plugin initialization aborted"), "process.boot_failed", ""),
    (late_pattern(r"marked as crashed|is corrupted|[Cc]orruption"), "storage.failed", ""),
)  # fmt: skip


def event_of(message: str) -> tuple[str, str, dict[str, str]]:
    """Return what a message of the error log means, the number its client sees, and what else it tells."""
    for words, event, code in _SAID:
        found = words.search(message)
        if found:
            return event, code, {key: value for key, value in found.groupdict().items() if value}
    return "", "", {}


_DEADLOCK = "deadlock detected"
_SECTION = late_pattern(r"\*\*\* \((\d+)\) TRANSACTION")
_ROLLED_BACK = late_pattern(r"WE ROLL BACK TRANSACTION \((\d+)\)")
_THREAD = late_pattern(r"(?:MariaDB|MySQL) thread id (\d+)")
_LOCK = late_pattern(r"RECORD LOCKS .{0,200}?index (\S+) of table (\S+)|TABLE LOCK table (\S+)")


@dataclass(frozen=True, slots=True)
class Deadlock:
    """What InnoDB's dump of a deadlock says, without the rows that it prints."""

    body: str
    victim_thread: str
    victim_statement: str
    trace_id: str
    span_id: str


def is_dump(message: str) -> bool:
    """Say whether this is the first line of a dump."""
    return _DEADLOCK in message


def is_dumped(lines: Sequence[str]) -> bool:
    """Say whether a dump is complete."""
    return _ROLLED_BACK.search(lines[-1]) is not None or (len(lines) > 1 and _ROLLED_BACK.search(lines[-2]) is not None)


def deadlock_of(text: str) -> Deadlock:
    """Read a dump. Its raw rows are data of the application and are left out."""
    threads: dict[str, str] = {}
    statements: dict[str, str] = {}
    said = ["InnoDB: deadlock detected"]
    number = ""
    wants_statement = False
    for line in text.split("\n"):
        section, thread, lock = _SECTION.search(line), _THREAD.match(line), _LOCK.search(line)
        if section:
            number, wants_statement = section[1], False
        elif thread:
            threads[number], wants_statement = thread[1], True
        elif wants_statement and (not line.strip() or "*** " in line):
            wants_statement = False
        elif wants_statement:
            statements[number] = f"{statements.get(number, '')}\n{line}".strip()
        elif lock and not any(part.endswith(lock[0][:60]) for part in said):
            said.append(f"({number}) lock on {lock[2] or lock[3]} {lock[1] or ''}".rstrip())
    rolled_back = _ROLLED_BACK.search(text)
    victim = rolled_back[1] if rolled_back else ""
    # Each statement begins a line behind one word, so that the redaction of free text knows it for SQL.
    said += [f"transaction_{key}: {' '.join(sql.split())}" for key, sql in statements.items()]
    if victim:
        said.append(f"rolled back transaction ({victim})")
    statement = statements.get(victim, "")
    trace, span = trace_in(statement, *statements.values())
    return Deadlock("\n".join(dict.fromkeys(said)), threads.get(victim, ""), statement, trace, span)
