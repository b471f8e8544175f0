"""An explanation as text: the sentence, the tree, the evidence, what to do, what was not seen."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from culpa.analysis.advice import read_runbook, runbook_keys
from culpa.analysis.causes import CAUSES
from culpa.analysis.plain import visible
from culpa.analysis.report.branches import branches
from culpa.analysis.sentence import certainty, not_named

if TYPE_CHECKING:
    from culpa.analysis.explanation import Failure

#: Width of text that is not printed on a terminal, in columns.
TEXT_WIDTH = 110
#: What somebody needs first; the whole runbook is in the data.
_SECTIONS_SHOWN = ("Confirm", "Fix")


def explained_text(
    failures: "Sequence[Failure]", width: int = TEXT_WIDTH, *, whole_tree: bool = False
) -> str:
    """Return the explanation as plain text."""
    # In a notebook rich would show what it is asked to render, beside returning it.
    console = Console(file=StringIO(), width=width, color_system=None, force_jupyter=False)
    with console.capture() as capture:
        print_explained(console, failures, whole_tree=whole_tree)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def print_explained(console: Console, failures: "Sequence[Failure]", *, whole_tree: bool = False) -> None:
    """Print the explanation of each failed request of a trace."""
    for number, failure in enumerate(failures, start=1):
        if len(failures) > 1:
            console.print(Text(f"Failed request {number} of {len(failures)}", "bold underline"))
        for part in _parts(failure, whole_tree):
            console.print(part)


def _parts(failure: "Failure", whole_tree: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(visible(failure.sentence), "bold"), _facts(failure.record), Text("")]
    parts += [_heading("The request"), *_tree(failure, whole_tree), Text("")]
    parts += [_heading("Evidence"), _evidence(failure.record["evidence"]), Text("")]
    parts += _advice(str(failure.record["runbook"]))
    if failure.missing:
        parts += [_heading("What was not seen")]
        parts += [Padding(Text(f"- {visible(text)}"), (0, 0, 0, 2)) for text in failure.missing]
        parts += [Text("")]
    return parts


def _heading(text: str) -> Text:
    return Text(text, "bold cyan")


def _facts(record: Mapping[str, Any]) -> Table:
    cause = record["cause"]
    meaning = f": {CAUSES[cause].meaning}" if cause in CAUSES else ""
    exception = (
        f"{record['exception_type']}: {record['exception_message']}" if record["exception_type"] else ""
    )
    facts = {
        "verdict": f"{certainty(record['confidence'])}, {cause}{meaning}",
        "component": _component(record),
        "object": record["object"],
        "exception": exception,
        "place": record["location"],
        "when": record["ended_at"]
        + ("" if record["settled"] else " (not settled yet: spans may still arrive)"),
        "trace": f"{record['trace_id']}, request {record['request_span_id']}",
        "problem": record["fingerprint"],
        "changed": record["change"],
        "runner-up": record["runner_up"],
    }
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, Text(visible(value)))
    return table


def _component(record: Mapping[str, Any]) -> str:
    return f"{record['component']} ({record['layer']})" if record["component"] else not_named(record["layer"])


def _tree(failure: "Failure", whole_tree: bool) -> list[RenderableType]:
    out: list[RenderableType] = []
    for branch in branches(failure.tree, whole=whole_tree):
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
    for number, row in enumerate(evidence, start=1):
        said = Text(visible(row["statement"]))
        said.append(f"  {visible(row['rule'])}, {visible(row['source'])}", "dim")
        table.add_row(Text(f"  [{number}]"), f"{row['weight']:+.2f}", said)
    if not evidence:
        table.add_row("", "", Text("none", "dim"))
    return table


def _advice(key: str) -> list[RenderableType]:
    if key not in runbook_keys():
        return []
    book = read_runbook(key)
    parts: list[RenderableType] = [_heading(f"What to do: {book.title}")]
    for name in _SECTIONS_SHOWN:
        parts += [
            Padding(Text(name, "bold"), (0, 0, 0, 2)),
            Padding(Markdown(book.sections[name]), (0, 0, 0, 2)),
        ]
    return [*parts, Text("")]
