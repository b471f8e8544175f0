"""An explanation as HTML for a notebook. Every text from telemetry is escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from culpa.analysis.explanation.sentence import certainty
from culpa.analysis.plain import flowing
from culpa.analysis.report.branches import branches
from culpa.analysis.report.explained import occurrence, similar_text, twin_text
from culpa.analysis.report.said import said_once
from culpa.knowledge import causes

if TYPE_CHECKING:
    from culpa.analysis.explanation.explain import Explanation, Failure
    from culpa.analysis.explanation.tree import Node

_FACTS = (
    "component",
    "cause",
    "object",
    "location",
    "exception_type",
    "exception_message",
    "ended_at",
    "service",
)
_MORE_FACTS = ("trace_id", "fingerprint", "change", "runner_up")
#: Jupyter gives tables, headings and lists room of its own, marimo does not.
_ROOM = "padding:.2em 1.2em .2em 0"


def explained_html(explanation: "Explanation") -> str:
    """Return one block of HTML per failed request, or the tree of the trace alone."""
    blocks = [_failure(failure) for failure in explanation.failures]
    blocks = blocks or [f"<p>{_safe(explanation.sentence)}</p>{_tree(explanation.tree)}"]
    return "<div class='culpa-explanation'>" + "<hr>".join(blocks) + "</div>"


def _failure(failure: "Failure") -> str:
    record = failure.record
    cause = causes().get(record["cause"])
    meaning = f": {cause.meaning}" if cause else ""
    return "".join(
        (
            f"<p style='font-size:1.15em;font-weight:600'>{_safe(failure.sentence)}</p>",
            f"<p>{_safe(certainty(record['confidence']))}, <code>{_safe(record['cause'])}</code>{_safe(meaning)}</p>",
            _facts(record),
            _heading(f"The {record['kind']}"),
            _tree(failure.tree),
            _contrast(failure),
            _heading("Evidence"),
            _evidence(record["evidence"]),
            _missing(failure.missing),
            _runbook(failure.runbook),
        )
    )


def _facts(record: Mapping[str, Any]) -> str:
    rows = (
        f"<tr><td style='text-align:left;opacity:.7;{_ROOM}'>{_safe(name.replace('_', ' '))}</td>"
        f"<td style='text-align:left;{_ROOM}'>{_safe(str(record[name]))}</td></tr>"
        for name in (*_FACTS, *_MORE_FACTS)
        if record[name]
    )
    return f"<table>{''.join(rows)}</table>"


def _tree(tree: "Sequence[Node]") -> str:
    lines: list[str] = []
    for branch in branches(tree):
        line = escape(branch.guide + branch.line.plain)
        is_here = branch.line.plain.endswith("failed here")
        lines.append(f"<b style='color:#c62828'>{line}</b>" if is_here else line)
        lines.extend(escape(branch.below_guide + text.plain) for text in branch.below)
    drawn = "\n".join(lines) or "no span and no access-log line of it arrived"
    return f"<pre style='line-height:1.35'>{drawn}</pre>"


def _contrast(failure: "Failure") -> str:
    apart = failure.contrast
    lines = [f"problem {failure.record['fingerprint']}{occurrence(apart.problem)}" if apart.problem else ""]
    lines += [apart.changed, twin_text(failure), similar_text(failure), *(one.text for one in apart.differences)]
    items = "".join(f"<li>{_safe(line)}</li>" for line in lines if line)
    return _heading("What sets it apart") + _list(items) if items else ""


def _evidence(evidence: Sequence[Mapping[str, Any]]) -> str:
    rows = (
        f"<tr><td style='{_ROOM}'>{said.marks}</td><td style='text-align:right;{_ROOM}'>{said.weight:+.2f}</td>"
        f"<td style='text-align:left;{_ROOM}'>{escape(said.statement)}</td>"
        f"<td style='text-align:left;opacity:.7;{_ROOM}'>{escape(', '.join((said.rule, *said.sources)))}</td></tr>"
        for said in said_once(evidence)
    )
    return f"<table>{''.join(rows)}</table>"


def _missing(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    items = "".join(f"<li>{_safe(text)}</li>" for text in missing)
    return _heading("What was not seen") + _list(items)


def _runbook(text: str) -> str:
    if not text:
        return ""
    body = f"<pre style='white-space:pre-wrap'>{escape(text)}</pre>"
    return f"<details><summary>What to do</summary>{body}</details>"


def _heading(text: str) -> str:
    return f"<h4 style='font-weight:600;margin:1em 0 .3em'>{text}</h4>"


def _list(items: str) -> str:
    return f"<ul style='list-style:disc;padding-left:1.5em'>{items}</ul>"


def _safe(text: str) -> str:
    return escape(flowing(text))
