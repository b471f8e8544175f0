"""The seam between what reads and judges telemetry that lies in another system, and whatever that system is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from culpa.collector.dialects import ids

#: Rows of one trace that are fetched at most, of spans and of log records.
MOST_ROWS = 20_000
#: Traces of one window that are fetched at most.
MOST_TRACES = 100_000
#: Ids that begin alike: more than one is one too many, but the question says which they are.
MOST_ALIKE = 6
#: A healthy request is compared with a failed one where it was so near to it.
NEAR_NS = 3_600_000_000_000

Signal = Literal["traces", "logs"]
#: A row of the tables of the OpenTelemetry Collector's ClickHouse exporter, by column, as the dialect reads it.
Row = dict[str, Any]


class Suspect(NamedTuple):
    """A trace that may hold a failed request, times in ns since 1970."""

    trace_id: str  # as it is written there
    first_ns: int
    last_ns: int

    @property
    def local_id(self) -> str:
        """Return its id as the store writes it."""
        return ids.trace_id(self.trace_id)


class Stretch(NamedTuple):
    """How often a place was asked in a stretch of time, by the newest of these requests."""

    service: str
    place: str  # its route
    name: str  # of the span
    at_ns: int
    duration_ns: int
    requests: float  # that it stands for, itself included


class There(Protocol):
    """Telemetry that lies in another system. Errors of all: StoreError, StoreUnavailable where asking again may help.

    Times are in ns since 1970, from the first one up to but without the second.
    """

    @property
    def where(self) -> str:
        """Return the address, without a password."""
        ...

    @property
    def reach_ns(self) -> int:
        """Return how far back a trace is looked for that is named."""
        ...

    def place(self, signal: Signal) -> str:
        """Return where the rows of a signal lie, as it is said to people; '' where there are none."""
        ...

    def failing(self, since_ns: int, until_ns: int) -> Iterator[Suspect]:
        """Yield traces that may hold a failed request of that time, the oldest first; one more than MOST_TRACES."""
        ...

    def rows(self, signal: Signal, some: Sequence[Suspect]) -> Iterator[list[Row]]:
        """Yield all rows of traces, of each one more than MOST_ROWS."""
        ...

    def counts(self, some: Sequence[Suspect]) -> Mapping[str, int]:
        """Return how many rows these traces have, by their ids."""
        ...

    def spots(self, trace_ids: Sequence[str], since_ns: int, until_ns: int) -> list[Suspect]:
        """Return when these traces were, of those that are there in that time."""
        ...

    def beginning_with(self, digits: str, since_ns: int, until_ns: int) -> list[str]:
        """Return ids of traces that begin so, in order, some at most."""
        ...

    def requests(
        self, places: Sequence[str], since_ns: int, until_ns: int, stretch_ns: int, *, with_failed: bool
    ) -> Iterator[Stretch]:
        """Yield how often places were asked in each stretch of a time; none where the columns do not tell."""
        ...

    def healthy(self, service: str, place: str, at_ns: int, most: int) -> list[Suspect]:
        """Return traces of requests to a place that did not fail, those that are nearest to a time."""
        ...

    def let_go(self) -> None:
        """Close what is open; it is opened anew where it is asked again. May be called twice."""
        ...
