"""What receivers reach of the collector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from culpa.collector.intake import Intake
from culpa.collector.measures import Measures
from culpa.collector.queries import Forker
from culpa.collector.settings import Settings
from culpa.store import DuckDBStore


class Again(Protocol):
    """Whoever has traces judged again."""

    def __call__(self, trace_ids: Sequence[str]) -> None:
        """Judge these traces soon."""
        ...


@dataclass(frozen=True)
class Parts:
    """The parts that a receiver hands to, or asks: `again` judges, `forker` runs queries over `store`."""

    settings: Settings
    store: DuckDBStore
    intake: Intake
    again: Again
    forker: Forker
    measures: Measures
