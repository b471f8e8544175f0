"""Any answer as a grid, for a terminal or a notebook. Nothing in a cell is taken for markup."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from culpa.analysis.plain import shortened, visible
from culpa.store import unique

#: Width of a grid that is not printed on a terminal, in columns.
PLAIN_WIDTH = 160
#: A longer cell is cut; the whole value is in the row.
CELL_CHARS = 400
#: Not every notebook gives the cells of a table room.
_ROOM = "padding:.2em 1.2em .2em 0"


def cell(value: Any) -> str:
    """Return one value as the text of a cell: nothing for null, JSON for what is nested."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def shown_cell(text: str) -> str:
    """Return the text of a cell as it is shown, cut if it is very long."""
    return shortened(visible(text), CELL_CHARS)


def grid(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return a rich table; numbers are on the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    keys = unique(list(columns))
    for name, key in zip(columns, keys, strict=True):
        table.add_column(Text(visible(name)), justify="right" if is_numeric(rows, key) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown_cell(cell(row[key]))) for key in keys))
    return table


def text_grid(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], width: int = PLAIN_WIDTH) -> str:
    """Return the grid as plain text."""
    # In a notebook rich would show what it is asked to render, beside returning it.
    console = Console(file=StringIO(), width=width, color_system=None, force_jupyter=False)
    with console.capture() as capture:
        console.print(grid(columns, rows))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def text_records(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of many columns as plain text, one column a line, leaving out what is empty."""
    keys = unique(list(columns))
    width = max((len(key) for key in keys), default=0)
    blocks = (
        "".join(f"{visible(key):{width}}  {shown_cell(text)}\n" for key in keys if (text := cell(row[key])))
        for row in rows
    )
    return "\n".join(blocks)


def html_grid(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], footer: str = "") -> str:
    """Return the grid as one HTML table, every value escaped."""
    keys = unique(list(columns))
    head = "".join(f"<th style='text-align:left;{_ROOM}'>{escape(visible(name))}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(_html_cell(row[key]) for key in keys)}</tr>" for row in rows)
    foot = f"<p style='opacity:.7'>{escape(footer)}</p>" if footer else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<div class='culpa-rows'>{table}{foot}</div>"


def _html_cell(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    align = "right" if is_number else "left"
    return f"<td style='text-align:{align};vertical-align:top;{_ROOM}'>{escape(shown_cell(cell(value)))}</td>"


def is_numeric(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Say whether a column holds numbers."""
    values = [row[key] for row in rows if row[key] is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
