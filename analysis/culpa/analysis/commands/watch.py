"""`culpa watch`: problems and the newest failed requests, live; a line for each new one where there is no terminal."""

import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from culpa.analysis.commands.asking import Asking, console, say, store_options
from culpa.analysis.commands.keys import END, pressed
from culpa.analysis.commands.narrowing import filter_options
from culpa.analysis.surface.filters import Filters
from culpa.store import StoreError, use_arrow_alone

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from culpa.analysis.surface.looks import Look, Watched

#: More than a terminal has lines.
_ROWS: Final = 100
#: So many may be new between two looks; if there are more, it is said.
_NEW: Final = 1000
#: A verdict that comes later than this after its request is not waited for where it is printed.
_LATE_NS: Final = 15 * 60 * 1_000_000_000
_KEYS_THAT_END: Final = ("q", "Q", END)


@click.command("watch", cls=Asking)
@store_options
@filter_options
@click.option(
    "--every", "every_s", type=click.FloatRange(min=0.2, max=3600), default=2.0, metavar="SECONDS",
    help="How often to look  [2].",
)  # fmt: skip
def command(where: str | None, token: str | None, filters: Filters, every_s: float) -> int:
    """Watch problems and the newest failed requests; q ends.

    Where stdout is no terminal, each new verdict is printed once, as a line.
    """
    use_arrow_alone()
    from culpa.analysis.surface.looks import Watched

    with _until_told_to_end():
        if sys.stdout.isatty():
            _show(Watched(where or "", token, filters, _ROWS, _ROWS), every_s)
        else:
            # What was there before counts as known, unless a time was named.
            recent = filters if filters.since_ns else replace(filters, since_ns=time.time_ns() - _LATE_NS)
            _print(Watched(where or "", token, recent, 0, _NEW), every_s, set() if filters.since_ns else None)
    return 0


@contextmanager
def _until_told_to_end() -> Generator[None]:
    """Take Ctrl-C and an order to end for what they are: a terminal is left as it was."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _show(watched: "Watched", every_s: float) -> None:
    from rich.live import Live

    out = console()
    with pressed() as key, Live(console=out, screen=True, auto_refresh=False) as live:

        def has_ended(seconds: float) -> bool:
            return key(seconds) in _KEYS_THAT_END

        for screen in _screens(watched, every_s, has_ended, out):
            live.update(screen, refresh=True)


def _screens(
    watched: "Watched", every_s: float, has_ended: Callable[[float], bool], out: "Console"
) -> "Iterator[RenderableType]":
    from culpa.analysis.report.watched import watched_screen
    from culpa.analysis.surface.looks import Look, looks

    last = Look(watched.where, [], [])
    looked_at = datetime.now(UTC)
    for seen in looks(watched, every_s, has_ended):
        trouble = _trouble(seen)
        if isinstance(seen, Look):
            last, looked_at = seen, datetime.now(UTC)
        yield watched_screen(out, last.where, looked_at, trouble, last.problems, last.verdicts)


def _print(watched: "Watched", every_s: float, known: set[tuple[str, ...]] | None) -> None:
    from culpa.analysis.report.verdicts import verdict_line
    from culpa.analysis.surface.looks import looks

    said = None
    for seen in looks(watched, every_s, _only_wait):
        trouble = _trouble(seen)
        if trouble != said:
            # Of a good answer too: what comes from now on is new.
            say(trouble or f"watching {watched.where}")
        said = trouble
        if isinstance(seen, StoreError):
            continue
        rows = {(row["trace_id"], row["request_span_id"], row["cause"], row["component"]): row for row in seen.verdicts}
        new = [] if known is None else [row for key, row in rows.items() if key not in known]
        known = set(rows)
        for row in reversed(new):
            click.echo(verdict_line(row))
        if len(new) == _NEW:
            say(f"more than {_NEW} were new at once; `culpa verdicts` lists all")


def _trouble(seen: "Look | StoreError") -> str:
    return f"trying again: {' '.join(str(seen).split())}" if isinstance(seen, StoreError) else ""


def _only_wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False
