"""What the demo shows at its end: a table, the counts, and the same as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from culpa.demo.judgement import Judged
from culpa.instrumentation.plain import visible

#: A narrower terminal gets this width and wraps by itself (characters).
MIN_WIDTH = 120
#: Widths of mark, label, status, request and cause; the component gets what is left before "sure".
_WIDTHS = (1, 5, 6, 36, 25)
_SURE_WIDTH = 4


def print_report(console: Console, judged: Sequence[Judged]) -> None:
    """Print every failed request, and every other one that got a verdict it should not have."""
    table = Table(title="Failed requests: what culpa said, the truth, and what culpa saw", expand=True)
    table.add_column(_line("", "", "status", "request, what really happens", "cause", "component", "sure"))
    for one in judged:
        if one.sent.truth.cause or one.verdict is not None or not one.is_right:
            table.add_row(_block(one))
    console.print(table)
    failed = [one for one in judged if one.sent.truth.cause]
    right = sum(one.is_right for one in failed)
    causes = {one.sent.truth.cause for one in failed}
    layers = {one.sent.truth.layer for one in failed}
    rest = [one for one in judged if not one.sent.truth.cause]
    quiet = sum(one.is_right for one in rest)
    console.print(
        f"[bold]{right} of {len(failed)}[/] failed requests are explained rightly:"
        f" {len(causes)} causes over {len(layers)} layers ({', '.join(sorted(layers))})."
    )
    console.print(f"[bold]{quiet} of {len(rest)}[/] requests that were no failure have no verdict.")


def as_json(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the report as data; `requests` holds every request that was sent."""
    return {"is_right": all(one.is_right for one in judged), "requests": [_entry(one) for one in judged]}


def _block(one: Judged) -> Group:
    """Three lines: what culpa said, the truth, and the strongest evidence in one line."""
    sent, verdict = one.sent, one.verdict
    mark = "[green]✓[/]" if one.is_right else "[red]✗[/]"
    request = f"{sent.call.method} {escape(sent.call.path)}"
    cause, component, sure, saw = "[red]no verdict[/]", "", "", ""
    if verdict is not None:
        cause, component = f"[bold]{escape(visible(verdict['cause']))}[/]", escape(visible(verdict["component"]))
        sure, saw = f"{verdict['confidence']:.2f}", escape(_strongest(verdict))
    truth = [_truth(one), escape(sent.truth.component)]
    return Group(
        _line(mark, "said", str(sent.status or "left"), request, cause, component, sure),
        _line("", "truth", "", escape(sent.call.story), *truth, "", style="" if one.is_right else "red"),
        _saw(saw),
    )


def _line(*cells: str, style: str = "") -> Table:
    grid = _grid(*_WIDTHS, None, _SURE_WIDTH)
    grid.add_row(*cells, style=style)
    return grid


def _saw(statement: str) -> Table:
    grid = _grid(*_WIDTHS[:2], None)
    grid.add_row("", "saw", statement, style="dim")
    return grid


def _grid(*widths: int | None) -> Table:
    """Return a grid whose cells are cut, not wrapped; the column of width None gets what the others leave."""
    grid = Table.grid(padding=(0, 1), expand=True)
    for width in widths:
        ratio = 1 if width is None else None
        grid.add_column(no_wrap=True, overflow="ellipsis", min_width=width, max_width=width, ratio=ratio)
    return grid


def _truth(one: Judged) -> str:
    if one.sent.is_as_planned:
        return one.sent.truth.cause or "no failure"
    return "the fault did not show" if one.sent.truth.cause else "should have worked"


def _strongest(verdict: Mapping[str, Any]) -> str:
    evidence: list[dict[str, Any]] = verdict["evidence"] or []
    return visible(" ".join(str(evidence[0]["statement"]).split())) if evidence else ""


def _entry(one: Judged) -> dict[str, Any]:
    sent = one.sent
    return {
        "trace_id": sent.trace_id,
        "method": sent.call.method,
        "path": sent.call.path,
        "status": sent.status,
        "story": sent.call.story,
        "truth": {"layer": sent.truth.layer, "cause": sent.truth.cause, "component": sent.truth.component},
        "verdict": one.verdict,
        "is_right": one.is_right,
    }
