"""`culpa store list [STORE]`: the files of a store and what they hold."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from culpa.store.commands import Working, is_address, token_option
from culpa.store.sizes import bytes_text

if TYPE_CHECKING:
    from culpa.store.segments.listing import Segment

_HEADS = ("file", "from", "until", "rows", "size", "holds", "sealed")
_NUMBERS = {"rows", "size"}


@click.command("list", cls=Working, short_help="List the files of a store: times, rows, size, what they hold.")
@click.argument("store", default="culpa-store")
@token_option
def command(store: str, token: str | None) -> None:
    """List the files of a store, the oldest first, and what they come to.

    STORE is a store directory, a segment file or the address of a running collector; ./culpa-store without it. Rows
    are those that move into sealed files: spans, exceptions, logs, access, metric points. Times are UTC.

    Exit status: 0 listed; 2 the store cannot be read.
    """
    from culpa.store import open_store
    from culpa.store.duckdb import segment_of
    from culpa.store.elsewhere import check_file_name
    from culpa.store.listed import files

    check_file_name(store)
    opened = open_store(store, token=token)
    try:
        found = files(opened, None if is_address(store) else segment_of(Path(store)))
    finally:
        opened.close()
    rows = [_HEADS, *(_row(one) for one in found), _total(found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
    for row in rows:
        cells = zip(row, widths, _HEADS, strict=True)
        line = "  ".join(f"{text:>{width}}" if head in _NUMBERS else f"{text:<{width}}" for text, width, head in cells)
        click.echo(line.rstrip())


def _row(one: "Segment") -> tuple[str, ...]:
    size = bytes_text(one.bytes) if one.bytes >= 0 else "-"
    sealed = _time(one.sealed_ns) if one.sealed_ns else "no, written now"
    return one.name, _time(one.first_ns), _time(one.last_ns), f"{one.rows:,}", size, one.holds, sealed


def _total(found: "list[Segment]") -> tuple[str, ...]:
    known = sum(one.bytes for one in found if one.bytes >= 0)
    return "total", "", "", f"{sum(one.rows for one in found):,}", bytes_text(known), "", ""


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S") if ns else "-"
