"""An explanation as text: the sentence, the tree, the evidence, what to do, what was not seen."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from culpa.analysis.explanation.sentence import certainty, not_named, percent
from culpa.analysis.explanation.tree import duration
from culpa.analysis.plain import flowing
from culpa.analysis.report.branches import branches
from culpa.analysis.report.said import said_once
from culpa.knowledge import causes

if TYPE_CHECKING:
    from culpa.analysis.explanation.explain import Explanation, Failure
    from culpa.analysis.explanation.tree import Node

#: Width of text that is not printed on a terminal, in columns.
TEXT_WIDTH = 110
#: What somebody needs first; the whole runbook is in the data.
_SECTIONS_SHOWN = ("Confirm", "Fix")


def explained_text(explanation: "Explanation", width: int = TEXT_WIDTH, *, whole_tree: bool = False) -> str:
    """Return the explanation as plain text."""
    # In a notebook rich would show what it is asked to render, beside returning it.
    console = Console(file=StringIO(), width=width, color_system=None, force_jupyter=False)
    with console.capture() as capture:
        print_explained(console, explanation, whole_tree=whole_tree)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def print_explained(console: Console, explanation: "Explanation", *, whole_tree: bool = False) -> None:
    """Print the explanation of each failed request of a trace, or the trace alone."""
    failures = explanation.failures
    if not failures:
        console.print(Text(flowing(explanation.sentence), "bold"))
        for part in _tree(explanation.tree, whole_tree):
            console.print(part)
    for number, failure in enumerate(failures, start=1):
        if len(failures) > 1:
            console.print(Text(f"Failed request {number} of {len(failures)}", "bold underline"))
        for part in _parts(failure, whole_tree):
            console.print(part)


def _parts(failure: "Failure", whole_tree: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(flowing(failure.sentence), "bold"), _facts(failure), Text("")]
    parts += [_heading(f"The {failure.record['kind']}"), *_tree(failure.tree, whole_tree), *_twin(failure), Text("")]
    parts += _different(failure)
    parts += [_heading("Evidence"), _evidence(failure.record["evidence"]), *_similar(failure), Text("")]
    parts += _runbook(failure)
    if failure.missing:
        parts += [_heading("What was not seen")]
        parts += [Padding(Text(f"- {flowing(text)}"), (0, 0, 0, 2)) for text in failure.missing]
        parts += [Text("")]
    return parts


def _heading(text: str) -> Text:
    return Text(text, "bold cyan")


def _facts(failure: "Failure") -> Table:
    record = failure.record
    cause = record["cause"]
    meaning = f": {causes()[cause].meaning}" if cause in causes() else ""
    # A logger's error has a message and no type.
    exception = ": ".join(part for part in (record["exception_type"], record["exception_message"]) if part)
    facts = {
        "verdict": f"{certainty(record['confidence'])}, {cause}{meaning}",
        "component": _component(record),
        "object": record["object"],
        "exception": exception,
        "place": record["location"],
        "when": record["ended_at"] + ("" if record["settled"] else " (not settled yet: spans may still arrive)"),
        "trace": f"{record['trace_id']}, request {record['request_span_id']}",
        "problem": record["fingerprint"] + occurrence(failure.contrast.problem),
        "changed": record["change"] + (f" ({failure.contrast.changed})" if failure.contrast.changed else ""),
        "runner-up": record["runner_up"],
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, Text(flowing(value)))
    return table


def occurrence(problem: Mapping[str, Any] | None) -> str:
    """Return how often a problem happens, to stand behind its name: `: 3 requests, 8 % of its traffic, …`."""
    if problem is None:
        return ""
    requests, share = problem["requests"], problem["share"] or 0.0
    words = [
        "1 failed request" if requests == 1 else f"{requests:,} failed requests",
        f"{percent(share)} of its traffic",
    ]
    # Of fewer than five requests nobody can tell which it is, unless some went well.
    if problem["persistent"] or share < 0.9:
        words.append("persistent" if problem["persistent"] else "intermittent")
    return f": {', '.join([*words, problem['state']])}"


def twin_text(failure: "Failure") -> str:
    """Return where the request first differs from a healthy one, '' where there is none."""
    twin = failure.contrast.twin
    if twin is None:
        return ""
    other = f"{failure.contrast.place} {twin.trace_id[:16]}…, {duration(twin.apart_ns)} apart"
    return f"first difference from a healthy request ({other}): {twin.text}"


def _twin(failure: "Failure") -> list[RenderableType]:
    text = twin_text(failure)
    return [Padding(Text(flowing(text), "yellow"), (0, 0, 0, 2))] if text else []


def _different(failure: "Failure") -> list[RenderableType]:
    if not failure.contrast.differences:
        return []
    lines = [Padding(Text(f"- {flowing(one.text)}"), (0, 0, 0, 2)) for one in failure.contrast.differences]
    return [_heading("What the failing requests have in common"), *lines, Text("")]


def similar_text(failure: "Failure") -> str:
    """Return what similar failures were, '' where this one is understood or nobody knows."""
    record, similar = failure.record, failure.contrast.similar
    place = f"{record['method']} {record['route'] or record['path']}".strip()
    return similar.text(record["status"], place) if similar else ""


def _similar(failure: "Failure") -> list[RenderableType]:
    text = similar_text(failure)
    return [Padding(Text(f"similar failures: {flowing(text)}", "yellow"), (0, 0, 0, 2))] if text else []


def _component(record: Mapping[str, Any]) -> str:
    return f"{record['component']} ({record['layer']})" if record["component"] else not_named(record["layer"])


def _tree(tree: "Sequence[Node]", whole_tree: bool) -> list[RenderableType]:
    out: list[RenderableType] = []
    for branch in branches(tree, whole=whole_tree):
        out.append(_hung(branch.guide, branch.line))
        out.extend(_hung(branch.below_guide, line) for line in branch.below)
    return out or [Text("  (no span and no access-log line of it arrived)", "dim")]


def _hung(guide: str, line: Text) -> Table:
    """Set a line behind its guide, so that what does not fit goes on below its own beginning."""
    table = Table.grid()
    table.add_column(no_wrap=True, width=len(guide) + 2)
    table.add_column(overflow="fold")
    table.add_row(Text(f"  {guide}", "dim"), line)
    return table


def _evidence(evidence: "list[dict[str, Any]]") -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for said in said_once(evidence):
        text = Text(said.statement)
        text.append(f"  {said.rule}, {', '.join(said.sources)}", "dim")
        table.add_row(Text(f"  {said.marks}"), f"{said.weight:+.2f}", text)
    if not evidence:
        table.add_row("", "", Text("none", "dim"))
    return table


def _runbook(failure: "Failure") -> list[RenderableType]:
    book = failure.book
    if book is None:
        return []
    # It imports Pygments: a fifth of a second that the page, which imports this file, has no use for.
    from rich.markdown import Markdown

    parts: list[RenderableType] = [_heading(f"What to do: {book.title}")]
    for name in _SECTIONS_SHOWN:
        parts += [
            Padding(Text(name, "bold"), (0, 0, 0, 2)),
            Padding(Markdown(book.sections[name]), (0, 0, 0, 2)),
        ]
    return [*parts, Text("")]
