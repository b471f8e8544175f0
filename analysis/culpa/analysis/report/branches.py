"""Draw a request's tree; in a large one only what leads to trouble, with a count of what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from culpa.analysis.explanation.tree import Node, duration, in_order
from culpa.analysis.plain import flowing, shortened

#: A tree up to this size is drawn whole; seven errors among two thousand spans nobody finds by scrolling.
WHOLE_NODES = 40
#: Deeper trees would leave no room for the text.
_INDENTED_DEPTH = 24
#: Longer texts are cut; `--json` and the notebook's data have them whole.
_TEXT_CHARS = 300


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the drawing: what stands before it, the line, and what stands below it."""

    guide: str
    line: Text
    below_guide: str
    below: list[Text]


def branches(roots: Sequence[Node], *, whole: bool = False) -> list[Branch]:
    """Return the drawing line by line."""
    kept = None if whole else _kept(roots)
    out: list[Branch] = []
    waiting = [("", "", root) for root in reversed(_shown(roots, kept)[0])]
    while waiting:
        guide, below_guide, node = waiting.pop()
        children, left_out = _shown(node.children, kept)
        below = _below(node)
        if left_out:
            below.append(Text(f"({left_out} {'span' if left_out == 1 else 'spans'} without trouble left out)", "dim"))
        out.append(Branch(guide, _line(node), below_guide + ("│  " if children else "   "), below))
        indent = below_guide if len(below_guide) >= 3 * _INDENTED_DEPTH else None
        for child in reversed(children):
            is_last = child is children[-1]
            waiting.append(
                (
                    below_guide + ("└─ " if is_last else "├─ "),
                    indent or below_guide + ("   " if is_last else "│  "),
                    child,
                )
            )
    return out


def _shown(nodes: Sequence[Node], kept: set[int] | None) -> tuple[list[Node], int]:
    """Return which of the nodes are drawn, and how many are not, with all below them."""
    if kept is None:
        return list(nodes), 0
    shown = [node for node in nodes if id(node) in kept]
    left_out = sum(1 for node in nodes if id(node) not in kept for _ in in_order([node]))
    return shown, left_out


def _kept(roots: Sequence[Node]) -> set[int] | None:
    """Return the nodes to draw: trouble, and what leads to it; None for all."""
    everything = list(in_order(roots))
    if len(everything) <= WHOLE_NODES:
        return None
    kept = {id(root) for root in roots[:WHOLE_NODES]}
    path: list[Node] = []
    for depth, node in everything:
        path[depth:] = [node]
        if node.has_failed or node.exceptions or node.evidence or node.is_here:
            kept.update(id(step) for step in path)
    return kept


def _line(node: Node) -> Text:
    style = "bold red" if node.is_here else ("red" if node.has_failed else "")
    line = Text(_short(node.service) or "(unknown service)", style="bold")
    line.append(f"  {_short(node.name)}", style)
    if node.status:
        line.append(f"  {flowing(str(node.status))}", "red" if node.has_failed else "")
    line.append(f"  {duration(node.duration_ns)}", "dim")
    if node.is_access:
        line.append("  log" if node.is_told else "  access log", "dim")
    if node.evidence:
        line.append("  " + "".join(f"[{number}]" for number in node.evidence), "cyan")
    if node.is_here:
        line.append("  <== failed here", "bold red")
    return line


def _below(node: Node) -> list[Text]:
    exceptions = [Text(f"! {_short(text)}", "red") for text in node.exceptions]
    return exceptions + [Text(f"({_short(note)})", "dim") for note in node.notes]


def _short(text: str) -> str:
    return shortened(flowing(text), _TEXT_CHARS)
