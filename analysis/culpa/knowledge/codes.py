"""What the codes of databases mean: this room's table, and before it a user's own."""

from functools import cache
from pathlib import Path

from culpa.knowledge.own import own_folder
from culpa.knowledge.tables import read_table, table

_COLUMNS = ["system", "cause", "codes"]


def code_lines() -> tuple[str, ...]:
    """Return lines of a system, a cause and its codes, apart by blanks. Each code of a system has one line.

    Errors: BadTable.
    """
    return _lines(own_folder())


@cache
def _lines(folder: Path | None) -> tuple[str, ...]:
    own = _own(folder)
    taken = {(row["system"], code) for row in own for code in row["codes"].split()}
    lines = [" ".join(row.values()) for row in own]
    for row in table("codes"):
        codes = [code for code in row["codes"].split() if (row["system"], code) not in taken]
        if codes:
            lines.append(" ".join([row["system"], row["cause"], *codes]))
    return tuple(lines)


def _own(folder: Path | None) -> tuple[dict[str, str], ...]:
    path = folder / "codes.tsv" if folder else None
    if path is None or not path.exists():
        return ()
    return read_table(str(path), path.read_text("utf-8"), _COLUMNS)
