"""A failed request beside a healthy one, row by row. Pure."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

#: Larger requests are compared so far: more rows side by side are not read.
_MAX_ROWS: Final = 400
_DIGITS: Final = re.compile(r"\d+")

Row = Mapping[str, Any]


def compare(ours: Sequence[Row], theirs: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    """Return pairs of rows in reading order; what only one of them has stands alone."""
    ours, theirs = ours[:_MAX_ROWS], theirs[:_MAX_ROWS]
    matcher = SequenceMatcher(None, [_key(row) for row in ours], [_key(row) for row in theirs], autojunk=False)
    out: list[tuple[Row | None, Row | None]] = []
    for tag, our_from, our_to, their_from, their_to in matcher.get_opcodes():
        if tag == "equal":
            out.extend(zip(ours[our_from:our_to], theirs[their_from:their_to], strict=True))
        else:
            out.extend((row, None) for row in ours[our_from:our_to])
            out.extend((None, row) for row in theirs[their_from:their_to])
    return out


def _key(row: Row) -> tuple[str, str, str]:
    return row["kind"], row["service"], _DIGITS.sub("#", row["name"])
