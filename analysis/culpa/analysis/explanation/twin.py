"""Where a failed request first did something else than a healthy one of the same place. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from culpa.analysis.explanation.tree import duration

#: A step counts as slower from this factor on, and only if it took this much longer.
SLOWER_FACTOR: Final = 5
SLOWER_BY_NS: Final = 50_000_000

#: Deeper or larger trees are compared as far as this.
_MAX_DEPTH: Final = 100

_DIGITS = re.compile(r"\d+")
_NOISE = re.compile(r" http (?:send|receive)$")
_CLIENT, _SERVER = 3, 2

Row = Mapping[str, Any]


@dataclass
class Step:
    """One span, as far as it can be compared; `callee` is what it asks, '' for work of its own."""

    span_id: str
    service: str
    name: str
    kind: int
    callee: str
    is_failed: bool
    duration_ns: int
    children: list["Step"] = field(default_factory=list["Step"])
    #: How long each took of the repeats in a row for which it stands, and which of them it is.
    run_ns: list[int] = field(default_factory=list[int])
    nth: int = 0

    def same_ns(self, of: "Step") -> int:
        """Return how long that took which stands here where `of` stands there."""
        return self.run_ns[min(of.nth, len(self.run_ns) - 1)] if self.run_ns else self.duration_ns

    @property
    def key(self) -> tuple[str, str, int, str]:
        """Return what makes it the same step in another request."""
        return self.service, _DIGITS.sub("#", self.name), self.kind, self.callee

    @property
    def text(self) -> str:
        """Return it for people: service, name, and whom it asks."""
        asked = f" ({self.callee})" if self.callee else ""
        return f"{self.service} {self.name}{asked}".strip()


@dataclass(frozen=True, slots=True)
class Twin:
    """The first difference from a healthy request.

    `what` is 'failed', 'missing' (the healthy one has a step more), 'extra' or 'slower'; `alike` counts the steps
    that came before it in both. Units: `apart_ns` is the time between the requests.
    """

    trace_id: str
    apart_ns: int
    what: str
    step: str
    span_id: str
    duration_ns: int
    healthy_ns: int
    alike: int
    is_entry: bool

    @property
    def text(self) -> str:
        """Return it in a sentence, without the trace's id."""
        if self.what == "missing":
            return f"the healthy request goes on with “{self.step}”, which is missing here"
        if self.what == "extra":
            return f"“{self.step}” is a step that the healthy request does not have"
        if self.what == "slower":
            return (
                f"“{self.step}” took {duration(self.duration_ns)}; in the healthy request {duration(self.healthy_ns)}"
            )
        if self.is_entry:
            return f"“{self.step}” failed in its own work; all steps below it are as in the healthy request"
        return f"“{self.step}” failed; in the healthy request it went well in {duration(self.healthy_ns)}"


def steps_of(spans: Sequence[Row], entry_id: str) -> Step:
    """Return the steps of one request, children in the order in which they began.

    Shape: rows as sql/trace_spans.sql returns them. Where the entry is no span but a line
    of an access log, the root has no name.
    """
    below: dict[str, list[Row]] = {}
    for row in spans:
        if row["span_id"] != entry_id and not (row["kind"] == 1 and _NOISE.search(row["span_name"])):
            below.setdefault(row["parent_span_id"], []).append(row)
    entry = next((row for row in spans if row["span_id"] == entry_id), None)
    root = _step(entry) if entry is not None else Step(entry_id, "", "", _SERVER, "", True, 0)
    waiting = [(0, root)]
    seen = {entry_id}
    while waiting:
        depth, step = waiting.pop()
        if depth >= _MAX_DEPTH:
            continue
        for row in below.get(step.span_id, ()):
            if row["span_id"] not in seen:
                seen.add(row["span_id"])
                child = _step(row)
                step.children.append(child)
                waiting.append((depth + 1, child))
        step.children = _folded(step.children)
    return root


def _step(row: Row) -> Step:
    status = row["http_response_status_code"]
    failed = row["status_code"] == 2 or status >= 500 or (row["kind"] == _CLIENT and status >= 400)
    return Step(
        row["span_id"], row["service_name"], row["span_name"], row["kind"], row["callee"], failed, row["duration_ns"]
    )


def _folded(steps: Sequence[Step]) -> list[Step]:
    """Take repeats in a row as one: how often a loop ran is no difference. A failed one stands for all."""
    out: list[Step] = []
    for step in steps:
        if not out or out[-1].key != step.key:
            step.run_ns = [step.duration_ns]
            out.append(step)
            continue
        run_ns = [*out[-1].run_ns, step.duration_ns]
        if step.is_failed and not out[-1].is_failed:
            step.nth = len(run_ns) - 1
            out[-1] = step
        out[-1].run_ns = run_ns
    return out


def nearest_twin(failed: Step, healthy: Sequence[tuple[str, int, Step]]) -> Twin | None:
    """Return the first difference from the healthy request that is most like the failed one.

    Shape: `healthy` are (trace id, time apart in ns, steps), the nearest in time first.
    """
    best: Twin | None = None
    for trace_id, apart_ns, twin in healthy:
        found = _compare(failed, twin)
        if found is None:
            continue
        one = Twin(
            trace_id,
            apart_ns,
            found.what,
            found.step.text,
            "" if found.what == "missing" else found.step.span_id,
            0 if found.what == "missing" else found.step.duration_ns,
            found.healthy_ns,
            found.alike,
            found.step is failed,
        )
        if best is None or one.alike > best.alike:
            best = one
    return best


@dataclass(frozen=True, slots=True)
class _Found:
    what: str
    step: Step
    healthy_ns: int
    alike: int


def _compare(failed: Step, twin: Step) -> _Found | None:
    """Walk both trees depth first; a step's own failure is shown only where nothing below it differs."""
    alike = 0
    for event, ours, theirs in _walk(failed, twin):
        if event == "missing" and theirs is not None:
            return _Found("missing", theirs, theirs.duration_ns, alike)
        if ours is None:
            continue
        if event == "extra":
            return _Found("extra", ours, 0, alike)
        if event == "begin" or theirs is None:
            alike += event == "begin"
            continue
        if ours.is_failed and not theirs.is_failed and ours.name:
            return _Found("failed", ours, theirs.same_ns(ours), alike)
        longer = ours.duration_ns - theirs.duration_ns
        if longer >= SLOWER_BY_NS and ours.duration_ns >= SLOWER_FACTOR * theirs.duration_ns and ours.name:
            return _Found("slower", ours, theirs.duration_ns, alike)
    return None


def _walk(failed: Step, twin: Step) -> Iterator[tuple[str, Step | None, Step | None]]:
    """Yield 'begin' and 'end' of each pair, and what stands on one side only, in the order of time."""
    waiting: list[tuple[str, Step | None, Step | None]] = [("end", failed, twin), ("begin", failed, twin)]
    while waiting:
        event, ours, theirs = waiting.pop()
        yield event, ours, theirs
        if event != "begin" or ours is None or theirs is None:
            continue
        for pair in reversed(_paired(ours.children, theirs.children)):
            if pair[0] is not None and pair[1] is not None:
                waiting += [("end", *pair), ("begin", *pair)]
            else:
                waiting.append(("missing" if pair[0] is None else "extra", *pair))


def _paired(ours: Sequence[Step], theirs: Sequence[Step]) -> list[tuple[Step | None, Step | None]]:
    """Pair steps of the same kind, each with the first that is left; those left over stand where they would be."""
    open_positions: dict[tuple[str, str, int, str], list[int]] = {}
    for position, step in enumerate(theirs):
        open_positions.setdefault(step.key, []).append(position)
    partners = [open_positions[step.key].pop(0) if open_positions.get(step.key) else -1 for step in ours]
    left_over = sorted(position for positions in open_positions.values() for position in positions)
    out: list[tuple[Step | None, Step | None]] = []
    for step, partner in zip(ours, partners, strict=True):
        while partner >= 0 and left_over and left_over[0] < partner:
            out.append((None, theirs[left_over.pop(0)]))
        out.append((step, theirs[partner] if partner >= 0 else None))
    out.extend((None, theirs[position]) for position in left_over)
    return out
