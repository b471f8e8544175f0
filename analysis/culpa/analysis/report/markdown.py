"""A failed request as Markdown, to paste into a ticket. Text from telemetry stands in code."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from culpa.analysis.explanation.sentence import certainty
from culpa.analysis.plain import flowing, visible
from culpa.analysis.report.branches import branches
from culpa.analysis.report.explained import occurrence
from culpa.analysis.report.said import said_once
from culpa.knowledge import REQUEST

if TYPE_CHECKING:
    from culpa.analysis.explanation.explain import Failure
    from culpa.analysis.explanation.tree import Node

_TREE_LINES = 40
_STACK_LINES = 60
_CODE_CHARS = 500
_ROUTES = 10
_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def code(text: object) -> str:
    """Return text as a piece of code, whatever stands in it."""
    seen = flowing(str(text))[:_CODE_CHARS]
    fence = "`" * (_longest_run(seen) + 1)
    pad = " " if seen.startswith("`") or seen.endswith("`") else ""
    return f"{fence}{pad}{seen}{pad}{fence}" if seen else ""


def _longest_run(text: str) -> int:
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def _fenced(lines: Sequence[str]) -> list[str]:
    fence = "`" * max(3, 1 + max((_longest_run(line) for line in lines), default=0))
    return [fence, *lines, fence]


def tree_lines(tree: "Sequence[Node]", *, whole: bool = False) -> list[str]:
    """Return the drawing of a tree, line by line."""
    out: list[str] = []
    for branch in branches(tree, whole=whole):
        out.append(branch.guide + branch.line.plain)
        out += [branch.below_guide + text.plain for text in branch.below]
    return out


def request_markdown(sentence: str, failure: "Failure | None", tree: Sequence[str], stack: str = "") -> str:
    """Return a request for a ticket: its sentence, its tree as lines, and the stack trace of what it failed of."""
    out = [f"# {_heading(sentence)}", ""]
    if failure is not None:
        out += [*_facts(failure), ""]
    kind = REQUEST if failure is None else failure.record["kind"]
    out += [f"## The {kind}", "", *_fenced(tree[:_TREE_LINES])]
    if len(tree) > _TREE_LINES:
        out.append(f"and {len(tree) - _TREE_LINES} more rows")
    if failure is not None:
        out += ["", "## Evidence", ""]
        out += [
            f"- {said.marks} {code(said.statement)} ({code(said.rule)}, {said.weight:+.2f})"
            for said in said_once(failure.evidence)
        ]
        if failure.missing:
            out += ["", "## What was not seen", "", *(f"- {code(text)}" for text in failure.missing)]
    if stack:
        out += [
            "",
            "## Exception",
            "",
            *_fenced([visible(line) for line in stack.strip().splitlines()[-_STACK_LINES:]]),
        ]
    out += _runbook(failure)
    return "\n".join(out) + "\n"


def how_often(problem: Mapping[str, Any], examples: Sequence[Mapping[str, Any]]) -> str:
    """Return how often a problem was seen, where, and requests that show it, to stand below one of them.

    `problem` is a row of sql/one_problem.sql, `examples` are those of sql/problem_examples.sql; times are texts.
    """
    times = f"since {code(problem['first_seen'])}, last {code(problem['last_seen'])}"
    requests = "1 failed request" if problem["requests"] == 1 else f"{problem['requests']:,} failed requests"
    out = ["## How often", "", f"- {requests} {times}, {code(problem['state'])}"]
    out += [f"- route {code(route)}" for route in problem["routes"][:_ROUTES]]
    out += [f"- {one['way']}: trace {code(one['trace_id'])}" for one in examples]
    return "\n".join(out) + "\n"


def _runbook(failure: "Failure | None") -> list[str]:
    book = failure.book if failure else None
    return [] if book is None else ["", f"## What to do: {book.title}", "", book.sections["Fix"]]


def _heading(sentence: str) -> str:
    # Nothing in a name makes a heading a link, a picture or HTML, or calls somebody: trackers make links of bare
    # addresses, and messages to people of @names.
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|!~&@:" else letter for letter in flowing(sentence))
    return _WWW.sub(r"\1\\.", escaped)


def _facts(failure: "Failure") -> list[str]:
    verdict: Mapping[str, Any] = failure.record
    exception = ": ".join(part for part in (verdict["exception_type"], verdict["exception_message"]) if part)
    facts = {
        "verdict": f"{code(verdict['cause'])}, {certainty(verdict['confidence'])}",
        "component": code(verdict["component"]),
        "object": code(verdict["object"]),
        "exception": code(exception),
        "place": code(verdict["location"]),
        "when": code(verdict["ended_at"]),
        "after": code(verdict["change"]),
        "runner-up": code(verdict["runner_up"]),
        "trace": code(verdict["trace_id"]),
        "problem": code(verdict["fingerprint"]) + occurrence(failure.contrast.problem),
    }
    return [f"- **{name}**: {text}" for name, text in facts.items() if text]
