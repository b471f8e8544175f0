"""A problem and a request as Markdown, as far as only the page has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from culpa.analysis.report import markdown
from culpa.web.request import Shown


def request_markdown(drawn: Shown) -> str:
    """Return a request for a ticket."""
    sentence = drawn.failure.sentence if drawn.failure else f"No request of trace {drawn.trace_id} failed"
    stack = drawn.stacks[0].text if drawn.stacks else ""
    return markdown.request_markdown(sentence, drawn.failure, [_tree_row(row) for row in drawn.rows], stack)


def _tree_row(row: Mapping[str, Any]) -> str:
    mark = {"cause": "  <== failed here", "carrier": "  (handed it on)"}.get(row["role"], "")
    return f"{'  ' * row['depth']}{row['service']}  {row['name']}  {row['status']}  {row['took']}{mark}".rstrip()


def problem_markdown(row: Mapping[str, Any], drawn: Shown, examples: Sequence[Mapping[str, Any]]) -> str:
    """Return a problem for a ticket: what it is, how often, and the request that shows it best."""
    return f"{request_markdown(drawn)}\n{markdown.how_often(row, examples)}"
