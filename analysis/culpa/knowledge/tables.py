"""Read a table: tab-separated, the first line names the columns, `#` begins a comment line."""

from functools import cache
from importlib.resources import files


class BadTable(ValueError):
    """A table's line has not as many fields as its first line names."""


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `<name>.tsv` of this room, in their order. Errors: BadTable."""
    text = (files("culpa.knowledge") / f"{name}.tsv").read_text("utf-8")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    columns = lines[0][1].split("\t")
    rows: list[dict[str, str]] = []
    for number, line in lines[1:]:
        fields = line.split("\t")
        if len(fields) != len(columns):
            raise BadTable(f"{name}.tsv line {number} has {len(fields)} fields, expected {len(columns)}: {line[:80]!r}")
        rows.append(dict(zip(columns, fields, strict=True)))
    return tuple(rows)
