"""Judge window after window, as long as somebody wants it; a ClickHouse that is away is waited for."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from culpa.collector.clickhouse.judging import Judged, Order, judge_once
from culpa.collector.clickhouse.windows import Windows, reach_ns
from culpa.store import DuckDBStore, StoreError

_EVERY_S = 5.0
_LONGEST_WAIT_S = 60.0
_NEWEST = "select epoch_ns(max(ended_at)) as newest from verdicts"


def resumed_ns(into: Path, judges: int) -> int:
    """Return since when to go on with what a local store holds, 0 if it holds nothing. Errors: StoreError."""
    if not into.exists():
        return 0
    with DuckDBStore(into) as store:
        [row] = store.query(_NEWEST).to_pylist()
    return max(0, (row["newest"] or 0) - reach_ns(judges))


def follow(order: Order, told: Callable[[Judged], None], since_ns: int) -> NoReturn:
    """Judge until interrupted, first since then (0: as ordered); tell of each window in which something was new.

    Errors: StoreError from the first window; from later ones they are said, and the window is judged again.
    """
    windows = Windows(order.share.of, since_ns or order.since_ns)
    judged = _judge_next(order, windows)
    told(judged)
    wait_s = _EVERY_S
    while True:
        time.sleep(0 if judged.is_cut and wait_s == _EVERY_S else wait_s)
        try:
            judged = _judge_next(order, windows)
        except StoreError as error:
            windows.failed()
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            order.say(f"{error}; trying again in {wait_s:.0f} s")
            continue
        if wait_s > _EVERY_S:
            order.say(f"{judged.address} answers again")
        wait_s = _EVERY_S
        if judged.changed:
            told(judged)


def _judge_next(order: Order, windows: Windows) -> Judged:
    window = windows.next(time.time_ns())
    judged = judge_once(replace(order, since_ns=window.since_ns, until_ns=window.until_ns, is_thorough=False))
    windows.done(judged.until_ns, is_cut=judged.is_cut)
    return judged
