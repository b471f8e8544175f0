"""Go through suspects: what is due, what was judged, what is marked. Knows neither ClickHouse nor the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol, TypeVar

from culpa.collector.abroad.shares import Due, Mark, Share, Suspect, is_closing

S = TypeVar("S", bound=Suspect)
_Contra = TypeVar("_Contra", bound=Suspect, contravariant=True)

#: Traces between two looks at the marks: what a judge that dies leaves undone, and what is written at once.
_BATCH = 2_000


class Place(Protocol[_Contra]):
    """Where suspects lie, are judged and marked. Errors of all: StoreError."""

    def marks(self, some: Sequence[_Contra]) -> Mapping[str, Mark]:
        """Return the marks of their newest signs, by trace id."""
        ...

    def counts(self, some: Sequence[_Contra]) -> Mapping[str, int]:
        """Return how many rows these traces have there, by trace id."""
        ...

    def judge(self, some: Sequence[_Contra]) -> Mapping[str, int]:
        """Judge traces and keep the verdicts; return how many rows each had at least before."""
        ...

    def mark(self, left: Mapping[str, Mark], some: Sequence[_Contra]) -> None:
        """Leave marks of these traces. Promise: only what was kept is marked."""
        ...


def work(place: Place[S], share: Share, suspects: Iterable[S], now_ns: int, *, is_thorough: bool) -> None:
    """Do what is due for one judge, now; what is thorough checks what is closed, too. Errors: StoreError."""
    rest = iter(suspects)
    while some := list(islice(rest, _BATCH)):
        marks = place.marks(some)
        closed = {trace_id for trace_id, mark in marks.items() if mark.is_closed}
        if is_thorough:
            marks = {trace_id: replace(mark, is_closed=False) for trace_id, mark in marks.items()}
        due = {one.trace_id: share.due(one, marks.get(one.trace_id), now_ns) for one in some}
        checked = [one for one in some if due[one.trace_id] is Due.CHECK]
        counts = dict(place.counts(checked)) if checked else {}
        grown = {one.trace_id for one in checked if counts.get(one.trace_id, 0) != marks[one.trace_id].rows}
        new = [one for one in some if due[one.trace_id] is Due.JUDGE or one.trace_id in grown]
        if new:
            counts |= place.judge(new)
        done = grown | closed
        same = [one for one in checked if one.trace_id not in done and is_closing(one, now_ns)]
        marked = [*new, *same]
        if marked:
            left = {one.trace_id: Mark(counts.get(one.trace_id, 0), is_closing(one, now_ns)) for one in marked}
            place.mark(left, marked)
