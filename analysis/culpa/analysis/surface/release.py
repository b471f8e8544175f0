"""A release beside what was before it, problem by problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from culpa.analysis.explanation.significance import benjamini_hochberg, fisher_greater
from culpa.analysis.surface.filters import Filters
from culpa.analysis.surface.outcome import outcome
from culpa.analysis.surface.session import Session
from culpa.store import json_rows

#: Of all problems that are called worse, one in a hundred may be so by chance.
FALSE_SHARE: Final = 0.01

Row = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """One problem of the release, beside how often it failed before; `chance` is that of so many if nothing changed.

    Shape: `row` is one of sql/problem_counts.sql. `is_new`: never seen before the release. `is_worse`: seen, and more
    often now than chance allows, corrected for the number of problems that were compared.
    """

    row: Row
    before: int
    before_requests: int
    after_requests: int
    chance: float
    is_new: bool
    is_worse: bool

    @property
    def after(self) -> int:
        """Return in how many requests of the release it failed."""
        return int(self.row["failed"])


@dataclass(frozen=True)
class Release:
    """Units: `first_ns` is when it first served, ns since 1970. `problems` are the new first, then the worse."""

    first_ns: int
    requests: int
    before_requests: int
    problems: Sequence[Compared]

    @property
    def new(self) -> list[Compared]:
        """Return the problems that were never seen before it."""
        return [one for one in self.problems if one.is_new]

    @property
    def worse(self) -> list[Compared]:
        """Return the problems that are more frequent since, beyond chance."""
        return [one for one in self.problems if one.is_worse]


def release_of(session: Session, service: str, version: str, baseline_ns: int, for_ns: int) -> Release | None:
    """Compare what failed since a service first served in a version, for so long, with the time before it.

    None where no request was served in that version. Units: ns. Errors: StoreError.
    """
    [seen] = json_rows(session.ask("release_seen", service=service, release=version))
    first_ns: int = seen["first_ns"]
    if not first_ns:
        return None
    before = outcome(session, Filters(service=service, since_ns=max(1, first_ns - baseline_ns), until_ns=first_ns))
    own = Filters(service=service, release=version, since_ns=first_ns, until_ns=first_ns + for_ns)
    after = outcome(session, own)
    failed_before = {row["fingerprint"]: int(row["failed"]) for row in before.problems}
    b_all, a_all = max(before.requests, before.failed), max(after.requests, after.failed)
    counts = [(row, failed_before.get(row["fingerprint"], 0)) for row in after.problems]
    chances = [fisher_greater(int(row["failed"]), a_all, b, b_all) for row, b in counts]
    found = [
        Compared(
            row,
            b,
            b_all,
            a_all,
            chance,
            is_new=row["first_ns"] >= first_ns,
            is_worse=row["first_ns"] < first_ns and shared <= FALSE_SHARE,
        )
        for (row, b), chance, shared in zip(counts, chances, benjamini_hochberg(chances), strict=True)
    ]
    return Release(
        first_ns, a_all, b_all, sorted(found, key=lambda one: (not one.is_new, not one.is_worse, one.chance))
    )
