"""What `culpa judge` asks of this room, by the entry points of `culpa.sources`."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from culpa.collector.clickhouse import marks, table
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.client import Client, connected
from culpa.collector.clickhouse.following import follow, resumed_ns
from culpa.collector.clickhouse.judging import Judged, Order, judge_once
from culpa.collector.clickhouse.questions import MOST_TRACES, recognised
from culpa.collector.clickhouse.shares import Share
from culpa.store import DuckDBStore, NotAStore

_HOUR_NS = 3_600_000_000_000
_MADE = ((table.NAME, table.COLUMNS, table.ddl), (marks.NAME, marks.COLUMNS, marks.ddl))


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
    Return the DDL of the tables of verdicts and marks if that is to be approved first; nothing is judged then.
    Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`.
    """
    now = time.time_ns()
    order = Order(where, into, since_ns or now - _HOUR_NS, until_ns or now, settle, say, is_written, Share(*share))
    if unapproved := _prepare(order, is_approved):
        return unapproved
    if is_followed:
        follow(order, told, since_ns or resumed_ns(into, order.share.of))
        return ""
    judged = judge_once(order)
    told(judged)
    if judged.is_cut:
        say(
            f"more than {MOST_TRACES} traces failed in that time; judged are the oldest, up to {judged.until_ns} ns "
            "since 1970: go on with a --since from there"
        )
    return ""


def _prepare(order: Order, is_approved: bool) -> str:
    """Say what is missing there; make the tables that are written, or return their DDL where that is not approved."""
    with connected(address_of(order.where)) as client:
        if recognised(client).logs is None:
            order.say(f"{client.address} has no table {client.address.logs}; spans alone are judged")
        if not order.is_written:
            return ""
        missing = [ddl(client.address.database) for name, columns, ddl in _MADE if not _is_there(client, name, columns)]
        if missing and not is_approved:
            return ";\n\n".join(missing)
        for statement in missing:
            client.run(statement, {})
    return ""


def _is_there(client: Client, name: str, needed: Iterable[str]) -> bool:
    """Say whether the table is there. Errors: NotAStore if it is another one; StoreError."""
    try:
        columns = client.describe(name)
    except NotAStore:
        return False
    if missing := sorted(set(needed) - columns.keys()):
        raise NotAStore(
            f"{client.address}: the table {name} has no column {', '.join(missing)}; rename it, and let it be made anew"
        )
    return True
