"""A problem as tools of continuous integration take it: a title, a message, and the place in the code. Pure."""

from collections.abc import Mapping
from typing import Any

from culpa.analysis.explanation.sentence import not_named
from culpa.analysis.plain import flowing, shortened, visible

Row = Mapping[str, Any]
_MOST_CHARS = 1_000


def title_of(row: Row) -> str:
    """Return `database.deadlock in postgresql://db/shop`."""
    return visible(f"{row['cause']} in {row['component'] or not_named(row['layer'])}")


def message_of(row: Row, *, is_new: bool) -> str:
    """Return what a person reads first, on one line."""
    place = f"{row['method']} {row['route'] or row['path']}".strip()
    said = ": ".join(part for part in (row["exception_type"], row["exception_message"]) if part)
    times = "1 request" if row["failed"] == 1 else f"{row['failed']} requests"
    parts = [
        f"{'new: ' if is_new else ''}{title_of(row)}: {times} failed, the last {row['status']} to {place}",
        said,
        f"after {row['change']}" if row["change"] else "",
        f"culpa explain {row['trace_id']}",
    ]
    return "; ".join(shortened(flowing(part), _MOST_CHARS) for part in parts if part)


def code_place(row: Row) -> tuple[str, int]:
    """Return the file, relative where it can be, and the line, of a location such as `shop/orders.py:41 in take`.

    ('', 0) where the location is no place in a file.
    """
    place = str(row["location"]).partition(" ")[0]
    path, sign, number = place.rpartition(":")
    if not (sign and path and "." in path and number.isascii() and number.isdigit() and 0 < len(number) < 8):
        return "", 0
    return visible(path), max(1, int(number))
