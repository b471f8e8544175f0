"""PostgreSQL's log as text (`log_destination = stderr`, or syslog without its header), whatever the prefix.

Read from `log_line_prefix`: a time, the process in brackets, `key=value` pairs, `user@database`, a client.
DETAIL, HINT, CONTEXT and STATEMENT lines belong to the message before them and become its attributes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._postgresql import IDLE_TALK, SEVERITY, Entry, row_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import process_id
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_PARTS = ("DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE")
#: The first word in capitals before a colon and two blanks is what the server wrote; all later ones are data.
_KINDS = frozenset((*SEVERITY, *_PARTS))
_LONGEST_KIND = max(map(len, _KINDS))
#: Ends where the search ends.
_WORD = late_pattern(r"(?:^|[^A-Za-z])([A-Z]+[1-5]?)$")
#: Longer than any prefix: what follows so late is data.
_MAX_PREFIX = 1_000
#: Where in the statement; the other formats have a column for it.
_POSITION = late_pattern(r" at character \d+$")
_TIME = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?"
    r"(?: (?P<zone>[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?)\b)?"
)
_EPOCH = late_pattern(r"(?<!\d)(?P<seconds>\d{10})\.(?P<part>\d{3})(?!\d)")
_PID = late_pattern(r"\[(\d{1,10})(?:-\d+)?\]")
_KEY = late_pattern(r"(?:(?<=[\[,\s(])|^)([a-z][a-z_]{0,20})=")
_USER_AT_DATABASE = late_pattern(
    r"(?:^|[\s:\]])(?P<user>[^\s@:\[\]]*|\[unknown\])@(?P<database>[^\s@:\[\]]*|\[unknown\])(?=[\s:\[]|$)"
)
_REMOTE = late_pattern(r"(?:^|[\s:])(?P<client>[^\s:()]+|[0-9a-fA-F:]{2,45})\((?P<port>\d{1,5})\)")
_MEANS = {
    "u": "user", "d": "db", "database": "db", "a": "app", "application": "app", "host": "client",
    "remote": "client", "h": "client", "session": "sid", "c": "sid", "p": "pid", "state": "sqlstate",
    "e": "sqlstate",
}  # fmt: skip
#: Words, as another program writes them before it quotes a message of PostgreSQL.
_PROSE = late_pattern(r"(?<![A-Za-z])[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2}|[A-Z]: |SQLSTATE")
_IDLE_TALK = late_pattern("LOG:  " + IDLE_TALK)


#: What nobody else calls a level, or writes below a message: a log without any prefix, whose times stand around it.
_BARE = late_pattern(r"(?:LOG|STATEMENT):  \S")


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(_is_ours(line) or _BARE.match(line) for line in lines)


def _opens(line: str) -> bool:
    return _is_ours(line) and not line[0].isspace()


class Piece(NamedTuple):
    """One line with a kind."""

    prefix: str
    kind: str
    text: str


def _piece(line: str) -> Piece | None:
    at = line.find(":  ", 0, _MAX_PREFIX)
    while at >= 0:
        word = _WORD.search(line, max(at - _LONGEST_KIND - 1, 0), at)
        if word and word[1] in _KINDS:
            return Piece(line[: word.start(1)], word[1], line[at + 3 :])
        at = line.find(":  ", at + 1, _MAX_PREFIX)
    return None


def _is_ours(line: str) -> bool:
    piece = _piece(line)
    return piece is not None and piece.kind in SEVERITY and _has_origin(piece.prefix)


def _has_origin(prefix: str) -> bool:
    if _PROSE.search(prefix) or not (_TIME.search(prefix) or _EPOCH.search(prefix)):
        return False
    return bool(_PID.search(prefix) or _KEY.search(prefix) or "@" in prefix)


def _begins(line: str) -> bool:
    piece = None if line.startswith("\t") else _piece(line)
    return piece is not None and piece.kind in SEVERITY


def _read(record: Record, source: Source) -> LogRow | None:
    first, *more = text_of(record).split("\n")
    if "traceparent" not in record.text and _IDLE_TALK.search(first):
        return None
    piece = _piece(first)
    if piece is None or piece.kind not in SEVERITY:
        raise Unreadable("not a line of PostgreSQL's log")
    prefix = piece.prefix
    who = _pairs(prefix)
    parts = _folded(piece, more)
    client, _, port = who.get("client", "").partition("(")
    entry = Entry(
        time_ns=_time_ns(prefix, source),
        severity=piece.kind,
        message=_POSITION.sub("", parts["message"]),
        pid=_pid(prefix, who),
        session=who.get("sid", ""),
        user=who.get("user", ""),
        database=who.get("db", ""),
        application=who.get("app", ""),
        client=client,
        client_port=who.get("port", "") or port.rstrip(")"),
        code=who.get("sqlstate", ""),
        detail=parts.get("DETAIL", ""),
        hint=parts.get("HINT", ""),
        context=parts.get("CONTEXT", ""),
        statement=parts.get("STATEMENT", "") or parts.get("QUERY", ""),
    )
    return row_of(FORMAT.name, entry, record, source)


def _folded(first: Piece, more: Sequence[str]) -> dict[str, str]:
    """Return the message and what the lines after it add, by kind; those of another process are left out."""
    parts = {"message": first.text}
    kind = "message"
    pid = _PID.search(first.prefix)
    for line in more:
        piece = None if line.startswith("\t") else _piece(line)
        if piece is None:
            if kind:
                parts[kind] += "\n" + line.removeprefix("\t")
            continue
        other = _PID.search(piece.prefix)
        is_ours = pid is None or other is None or pid[1] == other[1]
        kind = piece.kind if is_ours and piece.kind not in parts else ""
        if kind:
            parts[kind] = piece.text
    return parts


def _pairs(prefix: str) -> dict[str, str]:
    who: dict[str, str] = {}
    keys = list(_KEY.finditer(prefix))
    ends = [*(key.start() for key in keys[1:]), len(prefix)]
    for key, end in zip(keys, ends, strict=False):
        value = prefix[key.end() : end].lstrip(" ,").rstrip(" ,:")
        # Behind the last value the block's own bracket is closed; `[unknown]` has its own two.
        if end == len(prefix) and value.count("]") > value.count("["):
            value = value.removesuffix("]")
        who[_MEANS.get(key[1], key[1])] = value
    if "user" not in who:
        found = _USER_AT_DATABASE.search(prefix)
        if found:
            who["user"], who["db"] = found["user"], found["database"]
    if "client" not in who:
        remote = _REMOTE.search(prefix)
        if remote:
            who["client"], who["port"] = remote["client"], remote["port"]
    return who


def _pid(prefix: str, who: dict[str, str]) -> int:
    found = _PID.search(prefix)
    return process_id(found[1] if found else who.get("pid"))


def _time_ns(prefix: str, source: Source) -> int:
    found = _TIME.search(prefix)
    if found:
        zone = zone_of(found["zone"] or "", source.zone)
        return time_ns(found["time"], "%Y-%m-%d %H:%M:%S", zone, found["part"] or "")
    epoch = _EPOCH.search(prefix)
    return int(epoch["seconds"]) * 10**9 + int(epoch["part"]) * 10**6 if epoch else source.read_at_ns


FORMAT = Format(
    name="postgresql_stderr",
    service_name="postgresql",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    opens=_opens,
)
