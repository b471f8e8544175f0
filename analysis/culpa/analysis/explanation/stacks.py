"""The stack trace of what a request failed of."""

from collections.abc import Mapping
from typing import Any

from culpa.analysis.explanation.asking import Ask
from culpa.store import python_rows

_TRACE_DIGITS = 32


def stack_of(ask: Ask, verdict: Mapping[str, Any]) -> str:
    """Return the stack trace of the exception that a verdict names, else another of its request; '' without any.

    One exception is recorded by each span that it passes: the longest trace shows the most of its way.
    """
    joined: list[str] = verdict["joined"] or []
    trace_ids = [verdict["trace_id"], *(text[:_TRACE_DIGITS] for text in joined)]
    rows = [row for row in python_rows(ask("trace_stacks", trace_ids=trace_ids)) if row["stacktrace"]]
    named = [row for row in rows if verdict["exception_type"] in (row["type"], row["origin_type"])]
    return max((str(row["stacktrace"]) for row in named or rows), key=len, default="")
