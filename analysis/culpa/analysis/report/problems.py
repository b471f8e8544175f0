"""The list of problems for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from culpa.analysis.explanation.sentence import not_named, percent
from culpa.analysis.plain import flowing, shortened, visible
from culpa.analysis.report.listing import print_listing
from culpa.analysis.report.verdicts import CAUSE_COLUMNS, COMPONENT_COLUMNS

#: Below this many columns a table would break every cell into pieces.
TABLE_COLUMNS = 200
#: From so many columns on, a line of a problem has room for what was raised.
_ROUTES_FROM = 110
_STATE_STYLES = {"new": "bold red", "regressed": "bold red", "ongoing": "red", "resolved": "dim"}
_ROUTES_SHOWN = 3
_EXCEPTION_CHARS = 160

Row = Mapping[str, Any]


def print_problems(console: Console, rows: Sequence[Row]) -> None:
    """Print problems, `rows` as `Rows.json()` gives them."""
    if rows:
        print_listing(console, rows, _table, _block, table_columns=TABLE_COLUMNS)


def short_problems(rows: Sequence[Row], width: int) -> Table:
    """Return a line for each problem, as wide as the terminal: what does not fit is cut."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_column(no_wrap=True, max_width=CAUSE_COLUMNS, overflow="ellipsis")
    table.add_column(no_wrap=True, ratio=2, overflow="ellipsis")
    has_room = width >= _ROUTES_FROM
    if has_room:
        table.add_column(no_wrap=True, ratio=3, overflow="ellipsis")
    table.add_column(no_wrap=True)
    for row in rows:
        what = _exception(row) if row["exception_type"] else _routes(row)
        cells = [_state(row), _requests(row), _share(row), _cause(row), _component(row), what, _clock(row["last_seen"])]
        table.add_row(*(cells if has_room else [*cells[:5], cells[6]]))
    return table


def _table(rows: Sequence[Row]) -> Table:
    # Expanded, what folds gets what is left: the others are shown whole.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=True)
    table.add_column("state", no_wrap=True)
    for name in ("requests", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("component", overflow="fold", max_width=COMPONENT_COLUMNS)
    table.add_column("cause", no_wrap=True)
    table.add_column("exception and place", overflow="fold", ratio=3)
    table.add_column("routes", overflow="fold", ratio=2)
    table.add_column("last seen (UTC)", no_wrap=True)
    table.add_column("problem", no_wrap=True)
    for row in rows:
        table.add_row(
            _state(row), _requests(row), _share(row), _component(row), _cause(row), _exception(row), _routes(row),
            _when(row["last_seen"]), _name(row),
        )  # fmt: skip
    return table


def _block(row: Row) -> list[Text]:
    first = Text.assemble(_state(row), "  ", _cause(row), "  ", _component(row))
    noun = " request, " if row["requests"] == 1 and row["matched"] == 1 else " requests, "
    kind = ", persistent" if row["persistent"] else ""
    second = Text.assemble(_requests(row), noun, _share(row), f" of its traffic{kind}: ", _routes(row))
    third = Text.assemble("since ", _when(row["first_seen"]), ", last ", _when(row["last_seen"]), " UTC")
    lines = [first, exception] if (exception := _exception(row)).plain else [first]
    lines += [second, third]
    if row["change"]:
        lines.append(Text(f"first seen after: {visible(row['change'])}", "yellow"))
    if row["example_trace_id"]:
        example = Text(f", trace {visible(row['example_trace_id'])}", "dim")
        lines.append(Text.assemble(("problem ", "dim"), _name(row), example))
    return lines


def _requests(row: Row) -> Text:
    """Return how many failed, and how many of them pass the filters where that is not all."""
    # A segment keeps the view that it was made with, and older ones know nothing of sampling.
    one_in = row.get("sampled_one_in") or 1.0
    of_all = visible(str(row["requests"]))
    if one_in > 1:
        return Text(f"about {round((row['matched'] or row['requests']) * one_in):,} (sampled 1 in {one_in:.3g})")
    return Text(of_all if row["matched"] in (0, row["requests"]) else f"{row['matched']} of {of_all}")


def _exception(row: Row) -> Text:
    """Return what was raised in the newest request, and where."""
    raised = ": ".join(flowing(part) for part in (row["exception_type"], row["exception_message"]) if part)
    text = Text(shortened(raised, _EXCEPTION_CHARS))
    if row["location"]:
        place = shortened(flowing(row["location"]), _EXCEPTION_CHARS)
        text.append(f" ({place})" if raised else f"({place})", "dim")
    return text


def _name(row: Row) -> Text:
    return Text(visible(row["fingerprint"]), "dim")


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


def _clock(moment: str) -> Text:
    return Text(visible(moment)[11:19])


def _when(moment: str) -> Text:
    return Text(visible(moment)[:19].replace("T", " "))
