"""What `culpa judge` asks of this room, by the entry points of `culpa.sources`."""

import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from culpa.collector.abroad.following import Judged, judge_all, resumed_ns
from culpa.collector.abroad.shares import Share
from culpa.collector.abroad.windows import Window, Windows
from culpa.collector.clickhouse import marks, problems, table
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.board import Board
from culpa.collector.clickhouse.client import Client, connected, quoted
from culpa.collector.clickhouse.judging import Order, judge_once
from culpa.collector.clickhouse.questions import recognised
from culpa.store import DuckDBStore, NotAStore

_HOUR_NS = 3_600_000_000_000
_MADE = (
    (table.NAME, table.COLUMNS, table.LATER, table.ddl),
    (marks.NAME, marks.COLUMNS, frozenset[str](), marks.ddl),
    (problems.NAME, problems.COLUMNS, frozenset[str](), problems.ddl),
)


def judge_there(
    where: str,
    *,
    into: Path,
    since_ns: int,
    until_ns: int,
    settle: Callable[[DuckDBStore, Sequence[str]], None],
    say: Callable[[str], None],
    told: Callable[[Judged], None],
    is_followed: bool = False,
    is_written: bool = False,
    is_approved: bool = False,
    share: tuple[int, int] = (1, 1),
) -> str:
    """Judge one window of what lies at an address, or go on until interrupted, and tell of each window.

    Shape: `since_ns` 0 is an hour ago, of what is followed where the local store ends; `until_ns` 0 is now;
    `share` is the number of this judge, and how many there are.
    Return the DDL of the tables that are written if that is to be approved first; nothing is judged then.
    Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`.
    """
    now = time.time_ns()
    order = Order(where, into, since_ns or now - _HOUR_NS, until_ns or now, settle, say, is_written, Share(*share))
    if unapproved := _prepare(order, is_approved):
        return unapproved
    board = Board() if is_written else None
    try:
        return _judge(replace(order, board=board), told, since_ns, is_followed=is_followed)
    finally:
        if board:
            board.close()


def _judge(order: Order, told: Callable[[Judged], None], since_ns: int, *, is_followed: bool) -> str:
    def judge(window: Window, *, is_thorough: bool = False) -> Judged:
        return judge_once(replace(order, since_ns=window.since_ns, until_ns=window.until_ns, is_thorough=is_thorough))

    windows = None
    if is_followed:
        windows = Windows(order.share.of, since_ns or resumed_ns(order.into, order.share.of) or order.since_ns)
    judge_all(judge, Window(order.since_ns, order.until_ns), windows, told=told, say=order.say)
    return ""


def _prepare(order: Order, is_approved: bool) -> str:
    """Say what is missing there; make the tables that are written, or return their DDL where that is not approved."""
    with connected(address_of(order.where)) as client:
        if recognised(client).logs is None:
            order.say(f"{client.address} has no table {client.address.logs}; spans alone are judged")
        if not order.is_written:
            return ""
        missing = [ddl for made in _MADE if (ddl := _missing(client, *made))]
        if missing and not is_approved:
            return ";\n\n".join(missing)
        for statement in missing:
            client.run(statement, {})
    return ""


def _missing(
    client: Client, name: str, needed: Mapping[str, str], later: AbstractSet[str], ddl: Callable[[str], str]
) -> str:
    """Return what makes a table as it is needed, '' if it is so. Errors: NotAStore of another table; StoreError."""
    try:
        columns = client.describe(name)
    except NotAStore:
        return ddl(client.address.database)
    missing = sorted(set(needed) - columns.keys())
    if strange := [column for column in missing if column not in later]:
        raise NotAStore(
            f"{client.address}: the table {name} has no column {', '.join(strange)}; rename it, and let it be made anew"
        )
    if not missing:
        return ""
    added = ", ".join(f"ADD COLUMN {column} {needed[column]}" for column in missing)
    return f"ALTER TABLE {quoted(client.address.database)}.{quoted(name)} {added}"
