"""Judge window after window, as long as somebody wants it; a ClickHouse that is away is waited for."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from culpa.collector.clickhouse.judging import Judged, Order, judge_once
from culpa.store import DuckDBStore, StoreError

_EVERY_S = 5.0
_LONGEST_WAIT_S = 60.0
#: Spans come late: so much of a window is looked at again in the next one.
_OVERLAP_NS = 120_000_000_000
_NEWEST = "select epoch_ns(max(ended_at)) as newest from verdicts"


def resumed_ns(into: Path) -> int:
    """Return since when to go on with what a local store holds, 0 if it holds nothing. Errors: StoreError."""
    if not into.exists():
        return 0
    with DuckDBStore(into) as store:
        [row] = store.query(_NEWEST).to_pylist()
    return max(0, (row["newest"] or 0) - _OVERLAP_NS)


def follow(order: Order, told: Callable[[Judged], None], since_ns: int) -> NoReturn:
    """Judge until interrupted, first since then (0: as ordered); tell of each window in which something was new.

    Errors: StoreError from the first window; from later ones they are said, and the window is judged again.
    """
    judged = judge_once(replace(order, since_ns=since_ns or order.since_ns))
    told(judged)
    wait_s = _EVERY_S
    while True:
        time.sleep(0 if judged.is_cut else wait_s)
        # What was cut goes on where it ended, or it would begin anew for ever.
        since_ns = judged.until_ns - (0 if judged.is_cut else _OVERLAP_NS)
        try:
            newer = judge_once(replace(order, since_ns=since_ns, until_ns=time.time_ns(), judged_ns=judged.written_ns))
        except StoreError as error:
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            order.say(f"{error}; trying again in {wait_s:.0f} s")
            # That it was cut shall not keep it from waiting; nothing before is lost.
            judged = judged._replace(is_cut=False, until_ns=judged.until_ns + (_OVERLAP_NS if judged.is_cut else 0))
            continue
        if wait_s > _EVERY_S:
            order.say(f"{newer.address} answers again")
        judged, wait_s = newer, _EVERY_S
        if judged.changed:
            told(judged)
