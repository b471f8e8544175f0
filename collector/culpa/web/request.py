"""All that a request's screen shows, gathered: what was judged, what was seen, and the healthy twin beside it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from culpa.analysis.explanation.explain import Explanation, Failure
from culpa.analysis.explanation.tree import Node, duration
from culpa.knowledge import Runbook
from culpa.web.desk import Desk, Row
from culpa.web.stack import Frame, frames, is_innermost_last, own_frames
from culpa.web.waterfall import Scale, Step, path_strip, scale_of, waterfall

#: So many rows are in the page itself; the others are fetched when they are scrolled to, or by a link without scripts.
FIRST_ROWS: Final = 200


@dataclass(frozen=True)
class Stack:
    """One exception: its facts, its own frames innermost first, and the whole text."""

    row: Row
    own: list[Frame]
    others: int
    text: str
    again: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a log in its place in time."""

    row: Row
    offset: str
    evidence: list[int]


@dataclass(frozen=True)
class Shown:
    """One failed request, or a trace without one, as it is drawn."""

    trace_id: str
    failure: Failure | None
    failures: list[Failure]
    number: int
    rows: list[Row]
    strip: list[Step]
    scale: Scale
    stacks: list[Stack] = field(default_factory=list[Stack])
    lines: list[Line] = field(default_factory=list[Line])
    runbook: Runbook | None = None

    @property
    def verdict(self) -> Mapping[str, Any] | None:
        """Return the verdict as values that JSON knows; None where nothing failed."""
        return self.failure.record if self.failure else None

    @property
    def errors(self) -> int:
        """Return how many rows failed."""
        return sum(1 for row in self.rows if row["failed"] or row["role"])

    @property
    def cause_row(self) -> int:
        """Return the place of the row where it failed, -1 where none is it."""
        return next((at for at, row in enumerate(self.rows) if row["role"] == "cause"), -1)

    @property
    def took(self) -> str:
        """Return how long all that is drawn took."""
        return duration(self.scale.length_ns)


async def gather_request(desk: Desk, name: str, number: int = 0, *, is_whole: bool = True) -> Shown:
    """Gather what is known of a trace, or of the request that shows a problem best; `number` of its failures.

    What sets it apart from healthy requests takes longer, and is there where the whole is wanted.
    Errors: NoSuchTrace, AmbiguousTrace, NotATraceId, StoreError.
    """
    drawn = await draw_request(desk, name, number, is_whole=is_whole)
    trace_ids = [drawn.trace_id, *_joined(drawn.failure)]
    stacks, lines = await asyncio.gather(
        desk.rows("trace_stacks", trace_ids=trace_ids),
        desk.rows("trace_lines", trace_ids=trace_ids, log_ids=_evidence_logs(drawn.failure)),
    )
    placed = [_line(row, drawn) for row in lines]
    return replace(drawn, stacks=distinct([_stack(row) for row in stacks]), lines=placed)


async def draw_request(desk: Desk, name: str, number: int = 0, *, is_whole: bool = True) -> Shown:
    """Gather the same without exceptions and lines of logs. Errors: as `gather_request`."""
    found = await (desk.explained(name) if is_whole else desk.judged(name))
    return await desk.written(lambda: draw(found, number))


def draw(found: Explanation, number: int) -> Shown:
    """Return what can be drawn of an explanation alone."""
    failure = found.failures[min(number, len(found.failures) - 1)] if found.failures else None
    tree: Sequence[Node] = failure.tree if failure else found.tree
    scale = scale_of(tree, failure.verdict["request_span_id"] if failure else "")
    return Shown(
        found.trace_id,
        failure,
        found.failures,
        min(number, max(0, len(found.failures) - 1)),
        waterfall(tree, scale),
        path_strip(tree, failure.verdict if failure else None),
        scale,
        runbook=failure.book if failure else None,
    )


def _joined(failure: Failure | None) -> list[str]:
    """Return the other traces that hold work of the request."""
    joined: list[str] = (failure.verdict.get("joined") or []) if failure else []
    return [text[:32] for text in joined][:20]


def all_trace_ids(found: Explanation) -> list[str]:
    """Return the trace that is explained, and the others that hold work of its requests."""
    joined = [trace_id for failure in found.failures for trace_id in _joined(failure)]
    return list(dict.fromkeys([found.trace_id, *joined]))


def all_evidence_logs(found: Explanation) -> list[str]:
    """Return the ids of the lines that are evidence on any request of a trace."""
    return list(dict.fromkeys(log_id for failure in found.failures for log_id in _evidence_logs(failure)))


def _evidence_logs(failure: Failure | None) -> list[str]:
    """Return the ids of the lines that are evidence."""
    sources: list[str] = [row["source"] for row in failure.evidence] if failure else []
    return [source.partition(":")[2] for source in sources if source.startswith("log:")]


def _stack(row: Row) -> Stack:
    text = row["stacktrace"] or ""
    all_frames = frames(text)
    own = own_frames(all_frames, innermost_last=is_innermost_last(text))
    return Stack(row, own, len(all_frames) - len(own), text)


def distinct(stacks: Sequence[Stack]) -> list[Stack]:
    """Return each exception once, however often it was recorded: the record that shows most of the app."""
    found: dict[tuple[str, str], Stack] = {}
    for stack in stacks:
        row = stack.row
        key = (row["origin_type"] or row["type"], row["origin_message"] or row["message"])
        kept = found.get(key)
        best = stack if kept is None or len(stack.own) > len(kept.own) else kept
        found[key] = replace(best, again=kept.again + 1 if kept else 0)
    return sorted(found.values(), key=lambda stack: not stack.own)


def _line(row: Row, drawn: Shown) -> Line:
    numbers = [
        number
        for number, one in enumerate(drawn.failure.evidence if drawn.failure else [], start=1)
        if one["source"] == f"log:{row['log_id']}"
    ]
    apart = row["time_ns"] - drawn.scale.start_ns
    if not row["time_ns"] or not drawn.scale.start_ns or abs(apart) > 86_400 * 10**9:
        return Line(row, "", numbers)
    return Line(row, f"+{duration(apart)}" if apart >= 0 else f"-{duration(-apart)}", numbers)
