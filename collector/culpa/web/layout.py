"""Lay a map out: callers left, callees right, in columns. Pure; bounded, and safe from circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

NODE_WIDTH: Final = 220
NODE_HEIGHT: Final = 46
_GAP_X: Final = 110
_GAP_Y: Final = 22
_MAX_NODES: Final = 24
_MAX_COLUMNS: Final = 6
_NAME_CHARS: Final = 24

Row = Mapping[str, Any]


@dataclass
class Node:
    """A component on the map. `blamed` are the failed requests that are laid to it."""

    name: str
    kind: str
    column: int = 0
    x: int = 0
    y: int = 0
    blamed: int = 0

    @property
    def label(self) -> str:
        """Return its name, its end kept where it is long: hosts and databases differ there."""
        return self.name if len(self.name) <= _NAME_CHARS else f"{self.name[:10]}…{self.name[-(_NAME_CHARS - 11) :]}"


@dataclass
class Edge:
    """Calls from one component to another; `path` are an SVG path's commands."""

    caller: str
    callee: str
    calls: int
    failed: int
    blamed: int = 0
    path: str = ""
    x: int = 0
    y: int = 0
    is_labelled: bool = True


@dataclass
class Drawing:
    """The map. Units: those of its view box."""

    nodes: list[Node] = field(default_factory=list[Node])
    edges: list[Edge] = field(default_factory=list[Edge])
    width: int = 0
    height: int = 0
    left_out: int = 0


def lay_out(calls: Sequence[Row], blame: Sequence[Row]) -> Drawing:
    """Return the map of these calls. Shape: rows of sql/map_calls.sql and sql/map_blame.sql."""
    kinds: dict[str, str] = {}
    for row in calls:
        kinds.setdefault(row["caller"], "service")
        kinds.setdefault(row["callee"], row["kind"])
    for row in blame:
        kinds.setdefault(row["component"], row["layer"])
        kinds.setdefault(row["service"], "service")
    blamed: dict[str, int] = {}
    for row in blame:
        blamed[row["component"]] = blamed.get(row["component"], 0) + row["requests"]
    # Who is blamed most, and who calls most, is on the map.
    weight = {name: blamed.get(name, 0) * 1_000_000 for name in kinds}
    for row in calls:
        weight[row["caller"]] += row["calls"]
        weight[row["callee"]] += row["calls"]
    names = sorted(kinds, key=lambda name: (-weight[name], name))[:_MAX_NODES]
    nodes = {name: Node(name, kinds[name], blamed=blamed.get(name, 0)) for name in names}
    edges = _edges(calls, blame, nodes)
    _columns(nodes, edges)
    drawing = Drawing(list(nodes.values()), edges, left_out=len(kinds) - len(nodes))
    _place(drawing)
    return drawing


def _edges(calls: Sequence[Row], blame: Sequence[Row], nodes: Mapping[str, Node]) -> list[Edge]:
    found = {
        (row["caller"], row["callee"]): Edge(row["caller"], row["callee"], row["calls"], row["failed"])
        for row in calls
        if row["caller"] in nodes and row["callee"] in nodes
    }
    for row in blame:
        key = (row["service"], row["component"])
        if key in found:
            found[key].blamed = row["requests"]
        elif key[0] in nodes and key[1] in nodes and key[0] != key[1] and not _reaches(found, *key):
            found[key] = Edge(*key, 0, 0, row["requests"])
    return list(found.values())


def _reaches(edges: Mapping[tuple[str, str], Edge], start: str, goal: str) -> bool:
    """Say whether calls lead from one to the other, over some that stand between them."""
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        for caller, callee in edges:
            if caller == at and callee not in seen:
                if callee == goal:
                    return True
                seen.add(callee)
                waiting.append(callee)
    return False


def _columns(nodes: Mapping[str, Node], edges: Sequence[Edge]) -> None:
    """Put every callee right of its callers; a circle ends at the last column."""
    for _ in range(_MAX_COLUMNS):
        moved = False
        for edge in edges:
            wanted = min(nodes[edge.caller].column + 1, _MAX_COLUMNS - 1)
            if nodes[edge.callee].column < wanted:
                nodes[edge.callee].column = wanted
                moved = True
        if not moved:
            return


def _place(drawing: Drawing) -> None:
    columns: dict[int, list[Node]] = {}
    for node in drawing.nodes:
        columns.setdefault(node.column, []).append(node)
    by_name = {node.name: node for node in drawing.nodes}
    callers: dict[str, list[str]] = {}
    for edge in drawing.edges:
        callers.setdefault(edge.callee, []).append(edge.caller)
    tallest = max((len(column) for column in columns.values()), default=0)
    drawing.height = tallest * (NODE_HEIGHT + _GAP_Y) + 20
    for number, column in enumerate(sorted(columns)):
        ordered = sorted(columns[column], key=lambda node: _middle(node, callers, by_name))
        top = (drawing.height - len(ordered) * (NODE_HEIGHT + _GAP_Y) + _GAP_Y) // 2
        for at, node in enumerate(ordered):
            node.x, node.y = 10 + number * (NODE_WIDTH + _GAP_X), top + at * (NODE_HEIGHT + _GAP_Y)
    drawing.width = len(columns) * (NODE_WIDTH + _GAP_X) - _GAP_X + 20
    for edge in drawing.edges:
        # Where several end, their figures would lie upon each other: the table has them.
        edge.is_labelled = len(callers[edge.callee]) == 1
        _draw(edge, by_name[edge.caller], by_name[edge.callee])


def _middle(node: Node, callers: Mapping[str, list[str]], by_name: Mapping[str, Node]) -> tuple[float, int, str]:
    above = [by_name[name].y for name in callers.get(node.name, []) if by_name[name].column < node.column]
    return (sum(above) / len(above) if above else 0.0), -node.blamed, node.name


def _draw(edge: Edge, caller: Node, callee: Node) -> None:
    x1, y1 = caller.x + NODE_WIDTH, caller.y + NODE_HEIGHT // 2
    x2, y2 = callee.x, callee.y + NODE_HEIGHT // 2
    if callee.column <= caller.column:
        # Back, in a circle: below both.
        low = max(y1, y2) + NODE_HEIGHT
        begin = f"{caller.x + NODE_WIDTH // 2} {caller.y + NODE_HEIGHT}"
        edge.path = f"M{begin} C{x1} {low} {x2} {low} {callee.x + NODE_WIDTH // 2} {callee.y + NODE_HEIGHT}"
        edge.x, edge.y = (x1 + x2) // 2, low
        return
    bend = (x2 - x1) // 2
    edge.path = f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 2} {y2}"
    edge.x, edge.y = x2 - 12, y2 - 6
