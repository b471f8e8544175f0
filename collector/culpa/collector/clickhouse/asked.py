"""What `culpa judge` asks of this room, by the entry points of `culpa.sources`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from culpa.collector.clickhouse import table
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.client import connected
from culpa.collector.clickhouse.following import follow, resumed_ns
from culpa.collector.clickhouse.judging import Judged, Order, judge_once
from culpa.collector.clickhouse.questions import MOST_TRACES, recognised
from culpa.store import DuckDBStore

_HOUR_NS = 3_600_000_000_000


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
) -> str:
    """Judge one window of what lies at an address, or go on until interrupted, and tell of each window.

    Shape: `since_ns` 0 is an hour ago, of what is followed where the local store ends; `until_ns` 0 is now.
    Return the DDL of the table of verdicts if that is to be approved first; nothing is judged then.
    Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`.
    """
    now = time.time_ns()
    order = Order(where, into, since_ns or now - _HOUR_NS, until_ns or now, settle, say, is_written)
    if unapproved := _prepare(order, is_approved):
        return unapproved
    if is_followed:
        follow(order, told, since_ns or resumed_ns(into))
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
    """Say what is missing there; make the table of verdicts, or return its DDL where that is not approved."""
    with connected(address_of(order.where)) as client:
        if recognised(client).logs is None:
            order.say(f"{client.address} has no table {client.address.logs}; spans alone are judged")
        if not order.is_written or table.is_there(client):
            return ""
        statement = table.ddl(client.address.database)
        if not is_approved:
            return statement
        client.create(statement)
    return ""
