"""The list of problems for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from culpa.analysis.explanation.sentence import not_named, percent
from culpa.analysis.plain import visible
from culpa.analysis.report.listing import print_listing
from culpa.analysis.report.verdicts import component_width

#: Below this many columns a table would break every cell into pieces.
TABLE_COLUMNS = 160
_STATE_STYLES = {"new": "bold red", "regressed": "bold red", "ongoing": "red", "resolved": "dim"}
_ROUTES_SHOWN = 3

Row = Mapping[str, Any]


def print_problems(console: Console, rows: Sequence[Row]) -> None:
    """Print problems, `rows` as `Rows.json()` gives them."""
    if rows:
        print_listing(console, rows, _table, _block, table_columns=TABLE_COLUMNS)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("state", no_wrap=True)
    for name in ("requests", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("component", overflow="fold", min_width=component_width(rows))
    table.add_column("cause", no_wrap=True)
    table.add_column("routes", overflow="fold", ratio=1)
    table.add_column("last seen (UTC)", no_wrap=True)
    table.add_column("example", no_wrap=True)
    for row in rows:
        table.add_row(
            _state(row), Text(visible(str(row["requests"]))), _share(row), _component(row), _cause(row), _routes(row),
            _when(row["last_seen"]), Text(visible(row["example_trace_id"]), "dim"),
        )  # fmt: skip
    return table


def _block(row: Row) -> list[Text]:
    first = Text.assemble(_state(row), "  ", _cause(row), "  ", _component(row))
    requests = Text(f"{visible(str(row['requests']))} {'request' if row['requests'] == 1 else 'requests'}, ")
    kind = ", persistent" if row["persistent"] else ""
    second = Text.assemble(requests, _share(row), f" of its traffic{kind}: ")
    third = Text.assemble("since ", _when(row["first_seen"]), ", last ", _when(row["last_seen"]), " UTC")
    lines = [first, Text.assemble(second, _routes(row)), third]
    if row["change"]:
        lines.append(Text(f"first seen after: {visible(row['change'])}", "yellow"))
    if row["example_trace_id"]:
        lines.append(Text(visible(row["example_trace_id"]), "dim"))
    return lines


def _state(row: Row) -> Text:
    return Text(visible(row["state"]), _STATE_STYLES.get(row["state"], ""))


def _share(row: Row) -> Text:
    return Text(percent(row["share"] or 0.0))


def _component(row: Row) -> Text:
    text = Text(visible(row["component"]) or not_named(row["layer"]), "bold")
    if row["object"]:
        text.append(f" ({visible(row['object'])})", "dim")
    return text


def _cause(row: Row) -> Text:
    return Text(visible(row["cause"]))


def _routes(row: Row) -> Text:
    # A segment keeps the view that it was made with, and older ones have no empty list.
    routes: list[str] = row["routes"] or []
    more = len(routes) - _ROUTES_SHOWN
    text = ", ".join(visible(route) for route in routes[:_ROUTES_SHOWN])
    if not routes and row["unattributed"]:
        return Text(f"(server-log lines without a request: {row['unattributed']})", "dim")
    return Text(f"{text} and {more} more" if more > 0 else text)


def _when(moment: str) -> Text:
    return Text(visible(moment)[:19].replace("T", " "))
