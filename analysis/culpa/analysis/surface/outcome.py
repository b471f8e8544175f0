"""What a stretch of time brought: its problems, which of them are new, and which share of the requests failed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from culpa.analysis.surface.filters import Filters
from culpa.analysis.surface.session import Session
from culpa.store import json_rows

Row = dict[str, Any]


class NoSuchChange(LookupError):
    """No change is known by that text."""


@dataclass(frozen=True)
class Outcome:
    """Shape: `problems` are rows of sql/problem_counts.sql. Units: `since_ns` is when it began, ns since 1970.

    `requests` are those that pass the filters of service, route, release and time: the others say what failed.
    """

    problems: Sequence[Row]
    requests: int
    since_ns: int

    @property
    def new(self) -> list[Row]:
        """Return the problems that were never seen before it began."""
        return [row for row in self.problems if row["first_ns"] >= self.since_ns]

    @property
    def failed(self) -> int:
        """Return how many requests failed."""
        return sum(row["failed"] for row in self.problems)

    @property
    def share(self) -> float:
        """Return which part of the requests failed, 0..1; 0 where there were none."""
        # One that no server has recorded may fail too, such as one that a web server's line alone tells of.
        return self.failed / max(self.requests, self.failed) if self.failed else 0.0

    @property
    def has_seen_any(self) -> bool:
        """Say whether there was anything to judge by."""
        return bool(self.requests or self.failed)


def outcome(session: Session, filters: Filters) -> Outcome:
    """Ask what the time of the filters brought. Errors: StoreError."""
    asked = filters.parameters()
    places = {name: asked[name] for name in ("service", "route", "release", "since_ns", "until_ns")}
    problems = json_rows(session.ask("problem_counts", **asked))
    [counted] = json_rows(session.ask("request_count", **places))
    return Outcome(problems, counted["requests"], filters.since_ns)


def since_change(session: Session, filters: Filters, text: str) -> Filters:
    """Return filters that begin with the newest change whose description has this text. Errors: NoSuchChange."""
    rows = json_rows(session.ask("changes_listed", since_ns=0, until_ns=2**62, max_rows=10_000))
    found = [row for row in rows if text.lower() in row["description"].lower()]
    own = [row for row in found if filters.service in ("", row["service_name"]) or not row["service_name"]]
    if not own:
        raise NoSuchChange(
            f"no change with {text!r} is known; `culpa change` tells one, "
            "`culpa sql 'select time, description from changes'` lists them"
        )
    return replace(filters, since_ns=own[0]["time_ns"])
