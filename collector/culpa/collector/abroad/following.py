"""Judge window after window, as long as somebody wants it; a system that is away is waited for."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, NoReturn, Protocol

from culpa.collector.abroad.settling import Alone
from culpa.collector.abroad.shares import Share
from culpa.collector.abroad.there import MOST_TRACES, Suspect
from culpa.collector.abroad.windows import Window, Windows, reach_ns
from culpa.collector.abroad.working import work
from culpa.store import DuckDBStore, StoreError

_EVERY_S = 5.0
_LONGEST_WAIT_S = 60.0
_NEWEST = "select epoch_ns(max(ended_at)) as newest from verdicts"


class Judged(NamedTuple):
    """What a window held."""

    address: str
    found: int  # traces that may hold a failed request, and are not closed
    changed: tuple[str, ...]  # those of them of which something was new, and which were judged
    until_ns: int  # up to then all is judged
    is_cut: bool  # since the window held too much


class Judge(Protocol):
    """Judges a window; what is thorough looks at what is closed, too."""

    def __call__(self, window: Window, *, is_thorough: bool = False) -> Judged:
        """Judge it. Errors: StoreError."""
        ...


def judge_suspects(
    place: Alone, share: Share, suspects: Iterable[Suspect], window: Window, now_ns: int, *, is_thorough: bool
) -> Judged:
    """Judge what a window holds, as much of it as is judged at once, the oldest first. Errors: StoreError."""
    found = list(suspects)
    is_cut = len(found) > MOST_TRACES
    del found[MOST_TRACES:]
    work(place, share, found, now_ns, is_thorough=is_thorough)
    until_ns = found[-1].first_ns if is_cut else window.until_ns
    return Judged(place.where, len(found), tuple(place.changed), until_ns, is_cut)


def judge_all(
    judge: Judge,
    window: Window,
    windows: Windows | None,
    *,
    told: Callable[[Judged], None],
    say: Callable[[str], None],
) -> None:
    """Judge a window and tell of it; or window after window until interrupted. Errors: StoreError."""
    if windows:
        follow(judge, windows, told=told, say=say)
    judged = judge(window, is_thorough=True)
    told(judged)
    if judged.is_cut:
        say(
            f"more than {MOST_TRACES} traces failed in that time; judged are the oldest, up to {judged.until_ns} ns "
            "since 1970: go on with a --since from there"
        )


def resumed_ns(into: Path, judges: int) -> int:
    """Return since when to go on with what a local store holds, 0 if it holds nothing. Errors: StoreError."""
    if not into.exists():
        return 0
    with DuckDBStore(into) as store:
        [row] = store.query(_NEWEST).to_pylist()
    return max(0, (row["newest"] or 0) - reach_ns(judges))


def follow(
    judge: Callable[[Window], Judged],
    windows: Windows,
    *,
    told: Callable[[Judged], None],
    say: Callable[[str], None],
) -> NoReturn:
    """Judge until interrupted; tell of each window in which something was new.

    Errors: StoreError from the first window; from later ones they are said, and the window is judged again.
    """
    judged = _judge_next(judge, windows)
    told(judged)
    wait_s = _EVERY_S
    while True:
        time.sleep(0 if judged.is_cut and wait_s == _EVERY_S else wait_s)
        try:
            judged = _judge_next(judge, windows)
        except StoreError as error:
            windows.failed()
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
            say(f"{error}; trying again in {wait_s:.0f} s")
            continue
        if wait_s > _EVERY_S:
            say(f"{judged.address} answers again")
        wait_s = _EVERY_S
        if judged.changed:
            told(judged)


def _judge_next(judge: Callable[[Window], Judged], windows: Windows) -> Judged:
    judged = judge(windows.next(time.time_ns()))
    windows.done(judged.until_ns, is_cut=judged.is_cut)
    return judged
