"""Read a table: tab-separated, the first line names the columns, `#` begins a comment line."""

from functools import cache
from importlib.resources import files


class BadTable(ValueError):
    """A table has not the columns that it should have, or a line not as many fields as there are columns."""


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `<name>.tsv` of this room, in their order. Errors: BadTable."""
    return read_table(f"{name}.tsv", (files("culpa.knowledge") / f"{name}.tsv").read_text("utf-8"))


def read_table(name: str, text: str, expected: list[str] | None = None) -> tuple[dict[str, str], ...]:
    """Return the rows of a table's text; `name` is for messages, `expected` the columns that it must have.

    Errors: BadTable.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    columns = lines[0][1].split("\t") if lines else []
    if expected is not None and columns != expected:
        raise BadTable(f"{name} has the columns {columns}; its first line must be {chr(9).join(expected)!r}")
    rows: list[dict[str, str]] = []
    for number, line in lines[1:]:
        fields = line.split("\t")
        if len(fields) != len(columns):
            raise BadTable(f"{name} line {number} has {len(fields)} fields, expected {len(columns)}: {line[:80]!r}")
        rows.append(dict(zip(columns, fields, strict=True)))
    return tuple(rows)
