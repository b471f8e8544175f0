"""Name the change that a problem first appeared after. Never evidence: it changes no ranking.

A problem carries a change that came within half an hour before its first occurrence, if its requests were
answered before that change without it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import pyarrow as pa

from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.statement import answers, parsed

#: A problem that first appears later than this after a change has mostly another reason.
WINDOW_NS: Final = 30 * 60 * 1_000_000_000
#: The first span of a release may be that of the request that fails, and clocks of hosts differ a little.
SLACK_NS: Final = 1_000_000_000
#: How far back traffic counts as "it worked before".
_TRAFFIC_NS: Final = 24 * 3600 * 1_000_000_000

#: Problems that are remembered between batches; about 200 bytes each.
_REMEMBERED: Final = 20_000

_FROM_TO = re.compile(r"(?P<who>.+) (?P<old>\S+) -> (?P<new>\S+)")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One row of `changes`. Units: `time_ns` since 1970."""

    time_ns: int
    service: str
    kind: str
    description: str
    source: str

    @property
    def text(self) -> str:
        """Return it as verdicts carry it: one string that names the service."""
        if not self.service or self.service in self.description:
            return self.description
        return f"{self.service}: {self.description}"

    @property
    def clause(self) -> str:
        """Return what follows "after": `checkout went from 1.4.2 to 1.4.3`."""
        if self.source == "told":
            return f"the change “{self.text}”"
        step = _FROM_TO.fullmatch(self.description)
        return f"{step['who']} went from {step['old']} to {step['new']}" if step else self.description


@dataclass
class Remembered:
    """What was found out about problems of one store, so that the next batch need not ask again.

    `problems` maps a fingerprint to its first occurrence (ns since 1970) and its change.
    """

    problems: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    told_changes: int = 0


def mark_changes(
    cursor: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    requests: Mapping[tuple[str, str], Row],
    remembered: Remembered,
) -> None:
    """Fill in `change` of verdicts that were just made; at most two questions for all of them.

    Shape: `requests` are the facts of relations/requests/request_facts.sql by trace and request span.
    """
    _notice_told(cursor, remembered)
    unknown = [row for row in rows if not _is_remembered(row, remembered)]
    if unknown:
        _find_out(cursor, unknown, requests, remembered)
    for row in rows:
        row["change"] = remembered.problems[row["fingerprint"]][1]
    # Only what has settled stays: a provisional verdict may turn out to be another problem's.
    for row in rows:
        if not row["settled"]:
            remembered.problems.pop(row["fingerprint"], None)


def _is_remembered(row: Row, remembered: Remembered) -> bool:
    known = remembered.problems.get(row["fingerprint"])
    return known is not None and known[0] <= row["ended_at"]


def _notice_told(cursor: duckdb.DuckDBPyConnection, remembered: Remembered) -> None:
    """Forget what people's changes could explain as soon as there is another one."""
    [(count,)] = cursor.execute(parsed(cursor, question("told_changes"))).fetchall()
    if count != remembered.told_changes or len(remembered.problems) > _REMEMBERED:
        remembered.problems.clear()
        remembered.told_changes = count


def _find_out(
    cursor: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    requests: Mapping[tuple[str, str], Row],
    remembered: Remembered,
) -> None:
    problems = _problems(cursor, rows)
    chosen: dict[str, Change] = {}
    places: dict[str, set[str]] = {}
    for row in sorted(rows, key=lambda row: row["ended_at"]):
        fingerprint = row["fingerprint"]
        places.setdefault(fingerprint, set()).add(row["route"] or row["path"])
        problem = problems[fingerprint]
        if fingerprint not in chosen and not problem.known:
            request = requests[row["trace_id"], row["request_span_id"]]
            best = choose(problem.changes, _concerned(row, request))
            if best is not None:
                chosen[fingerprint] = best
    asked = {(place, best.time_ns) for print_, best in chosen.items() for place in places[print_] if place}
    worked = _worked_before(cursor, asked)
    for fingerprint, problem in problems.items():
        change = problem.known
        best = chosen.get(fingerprint)
        if best is not None and any((place, best.time_ns) in worked for place in places[fingerprint]):
            change = best.text
        remembered.problems[fingerprint] = (problem.first_ns, change)


def choose(changes: Iterable[Change], concerned: Sequence[str]) -> Change | None:
    """Return the likeliest of the changes: a restart last, then by whom it concerns, then the latest.

    Shape: `concerned` are names of components, what is to blame first. A change that was told of no service
    concerns everybody.
    """
    ranked: list[tuple[bool, int, int, Change]] = []
    for change in changes:
        places = [place for place, name in enumerate(concerned) if concerns(change.service, name)]
        if change.service and not places:
            continue
        rank = min(places) if places else len(concerned)
        ranked.append((change.kind == "restart", rank, -change.time_ns, change))
    return min(ranked, key=lambda one: one[:3])[3] if ranked else None


def concerns(service: str, component: str) -> bool:
    """Tell whether a change of `service` is one of `component`, which may be named by system and address."""
    if not service or not component:
        return False
    if component == service or (component.rpartition("/")[2] == service and "://" not in component):
        return True
    scheme, sign, rest = component.partition("://")
    if not sign:
        return component == f"host:{service}"
    authority = rest.partition("/")[0]
    host = re.sub(r":\d+$", "", authority)
    systems = {"mysql", "mariadb"} if scheme in ("mysql", "mariadb") else {scheme}
    return service in systems - {"http", "https"} or (service != "" and service in (authority, host))


@dataclass
class _Problem:
    first_ns: int
    known: str
    is_kept: bool
    changes: list[Change]


def _problems(cursor: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> dict[str, _Problem]:
    judged = pa.table(
        {
            "trace_id": [row["trace_id"] for row in rows],
            "request_span_id": [row["request_span_id"] for row in rows],
            "fingerprint": [row["fingerprint"] for row in rows],
            "ended_ns": pa.array([row["ended_at"] for row in rows], pa.int64()),
        }
    )
    cursor.register("judged", judged)
    try:
        bounds = {"window_ns": WINDOW_NS, "slack_ns": SLACK_NS}
        found = answers(cursor, question("changes_before"), bounds)
    finally:
        cursor.unregister("judged")
    problems: dict[str, _Problem] = {}
    for row in found:
        fresh = _Problem(row["first_ns"], row["known"], row["is_kept"], [])
        problem = problems.setdefault(row["fingerprint"], fresh)
        # What telemetry tells was known when the first occurrence was judged; only people tell later.
        if row["change_ns"] and (not problem.is_kept or row["source"] == "told"):
            problem.changes.append(change_of(row))
    return problems


def change_of(row: Mapping[str, Any]) -> Change:
    """Return a row of `changes`, its time in nanoseconds as `change_ns`, as a value."""
    return Change(row["change_ns"], row["service_name"], row["kind"], row["description"], row["source"])


def _concerned(row: Row, request: Row) -> list[str]:
    named = [row["component"], request["blamed_service"]]
    if not request["has_spans"] or row["service"] == request["blamed_service"]:
        # Nothing is known from inside: whoever took the request in, or was asked first, may have changed.
        named += [request["upstream"], row["service"]]
    return list(dict.fromkeys(name for name in named if name))


def _worked_before(cursor: duckdb.DuckDBPyConnection, asked: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return which (place, time of the change) had traffic before it."""
    if not asked:
        return set()
    times = [time_ns for _, time_ns in asked]
    table = pa.table({"place": [place for place, _ in asked], "change_ns": pa.array(times, pa.int64())})
    cursor.register("asked", table)
    try:
        bounds = {"since_ns": max(0, min(times) - _TRAFFIC_NS), "until_ns": max(times)}
        found = cursor.sql(question("traffic_before"), params=bounds).fetchall()
    finally:
        cursor.unregister("asked")
    return {(place, time_ns) for place, time_ns in found}
