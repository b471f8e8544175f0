"""The list of failed requests for a terminal: a table where there is room, else three lines for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from culpa.analysis.explanation.sentence import not_named, percent
from culpa.analysis.plain import flowing, shortened, visible
from culpa.analysis.report.listing import print_listing
from culpa.knowledge import REQUEST

#: Below this many columns a table would break every cell into pieces.
TABLE_COLUMNS = 200
_STATEMENT_CHARS = 160
#: Longer names of components are folded in a table.
COMPONENT_COLUMNS = 40
#: Longer names of causes are cut in a line.
CAUSE_COLUMNS = 28
_SURE = 0.8
_LIKELY = 0.5

Row = Mapping[str, Any]


def print_verdicts(console: Console, rows: Sequence[Row]) -> None:
    """Print failed requests, `rows` as `Rows.json()` gives them."""
    print_listing(console, rows, _table, _block, table_columns=TABLE_COLUMNS)


def short_verdicts(rows: Sequence[Row]) -> Table:
    """Return a line for each failed request, as wide as the terminal: what does not fit is cut."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=3, overflow="ellipsis")
    table.add_column(no_wrap=True, max_width=CAUSE_COLUMNS, overflow="ellipsis")
    table.add_column(no_wrap=True, ratio=2, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right")
    for row in rows:
        clock = Text(_when(row).plain[11:])
        table.add_row(clock, _status(row), _request(row), _cause(row), _component(row), _sure(row))
    return table


def verdict_line(row: Row) -> str:
    """Return a failed request as one line of a log: when (UTC), status, request, cause, component, how sure, trace."""
    cells = (_when(row), _status(row), _request(row), _cause(row), _component(row), _sure(row))
    return "  ".join((*(flowing(cell.plain) for cell in cells), visible(row["trace_id"])))


def _table(rows: Sequence[Row]) -> Table:
    # Expanded, what folds gets what is left: the others are shown whole.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True)
    for name in ("when (UTC)", "status"):
        table.add_column(name, no_wrap=True)
    table.add_column("request", overflow="fold", ratio=2)
    table.add_column("component", overflow="fold", max_width=COMPONENT_COLUMNS)
    table.add_column("cause", no_wrap=True)
    table.add_column("sure", justify="right", no_wrap=True)
    table.add_column("strongest evidence", overflow="fold", ratio=3)
    table.add_column("trace", no_wrap=True)
    for row in rows:
        table.add_row(
            _when(row), _status(row), _request(row), _component(row), _cause(row), _sure(row), _evidence(row),
            Text(visible(row["trace_id"]), "dim"),
        )  # fmt: skip
    return table


def _block(row: Row) -> list[Text]:
    first = Text.assemble(_when(row), "  ", _status(row), "  ", _request(row))
    second = Text.assemble(_sure(row), "  ", _cause(row), "  ", _component(row))
    evidence = _evidence(row)
    last = Text(visible(row["trace_id"]), "dim")
    return [first, second, evidence, last] if evidence.plain else [first, second, last]


def _when(row: Row) -> Text:
    return Text(visible(row["ended_at"])[:19].replace("T", " "))


def _status(row: Row) -> Text:
    if row["kind"] != REQUEST:
        return Text(visible(row["kind"]), "red")
    return Text(visible(str(row["status"])) if row["status"] else "---", "red")


def _request(row: Row) -> Text:
    text = Text(visible(f"{row['method']} {row['route'] or row['path']}".strip() or "(unknown request)"))
    if row["service"]:
        text.append(f" ({visible(row['service'])})", "dim")
    if row["truncated"]:
        text.append(" broke off", "red")
    return text


def _component(row: Row) -> Text:
    return Text(visible(row["component"]) or not_named(row["layer"]), "bold")


def _cause(row: Row) -> Text:
    return Text(visible(row["cause"]), _colour(row["confidence"]))


def _sure(row: Row) -> Text:
    return Text(percent(row["confidence"]), _colour(row["confidence"]))


def _colour(confidence: float) -> str:
    if confidence >= _SURE:
        return "green"
    return "yellow" if confidence >= _LIKELY else "dim"


def _evidence(row: Row) -> Text:
    if row["evidence"]:
        said = flowing(row["evidence"][0]["statement"])
    elif row["missing"]:
        said = f"not seen: {flowing(row['missing'][0])}"
    else:
        said = ""
    return Text(shortened(said, _STATEMENT_CHARS))
