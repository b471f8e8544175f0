"""Judge what failed in a window: find the traces in a ClickHouse, fetch these, settle them in a local store."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from culpa.collector.abroad.following import Judged, judge_suspects
from culpa.collector.abroad.settling import Alone, Settle
from culpa.collector.abroad.shares import ALONE, Share
from culpa.collector.abroad.windows import Window
from culpa.collector.clickhouse import marks
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.board import Board
from culpa.collector.clickhouse.settling import Shared
from culpa.collector.clickhouse.there import there_for_a_while
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


def judge_once(order: Order) -> Judged:
    """Judge one window. Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`."""
    now_ns = time.time_ns()
    with there_for_a_while(address_of(order.where)) as there:
        closed = marks.CLOSED if order.is_written and not order.is_thorough else ""
        with DuckDBStore(order.into, writable=True) as store:
            place = (
                Shared(there, store, order.settle, order.share)
                if order.is_written
                else Alone(there, store, order.settle)
            )
            window = Window(order.since_ns, order.until_ns)
            found = there.failing(*window, closed=closed, share=order.share, now_ns=now_ns)
            judged = judge_suspects(place, order.share, found, window, now_ns, is_thorough=order.is_thorough)
            store.checkpoint()
        if order.board:
            order.board.write(there, is_due=order.is_thorough)
    return judged
