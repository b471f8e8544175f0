"""The tree of one request, out of whatever arrived of it: spans, access-log lines, exceptions. Pure.

Which spans belong to it and what is above each of them is what the pipeline found: what is drawn is what was judged.
Telemetry is late, orphaned and sometimes circular; each of these ends as a note on a node, never as an error.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Access logs write whole milliseconds and hosts' clocks differ a little: less than this is no observation.
TOLERANCE_NS = 5_000_000
#: Access logs of some servers write whole seconds.
_COARSE_NS = 1_000_000_000
_CIRCLE = "its parents form a circle"


@dataclass
class Node:
    """One thing that happened for the request: a span, or a line of an access log.

    `status` is what it says of itself (`502`, `ERROR`); `evidence` are the numbers, from 1, of the
    observations made here, and `is_here` marks the place where the strongest was made.
    """

    span_id: str
    parent_id: str
    service: str
    name: str
    status: str
    start_ns: int
    duration_ns: int
    has_failed: bool
    is_access: bool = False
    is_told: bool = False  # not by an access log, but by another one
    is_here: bool = False
    description: str = ""
    exceptions: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    evidence: list[int] = field(default_factory=list[int])
    children: list["Node"] = field(default_factory=list["Node"])

    @property
    def end_ns(self) -> int:
        """Return when it ended."""
        return self.start_ns + self.duration_ns


Row = Mapping[str, Any]


def build_tree(spans: Sequence[Row], access: Sequence[Row], exceptions: Sequence[Row]) -> list[Node]:
    """Return the roots of the request's tree, in the order in which they began.

    Shape: rows as `sql/trace_seen.sql` returns them.
    """
    nodes = {row["span_id"]: _span_node(row) for row in spans}
    lines = _access_nodes(access, nodes)
    for row in exceptions:
        if row["span_id"] in nodes:
            nodes[row["span_id"]].exceptions.append(_exception_text(row))
    for node in nodes.values():
        # A description such as "KeyError: 'sku'" repeats the exception, where one was recorded.
        if node.description and not node.exceptions:
            node.notes.append(node.description)
    everything = [*nodes.values(), *lines]
    by_id = {node.span_id: node for node in reversed(everything)}
    _cut_circles(everything, by_id)
    roots = _hang(everything, by_id)
    _note_orphans(roots, {row["span_id"]: row["sent_parent_id"] for row in spans})
    for root in roots:
        _note_times(root)
    return roots


def in_order(roots: Sequence[Node]) -> Iterator[tuple[int, Node]]:
    """Yield every node with its depth, parents first; depth may be thousands, so nothing here recurses."""
    waiting = [(0, root) for root in reversed(roots)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting.extend((depth + 1, child) for child in reversed(node.children))


def mark_evidence(roots: Sequence[Node], evidence: Sequence[Row]) -> None:
    """Write on each node the numbers of the observations made there, and mark the place of the failure.

    That is the deepest place of an observation at least half as strong as the strongest: an exception is seen
    again in every span that it travels through.
    """
    places = {node.span_id: (depth, node) for depth, node in in_order(roots)}
    enough = max((row["weight"] for row in evidence), default=0.0) / 2
    here: tuple[int, Node] | None = None
    for number, row in enumerate(evidence, start=1):
        place = places.get(row["span_id"]) or places.get(str(row["source"]).partition(":")[2])
        if place is None:
            continue
        place[1].evidence.append(number)
        if row["weight"] >= enough and (here is None or place[0] > here[0]):
            here = place
    if here is not None:
        here[1].is_here = True


def _span_node(row: Row) -> Node:
    code = row["http_response_status_code"]
    failed = row["status_code"] == 2 or code >= 500
    status = str(code) if code else ("ERROR" if row["status_code"] == 2 else "")
    return Node(
        span_id=row["span_id"],
        parent_id=row["parent_span_id"],
        service=row["service_name"],
        name=row["span_name"],
        status=status,
        start_ns=row["start_ns"],
        duration_ns=row["duration_ns"],
        has_failed=failed,
        description=row["status_message"] if failed else "",
    )


def _access_nodes(access: Sequence[Row], nodes: Mapping[str, Node]) -> list[Node]:
    """Return nodes for lines that have no span of their own; write the others on their span."""
    lines: list[Node] = []
    for row in access:
        status = str(row["http_response_status_code"])
        span = nodes.get(row["span_id"])
        if span is not None and not span.is_access:
            if span.status != status:
                span.notes.append(f"the access log says {status}, which is what the client got")
                span.has_failed = span.has_failed or row["http_response_status_code"] >= 500
            continue
        node = Node(
            span_id=row["span_id"] or row["access_id"],
            parent_id=row["parent_span_id"],
            service=row["service_name"],
            name=f"{row['http_request_method']} {row['url_path']}".strip(),
            status=status,
            start_ns=row["start_ns"],
            duration_ns=row["duration_ns"],
            has_failed=row["http_response_status_code"] >= 500,
            is_access=True,
            is_told=row["is_told"],
        )
        if row["upstream_address"]:
            tail = f" which answered {row['upstream_status']}" if row["upstream_status"] else ""
            node.notes.append(f"forwarded to {row['upstream_address']}{tail}")
        if not row["completed"]:
            node.notes.append("the answer was not sent to its end")
        lines.append(node)
    return lines


def _exception_text(row: Row) -> str:
    kind = row["origin_type"] or row["type"]
    message = row["origin_message"] or row["message"]
    text = ": ".join(part for part in (kind, message) if part)
    return f"{text} (handled)" if row["handled"] else text


def _cut_circles(nodes: Iterable[Node], by_id: Mapping[str, Node]) -> None:
    safe: set[int] = set()
    for node in nodes:
        path: dict[int, Node] = {}
        at: Node | None = node
        while at is not None and id(at) not in safe:
            if id(at) in path:
                at.notes.append(_CIRCLE)
                at.parent_id = ""
                break
            path[id(at)] = at
            at = by_id.get(at.parent_id) if at.parent_id else None
        safe.update(path)


def _hang(nodes: Sequence[Node], by_id: Mapping[str, Node]) -> list[Node]:
    roots: list[Node] = []
    for node in sorted(nodes, key=lambda n: (n.start_ns, -n.duration_ns, n.span_id)):
        parent = by_id.get(node.parent_id) if node.parent_id else None
        if parent is None or parent is node:
            roots.append(node)
        else:
            parent.children.append(node)
    return roots


def _note_orphans(roots: Iterable[Node], sent_parents: Mapping[str, str]) -> None:
    """Note the roots that were sent as children, and that nothing is known to be above of."""
    for root in roots:
        parent = "" if root.is_access else sent_parents.get(root.span_id, "")
        if parent and parent != root.span_id and _CIRCLE not in root.notes:
            root.notes.append(f"its parent {parent} never arrived")


def _note_times(root: Node) -> None:
    for _, node in in_order([root]):
        for child in node.children:
            early = node.start_ns - child.start_ns
            if child.start_ns > root.end_ns + TOLERANCE_NS:
                child.notes.append(f"began {duration(child.start_ns - root.end_ns)} after the answer left")
            elif child.end_ns > root.end_ns + TOLERANCE_NS:
                child.notes.append(f"ended {duration(child.end_ns - root.end_ns)} after the answer left")
            if early > (_COARSE_NS if node.is_access else TOLERANCE_NS):
                child.notes.append(f"began {duration(early)} before its parent: the clocks differ")


def duration(ns: int) -> str:
    """Return a duration in the unit that people read best."""
    if ns < 1_000_000:
        return f"{ns / 1_000:.0f} us"
    if ns < 1_000_000_000:
        return f"{ns / 1_000_000:.3g} ms" if ns < 100_000_000 else f"{ns / 1_000_000:.0f} ms"
    return f"{ns / 1_000_000_000:.3g} s" if ns < 100_000_000_000 else f"{ns / 1_000_000_000:.0f} s"
