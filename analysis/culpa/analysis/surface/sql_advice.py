"""What DuckDB's errors mean for who asked, and what to do."""

from typing import Final

#: Only where somebody looks at the page.
_BESIDE: Final = "{} listed beside"
#: What DuckDB says, in part, and what to do about it.
_ADVICE: Final = (
    (
        "Cannot compare values of type TIMESTAMP",
        "times here are UTC without a zone: write `ended_at > ago('1 hour')`",
    ),
    ("must appear in the GROUP BY", "add the column to `group by`, or write `group by all`"),
    ("does not have a column", _BESIDE.format("its columns are")),
    ("Referenced column", _BESIDE.format("the columns are") + "; text stands in single quotes"),
    ("Table with name", _BESIDE.format("the relations are")),
    ("syntax error", "it ends or goes on where SQL does not expect it"),
    ("was stopped after", "narrow it, for instance by time or with `limit`"),
    ("more than", "add `limit 1000`"),
    ("only SELECT", "questions change nothing here"),
)


def advice(message: str) -> tuple[str, str]:
    """Return what went wrong in short, and what to do about it, '' where nobody knows."""
    first = message.partition("\n")[0]
    for begin in ("the query failed: ", "cannot parse the query: "):
        first = first.removeprefix(begin)
    return first, next((said for part, said in _ADVICE if part in message), "")


def advised(message: str) -> str:
    """Return the message of a failed query with what to do about it, for a terminal, which has no list beside."""
    said = advice(message)[1]
    is_of_use = said and _BESIDE.format("") not in said and said.partition(",")[0] not in message
    return f"{message.removesuffix('.')}; {said}" if is_of_use else message
