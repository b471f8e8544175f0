"""Gather what the rules see in a set of traces: failed requests, and rows of evidence about each.

Refuses to weigh anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from culpa.analysis.pipeline import Relation, read_by, relations
from culpa.analysis.questions import question
from culpa.analysis.rules import Rule, rules
from culpa.analysis.statement import answers, parsed

#: How to make an empty relation; to plan the SELECT of one that must be empty takes DuckDB up to 20 ms.
_SHAPES: dict[str, str] = {}

#: A failed request is known by its trace and the span (or access line) that answered it.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that points at a component; see `rules/`.

    Units: `strength` is the rule's own, 0..1; `seen_at` ns since 1970.
    """

    rule: str
    span_id: str
    source: str
    seen_at: int
    layer: str
    component: str
    cause: str
    object: str
    location: str
    strength: float
    statement: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was seen of the wanted traces.

    Shape: `requests` holds a row per failure (columns of the relation request_facts), `evidence` its observations.
    """

    requests: dict[Key, dict[str, Any]]
    evidence: dict[Key, list[Evidence]]


def gather(cursor: duckdb.DuckDBPyConnection, trace_ids: Sequence[str] | None, since_ns: int = 0) -> Gathered:
    """Run every rule over the failures of these traces, or of all traces that may hold one (None).

    Units: no row of these traces is older than `since_ns`, nanoseconds since 1970: little of a large store is read.
    Promise: makes temporary tables on this cursor only. One pass per rule, however many traces.
    """
    _want(cursor, trace_ids)
    made = _Relations(cursor, since_ns)
    made.make(["request_facts"])
    facts = answers(cursor, "select * from request_facts")
    requests = {(row["trace_id"], row["request_span_id"]): row for row in facts}
    evidence: dict[Key, list[Evidence]] = {key: [] for key in requests}
    text = _rules_over(_awake(made)) if requests else ""
    for trace_id, request_span_id, *observation in cursor.execute(parsed(text)).fetchall() if text else ():
        key = (trace_id, request_span_id)
        if key in evidence:
            evidence[key].append(Evidence(*observation))
    return Gathered(requests, evidence)


class _Relations:
    """The relations on one cursor, each made when it is first asked for: what nobody asks for costs nothing."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, since_ns: int) -> None:
        self._cursor, self._since_ns = cursor, since_ns
        self._known = {relation.name: relation for relation in relations()}
        self._rows: dict[str, int] = {}

    def make(self, names: Iterable[str]) -> None:
        """Make those of the names that are relations, and first what they read."""
        for name in sorted(self._known.keys() & set(names)):
            # Asked each time: one of them may read another.
            if name not in self._rows:
                self._rows[name] = self._made(self._known[name])

    def have_rows(self, names: Iterable[str]) -> bool:
        """Say whether each of these relations has rows."""
        return all(self._has_rows(name) for name in sorted(names))

    def _has_rows(self, name: str) -> bool:
        self.make([name])
        return self._rows[name] > 0

    def _made(self, relation: Relation) -> int:
        """Make one relation, and return how many rows it has."""
        if relation.name in _SHAPES and not self.have_rows(relation.idle_without):
            self._cursor.execute(parsed(_SHAPES[relation.name]))
            return 0
        self.make(relation.waits_for)
        return _fill(self._cursor, relation, self._since_ns)


def _fill(cursor: duckdb.DuckDBPyConnection, relation: Relation, since_ns: int) -> int:
    """Make one relation, and return how many rows it has."""
    params = {"since_ns": since_ns} if "$since_ns" in relation.sql else None
    cursor.execute(parsed(f"create or replace temp table {relation.name} as {relation.sql}"), params)
    counted = cursor.fetchone()
    if relation.idle_without and relation.name not in _SHAPES:
        columns = ", ".join(f'"{row[0]}" {row[1]}' for row in cursor.execute(f"describe {relation.name}").fetchall())
        _SHAPES[relation.name] = f"create or replace temp table {relation.name} ({columns})"
    return counted[0] if counted else 0


def _want(cursor: duckdb.DuckDBPyConnection, trace_ids: Sequence[str] | None) -> None:
    if trace_ids is None:
        cursor.execute(f"create or replace temp table wanted as {question('suspects')}")
        return
    cursor.register("wanted_ids", pa.table({"trace_id": pa.array(list(trace_ids), pa.string())}))
    try:
        cursor.execute("create or replace temp table wanted as select distinct trace_id from wanted_ids")
    finally:
        cursor.unregister("wanted_ids")


def _awake(made: _Relations) -> tuple[Rule, ...]:
    """Return the rules that can find something, and make what they read; the others cost milliseconds too."""
    awake = tuple(rule for rule in rules() if made.have_rows(rule.idle_without))
    made.make(_read_by_all(awake))
    return awake


@cache
def _read_by_all(awake: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(read_by(rule.sql) for rule in awake))


@cache
def _rules_over(awake: tuple[Rule, ...]) -> str:
    """Return one SELECT of these rules."""
    # As the fields of Evidence.
    columns = (
        "span_id, source, coalesce(epoch_ns(seen_at), 0) as seen_at, layer, component, cause, "
        '"object", location, strength::double as strength, statement'
    )
    return "\nunion all\n".join(
        f"select trace_id, request_span_id, '{rule.name}' as rule, {columns} from (\n{rule.sql}\n) as r"
        for rule in awake
    )
