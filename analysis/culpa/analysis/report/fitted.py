"""Any answer as it fits a terminal: a grid with columns cut to the width; where they were too narrow, lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from culpa.analysis.report.grid import cell, is_numeric, shown_cell
from culpa.store import unique

#: Narrower columns say nothing: then each row is a block of lines. As much of an id is enough to explain it.
_LEAST_COLUMNS = 16
#: What the grid puts between two columns.
_BETWEEN = 3
#: More blocks of lines than this nobody scrolls through.
_MOST_BLOCKS = 100

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fitted:
    """An answer to be printed: how many of the rows it has, and whether values in it are cut."""

    shown: int
    is_cut: bool
    drawn: RenderableType


def fitted(columns: Sequence[str], rows: Sequence[Row], width: int) -> Fitted:
    """Return the answer as it fits `width` columns of text."""
    keys = unique(list(columns))
    cells = [[shown_cell(cell(row[key])) for key in keys] for row in rows]
    names = [shown_cell(name) for name in columns]
    wanted = [max([cell_len(name), *(cell_len(row[at]) for row in cells)]) for at, name in enumerate(names)]
    numeric = [is_numeric(rows, key) for key in keys]
    room = width - _BETWEEN * (len(names) - 1)
    widths = _widths(wanted, numeric, room)
    if len(names) == 1:
        return Fitted(len(rows), False, _grid(names, cells, numeric, [width]))
    if not widths or (len(rows) == 1 and widths != wanted):
        return Fitted(min(len(rows), _MOST_BLOCKS), False, _blocks(names, cells[:_MOST_BLOCKS]))
    return Fitted(len(rows), widths != wanted, _grid(names, cells, numeric, widths))


def _widths(wanted: Sequence[int], numeric: Sequence[bool], room: int) -> list[int]:
    """Return how wide each column is, the widest cut to a common bound; [] where that is too small."""
    # A number of which digits are missing is another number.
    least = [want if number else min(want, _LEAST_COLUMNS) for want, number in zip(wanted, numeric, strict=True)]
    if sum(least) > room:
        return []
    low, high = _LEAST_COLUMNS, max(_LEAST_COLUMNS, *wanted)
    while low < high:
        bound = (low + high + 1) // 2
        fits = sum(max(few, min(want, bound)) for few, want in zip(least, wanted, strict=True)) <= room
        low, high = (bound, high) if fits else (low, bound - 1)
    return [max(few, min(want, low)) for few, want in zip(least, wanted, strict=True)]


def _grid(
    names: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], widths: Sequence[int]
) -> Table:
    is_alone = len(names) == 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, number, width in zip(names, numeric, widths, strict=True):
        table.add_column(
            Text(name),
            justify="right" if number else "left",
            no_wrap=not is_alone,
            overflow="fold" if is_alone else "ellipsis",
            max_width=width,
        )
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _blocks(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Group:
    """Return rows one below the other, a column a line, without what is empty."""
    parts: list[RenderableType] = []
    for number, row in enumerate(cells, start=1):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="dim", overflow="fold", max_width=2 * _LEAST_COLUMNS)
        table.add_column(overflow="fold")
        for name, value in zip(names, row, strict=True):
            if value:
                table.add_row(Text(name), Text(value))
        parts += [Text(f"row {number}", "bold"), table]
    return Group(*parts)
