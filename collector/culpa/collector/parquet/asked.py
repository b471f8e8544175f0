"""What `culpa judge` asks of this room, by the entry point of `culpa.sources`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from culpa.store import DuckDBStore, StoreRefused

if TYPE_CHECKING:
    from culpa.collector.abroad.following import Judged
    from culpa.collector.abroad.windows import Window
    from culpa.collector.parquet.there import ParquetFolder

_HOUR_NS = 3_600_000_000_000


def judge_there(
    where: str,
    *,
    into: Path,
    since_ns: int,
    until_ns: int,
    settle: Callable[[DuckDBStore, Sequence[str]], None],
    say: Callable[[str], None],
    told: "Callable[[Judged], None]",
    is_followed: bool = False,
    is_written: bool = False,
    is_approved: bool = False,
    share: tuple[int, int] = (1, 1),
) -> str:
    """Judge one window of what lies in a folder, or go on until interrupted, and tell of each window.

    Shape: `since_ns` 0 is an hour ago, of what is followed where the local store ends; `until_ns` 0 is now. Return '':
    there is nothing to approve. Errors: StoreRefused where verdicts are to be written there; StoreError.
    """
    from culpa.collector.abroad.library import needed_to
    from culpa.collector.abroad.windows import Window, Windows
    from culpa.collector.parquet.address import address_of

    if is_written or is_approved:
        raise StoreRefused(
            "a Parquet folder is read, and no verdict is written there; leave out --write: --into FILE keeps them, and "
            "`culpa store export FILE` writes them as Parquet"
        )
    now_ns = time.time_ns()
    address = address_of(where)
    with needed_to(f"read {address}", "collector"):
        from culpa.collector.abroad.following import judge_all, resumed_ns
        from culpa.collector.parquet.there import ParquetFolder
    there = ParquetFolder(address, say)

    def judge(window: Window, *, is_thorough: bool = False) -> "Judged":
        return _judge(there, into, window, settle, is_thorough=is_thorough)

    begin_ns = since_ns or now_ns - _HOUR_NS
    try:
        windows = Windows(1, since_ns or resumed_ns(into, 1) or begin_ns) if is_followed else None
        judge_all(judge, Window(begin_ns, until_ns or now_ns), windows, told=told, say=say)
    finally:
        there.let_go()
    return ""


def _judge(
    there: "ParquetFolder",
    into: Path,
    window: "Window",
    settle: Callable[[DuckDBStore, Sequence[str]], None],
    *,
    is_thorough: bool,
) -> "Judged":
    from culpa.collector.abroad.following import judge_suspects
    from culpa.collector.abroad.settling import Alone
    from culpa.collector.abroad.shares import ALONE

    found = list(there.failing(*window))
    with DuckDBStore(into, writable=True) as store:
        place = Alone(there, store, settle)
        judged = judge_suspects(place, ALONE, found, window, time.time_ns(), is_thorough=is_thorough)
        store.checkpoint()
    return judged
