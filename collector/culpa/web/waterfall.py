"""The rows of a request's waterfall, out of its tree, with its logs, and what broke set apart. Pure.

role     cause: the verdict places the failure here; carrier: handed it on to whoever asked; symptom: failed too, and
explains nothing; '' for the rest
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from culpa.analysis.explanation.tree import Node, duration, in_order
from culpa.analysis.plain import visible

#: Deeper rows are no further indented.
_MAX_DEPTH: Final = 24
_MAX_CHARS: Final = 240

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scale:
    """From when to when the waterfall goes. Units: nanoseconds."""

    start_ns: int
    length_ns: int

    def share(self, at_ns: int) -> float:
        """Return where a time is, in percent of the width."""
        return round(min(100.0, max(0.0, 100 * (at_ns - self.start_ns) / self.length_ns)), 3)


def scale_of(tree: Sequence[Node], entry_id: str = "") -> Scale:
    """Return the scale of a tree: that of the request; work that ran on long after the answer is cut.

    Hosts' clocks differ: what began before the request is drawn at its beginning.
    """
    nodes = [node for _, node in in_order(tree)]
    timed = [node for node in nodes if node.start_ns > 0]
    if not timed:
        return Scale(0, 1)
    entry = next((node for node in timed if node.span_id == entry_id), None)
    start, end = min(node.start_ns for node in timed), max(node.end_ns for node in timed)
    if entry is not None and end - start > 20 * max(1, entry.duration_ns):
        start, end = entry.start_ns, entry.start_ns + max(1, 3 * entry.duration_ns)
    return Scale(start, max(1, end - start))


def roles(tree: Sequence[Node]) -> dict[int, str]:
    """Return the role of each node that has one, by its identity."""
    found: dict[int, str] = {}
    path: list[Node] = []
    for depth, node in in_order(tree):
        path[depth:] = [node]
        if node.has_failed:
            found.setdefault(id(node), "symptom")
        if node.is_here:
            found[id(node)] = "cause"
            found.update({id(above): "carrier" for above in path[:-1] if above.has_failed})
    return found


def waterfall(tree: Sequence[Node], scale: Scale) -> list[dict[str, Any]]:
    """Return the rows in reading order, as values that JSON knows; every text is visible and bounded."""
    role = roles(tree)
    return [
        {
            "id": node.span_id,
            "kind": ("log" if node.is_told else "access") if node.is_access else "span",
            "depth": min(depth, _MAX_DEPTH),
            "service": _short(node.service) or "(unknown service)",
            "name": _short(node.name) or "(no name)",
            "status": visible(str(node.status)),
            "role": role.get(id(node), ""),
            "failed": node.has_failed,
            "took": duration(node.duration_ns) if node.duration_ns >= 0 else "",
            "left": scale.share(node.start_ns),
            "width": max(0.2, round(scale.share(node.end_ns) - scale.share(node.start_ns), 3)),
            "offset": duration(max(0, node.start_ns - scale.start_ns)),
            "evidence": node.evidence,
            "notes": [_short(note) for note in node.notes[:5]],
            "exceptions": [_short(text) for text in node.exceptions[:5]],
        }
        for depth, node in in_order(tree)
    ]


@dataclass(frozen=True)
class Step:
    """One station of a request's way: who answered what."""

    name: str
    status: str
    role: str
    took: str


def path_strip(tree: Sequence[Node], verdict: Row | None) -> list[Step]:
    """Return the request's way from who was asked to who is to blame, each component once."""
    way = _way(tree)
    role = roles(tree)
    steps: list[Step] = []
    for node in way:
        name = node.service or "(unknown service)"
        if not steps or steps[-1].name != name:
            steps.append(Step(name, _answered(node, verdict), role.get(id(node), ""), duration(node.duration_ns)))
        elif role.get(id(node)) == "cause":
            steps[-1] = Step(name, steps[-1].status or str(node.status), "cause", steps[-1].took)
    if not verdict or not verdict["component"]:
        return steps
    steps = [Step(one.name, one.status, "carrier" if one.role == "cause" else one.role, one.took) for one in steps]
    place = next((at for at, one in enumerate(steps) if one.name == verdict["component"]), None)
    if place is None:
        return [*steps, Step(verdict["component"], "", "cause", "")]
    steps[place] = Step(steps[place].name, steps[place].status, "cause", steps[place].took)
    return steps


def _answered(node: Node, verdict: Row | None) -> str:
    """Return what a node answered; of the request of record it is what the client got, whatever its own span says."""
    is_of_record = verdict and node.span_id == verdict.get("request_span_id") and verdict.get("status")
    return str(verdict["status"] if verdict and is_of_record else node.status)


def _way(tree: Sequence[Node]) -> list[Node]:
    path: list[Node] = []
    for depth, node in in_order(tree):
        path[depth:] = [node]
        if node.is_here:
            return list(path)
    return list(tree[:1])


def _short(text: str) -> str:
    seen = visible(" ".join(text[: 4 * _MAX_CHARS].split()))
    return seen if len(seen) <= _MAX_CHARS else seen[: _MAX_CHARS - 1] + "…"
