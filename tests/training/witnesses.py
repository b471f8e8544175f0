"""Which witnesses are heard: the rows of the others are hidden before anything is judged."""

from collections.abc import Iterable
from functools import cache
from itertools import combinations

import duckdb

from culpa.knowledge.formats import log_formats
from culpa.knowledge.systems import systems

#: Witnesses that are heard together, in the order of WITNESSES.
Heard = tuple[str, ...]

#: Who tells of a failure, and how the page calls them. Metrics come with the spans, by the same exporter.
WITNESSES = {
    "spans": "spans",
    "access": "web servers' access logs",
    "error": "web servers' error logs",
    "app": "logs of apps, process managers and the kernel",
    "store": "databases' and caches' logs",
}

#: Stands for all of them.
WHOLE: Heard = ()

#: What is left where witnesses are taken away: one, or two. A database's log alone knows of no request.
REDUCTIONS: tuple[Heard, ...] = tuple(
    heard for count in (1, 2) for heard in combinations([name for name in WITNESSES if name != "store"], count)
)

#: What logs of web servers begin with, of those that the recordings hold.
_WEB_SERVERS = ("nginx", "apache", "caddy")


def title(heard: Heard) -> str:
    """Return what the page calls these witnesses."""
    return " + ".join(WITNESSES[name] for name in heard) + (" only" if len(heard) == 1 else "")


def reductions(present: Iterable[str]) -> list[Heard]:
    """Return what these witnesses can be reduced to: something is left of them, and something taken away."""
    given = set(present)
    return [heard for heard in REDUCTIONS if given > set(heard)]


def present(cursor: duckdb.DuckDBPyConnection) -> Heard:
    """Return the witnesses that have rows in this segment."""
    formats = cursor.execute("select format from memory.main.logs union select format from memory.main.access")
    found = {_witness(name) for (name,) in formats.fetchall()}
    (has_spans,) = cursor.execute("select count(*) > 0 from memory.main.spans").fetchone() or (False,)
    return tuple(name for name in WITNESSES if name in found or (name == "spans" and has_spans))


@cache
def _witness(log_format: str) -> str:
    """Return whose a server-log format, or OTLP's log records, are."""
    known = log_formats()[log_format]
    system = systems().get(known.system)
    if "errors" in known.facts:
        return "error"
    if system is not None and system.kind in {"database", "cache", "queue"}:
        return "store"
    return "access" if log_format.startswith(_WEB_SERVERS) else "app"


def hear(cursor: duckdb.DuckDBPyConnection, heard: Heard) -> None:
    """Hide from this cursor what the other witnesses tell."""
    names = [name for (name,) in cursor.execute("select distinct format from memory.main.logs").fetchall()]
    names += [name for (name,) in cursor.execute("select distinct format from memory.main.access").fetchall()]
    kept = ", ".join(f"'{name}'" for name in ["-", *sorted(set(names))] if name == "-" or _witness(name) in heard)
    is_traced = "true" if "spans" in heard else "false"
    has_app = "true" if "app" in heard else "false"
    for relation, condition in {
        "spans": is_traced,
        "metric_points": is_traced,
        "access": f"format in ({kept})",
        "logs": f"format in ({kept})",
        "exceptions": f"""case
            when source = 'span' then {is_traced}
            when log_id = '' then {has_app}
            else log_id in (select l.log_id from temp.logs as l)
        end""",
    }.items():
        cursor.execute(
            f"create or replace temp view {relation} as select * from memory.main.{relation} where {condition}"
        )
