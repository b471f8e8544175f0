"""What the columns mean that people ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from culpa.store import column_meanings
from culpa.web.desk import Row

#: Which relation to look at first.
_ORDER: Final = (
    "verdicts",
    "failures",
    "problems",
    "spans",
    "exceptions",
    "logs",
    "access",
    "changes",
    "resources",
    "metric_points",
    "labels",
    "problem_states",
    "alarm_events",
    "alarm_deliveries",
    "onward_deliveries",
    "verdict_revisions",
)
#: A view whose columns are those of a table of another name.
_KEPT_IN: Final = {"verdicts": "verdict_revisions", "failures": "verdict_revisions"}
_ABOUT: Final = {
    "verdicts": "one row per failed request: who is to blame, why, how sure",
    "failures": "the same of all work that failed, by its kind: requests, tasks, messages, jobs",
    "problems": "the same failures, grouped",
    "spans": "what was traced",
    "exceptions": "each exception once, with its origin and its place in the app",
    "logs": "log records, and lines of servers' own logs",
    "access": "one line of a web server's access log each",
    "changes": "deployments, restarts, changed configuration",
    "resources": "who sent telemetry: service, release, host, process",
    "metric_points": "metrics as they came",
    "labels": "what people say that really failed",
    "problem_states": "what people said of problems: muted, resolved",
    "alarm_events": "what was told of alarms: that they began, that they are over",
    "alarm_deliveries": "each attempt to tell it over a channel",
    "onward_deliveries": "verdicts that other backends were told",
    "verdict_revisions": "every revision of every verdict",
    "segments": "the sealed files of the store",
}


@dataclass(frozen=True)
class Column:
    """One column of a relation; `meaning` is '' where its name says it."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Relation:
    """One relation that can be asked."""

    name: str
    about: str
    columns: list[Column]


def schema(rows: list[Row]) -> list[Relation]:
    """Return the relations in the order in which people want them. Shape: rows of sql/columns.sql."""
    by_name: dict[str, list[Column]] = {}
    for row in rows:
        relation, name = row["relation"], row["name"]
        by_name.setdefault(relation, []).append(Column(name, _kind(row["kind"]), _meaning(relation, name)))
    known = [name for name in _ORDER if name in by_name]
    others = sorted(set(by_name) - set(known))
    return [Relation(name, _ABOUT.get(name, ""), by_name[name]) for name in (*known, *others)]


def _kind(kind: str) -> str:
    return kind if len(kind) <= 24 else kind.partition("(")[0] + "(…)" + ("[]" if kind.endswith("[]") else "")


def _meaning(relation: str, column: str) -> str:
    told = _meanings()
    kept = f"{_KEPT_IN.get(relation, relation)}.{column}"
    return told.get(f"{relation}.{column}") or column_meanings().get(kept) or told.get(column, "")


@cache
def _meanings() -> Mapping[str, str]:
    lines = (files("culpa.web") / "columns.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))
