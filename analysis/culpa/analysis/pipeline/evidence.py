"""Gather what the rules see in a set of traces: failed requests, and rows of evidence about each.

Refuses to weigh anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.relations import STORED, Relation, read_by, relations
from culpa.analysis.pipeline.rules import Rule, named, rules
from culpa.analysis.pipeline.statement import answers, parsed

#: A failed request is known by its trace and the span (or access line) that answered it.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that points at a component; see `rules/`.

    Units: `strength` is the rule's own, 0..1; `seen_at` ns since 1970; `surety` 0..1 that it is of this request at all.
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
    surety: float = 1.0


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
    text = named(_awake(made)) if requests else ""
    made.make(["joined_logs"])
    for trace_id, request_span_id, *observation in cursor.execute(parsed(cursor, text)).fetchall() if text else ():
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
        """Say whether each of these has rows: relations, or what the store keeps."""
        return all(self._has_rows(name) for name in sorted(names))

    def _has_rows(self, name: str) -> bool:
        if name in STORED:
            return self._is_kept(name)
        self.make([name])
        return self._rows[name] > 0

    def _is_kept(self, name: str) -> bool:
        if name not in self._rows:
            self._run(f"select 1 from {name} limit 1")
            self._rows[name] = len(self._cursor.fetchall())
        return self._rows[name] > 0

    def _made(self, relation: Relation) -> int:
        """Make one relation, and return how many rows it has."""
        # To plan the SELECT of one that must be empty takes DuckDB up to 20 ms.
        if not self.have_rows(relation.idle_without):
            self._run(_empty(relation))
            return 0
        self.make(relation.reads)
        params = {"since_ns": self._since_ns} if "$since_ns" in relation.sql else None
        self._run(f"create or replace temp table {relation.name} as {relation.sql}", params)
        counted = self._cursor.fetchone()
        return counted[0] if counted else 0

    def _run(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        self._cursor.execute(parsed(self._cursor, sql), params)


def _empty(relation: Relation) -> str:
    columns = ", ".join(f'"{column.name}" {column.kind}' for column in relation.columns)
    return f"create or replace temp table {relation.name} ({columns})"


def _want(cursor: duckdb.DuckDBPyConnection, trace_ids: Sequence[str] | None) -> None:
    if trace_ids is None:
        text = f"create or replace temp table wanted as {question('suspects')}"
        cursor.execute(text, {"since_ns": 0, "with_judged": False})
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
