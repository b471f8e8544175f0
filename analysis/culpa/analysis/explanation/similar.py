"""What similar failures tell of one that is not understood: evidence of many where that of one is thin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from culpa.analysis.judgement.missing import SURE_FROM


@dataclass(frozen=True, slots=True)
class Similar:
    """The verdict that most similar failures have, of those that are understood.

    `requests` have it, of `of_all` similar failures within a quarter of an hour; `trace_id` is one of them.
    """

    layer: str
    component: str
    cause: str
    requests: int
    of_all: int
    trace_id: str

    def text(self, status: int, place: str) -> str:
        """Return it as a sentence."""
        whose = f", {self.component}" if self.component else ""
        others = "the one other" if self.of_all == 1 else f"{self.requests} of {self.of_all} other"
        answers, was = ("answer", "was") if self.of_all == 1 else ("answers", "were")
        at = "at that time" if self.of_all == 1 else "within a quarter of an hour"
        return f"{others} {answers} {status} to {place} {at} {was} {self.cause}{whose}: culpa explain {self.trace_id}"


def similar_of(rows: list[dict[str, Any]]) -> Similar | None:
    """Return what sql/similar_failures.sql answered; None where no similar failure is understood."""
    return Similar(**rows[0]) if rows else None


def wants_help(verdict: Mapping[str, Any]) -> bool:
    """Tell whether a verdict is so unsure that others should be asked."""
    return float(verdict["confidence"]) < SURE_FROM
