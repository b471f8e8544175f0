"""What the columns of the tables mean: the comments that stand beside them in `sql/duckdb/*.sql`."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_TABLE = re.compile(r"create table if not exists data\.(\w+) \($")
_COLUMN = re.compile(r'    "?(\w+)"? [^-]*-- (.*)$')


@cache
def column_meanings() -> Mapping[str, str]:
    """Return the comment beside each column that has one, by `relation.column`."""
    folder = files("culpa.store") / "sql" / "duckdb"
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        table = ""
        for line in entry.read_text("utf-8").splitlines():
            if begun := _TABLE.match(line):
                table = begun[1]
            elif line.startswith(")"):
                table = ""
            elif table and (said := _COLUMN.match(line)):
                found[f"{table}.{said[1]}"] = said[2].strip()
    return found
