"""Judge what failed in a window: find the traces in a ClickHouse, fetch these, settle them in a local store."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from culpa.collector.clickhouse import marks
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.board import Board
from culpa.collector.clickhouse.client import connected
from culpa.collector.clickhouse.fetching import suspects
from culpa.collector.clickhouse.questions import MOST_TRACES, recognised
from culpa.collector.clickhouse.settling import Alone, Settle, Shared
from culpa.collector.clickhouse.shares import ALONE, Share
from culpa.collector.clickhouse.working import work
from culpa.store import DuckDBStore


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged, and who does it; times in ns since 1970."""

    where: str
    into: Path
    since_ns: int
    until_ns: int
    settle: Settle
    say: Callable[[str], None]
    is_written: bool = False  # whether the tables of verdicts and marks there get them
    share: Share = ALONE
    is_thorough: bool = True  # whether what is closed is looked at, too
    board: Board | None = None  # of the problems that are written there


class Judged(NamedTuple):
    """What a window held."""

    address: str
    found: int  # traces that may hold a failed request, and are not closed
    changed: tuple[str, ...]  # those of them of which something was new, and which were judged
    until_ns: int  # up to then all is judged
    is_cut: bool  # since the window held too much


def judge_once(order: Order) -> Judged:
    """Judge one window. Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`."""
    now_ns = time.time_ns()
    with connected(address_of(order.where)) as client:
        tables = recognised(client)
        closed = marks.CLOSED if order.is_written and not order.is_thorough else ""
        with DuckDBStore(order.into, writable=True) as store:
            place = (
                Shared(client, tables, store, order.settle, order.share)
                if order.is_written
                else Alone(client, tables, store, order.settle)
            )
            window = (order.since_ns, order.until_ns)
            found = list(suspects(client, tables.traces, *window, closed=closed, share=order.share, now_ns=now_ns))
            is_cut = len(found) > MOST_TRACES
            del found[MOST_TRACES:]
            work(place, order.share, found, now_ns, is_thorough=order.is_thorough)
            store.checkpoint()
        if order.board:
            order.board.write(client, tables, is_due=order.is_thorough)
    until_ns = found[-1].first_ns if is_cut else order.until_ns
    return Judged(str(client.address), len(found), tuple(place.changed), until_ns, is_cut)
