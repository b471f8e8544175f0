"""A list for a terminal: a table where there is room, else a block of lines for each row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]


def print_listing(
    console: Console,
    rows: Sequence[Row],
    table: Callable[[Sequence[Row]], Table],
    block: Callable[[Row], Sequence[Text]],
    *,
    table_columns: int,
) -> None:
    """Print rows. Units: below `table_columns` columns of text a table would break every cell into pieces."""
    if console.width >= table_columns:
        console.print(table(rows))
        return
    for row in rows:
        first, *others = block(row)
        console.print(first, overflow="fold")
        for line in others:
            console.print(Padding(line, (0, 0, 0, 3)), overflow="fold")
