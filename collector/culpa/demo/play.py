"""The demo's course: start the tiers, send the requests, ask for the verdicts, stop everything."""

import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from culpa.demo import calls
from culpa.demo.crew import Crew
from culpa.demo.front import Front
from culpa.demo.interrupts import ended_by_signals, held_back
from culpa.demo.judgement import Judged, await_spans, await_verdicts
from culpa.demo.postgres import admin_connection
from culpa.demo.tiers import Tiers, start_tiers
from culpa.demo.traffic import Traffic

Say = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """A demo that is up: its tiers, and the processes behind them."""

    tiers: Tiers
    crew: Crew


@contextmanager
def stage(front: Front, store: Path, say: Say) -> Generator[Stage]:
    """Start everything; at the end of the block, however it comes, nothing of it is left but the store."""
    with ended_by_signals(), _folder() as folder, ExitStack() as held:
        crew = Crew(folder / "logs")
        try:
            yield Stage(start_tiers(crew, front, folder, store, held, say), crew)
        finally:
            # A second Ctrl-C must not leave some of them behind.
            with held_back(is_final=True):
                say("stopping everything")
                crew.stop()


def play(on: Stage, say: Say) -> list[Judged]:
    """Send all requests and wait for the verdicts. Errors: Trouble when a process stops by itself."""
    at = on.tiers.places
    traffic = Traffic(on.tiers.web_url, lambda: admin_connection(on.tiers.database_port))
    chapters = (
        ("customers who look and buy", calls.healthy()),
        ("retries, handled errors, wrong input: no failures", calls.traps()),
        ("faults of the shop itself", calls.app_faults(at)),
        ("faults of the database", calls.database_faults(at)),
        ("faults of other companies", calls.upstream_faults(at)),
        ("faults of the set-up and of the machine", calls.setup_faults(at)),
    )
    for title, groups in chapters:
        say(f"sending: {title}")
        traffic.send(groups)
        on.crew.check()
    # A process that is killed takes along what it has not sent yet: let the other failures' spans go first.
    known = {one.trace_id for one in traffic.sent if one.call.reaches_shop and one.status in (500, 501)}
    await_spans(on.tiers.collector_url, at.shop, known, on.crew.check)
    say("sending: a process that is killed in the middle of a request")
    traffic.send(calls.last_fault(at))
    say(f"{len(traffic.sent)} requests are sent; waiting for the verdicts")
    return await_verdicts(on.tiers.collector_url, traffic.sent, on.crew.check)


def stay(on: Stage) -> None:
    """Wait for Ctrl-C. Errors: Trouble when a process stops by itself."""
    with suppress(KeyboardInterrupt):
        while True:
            on.crew.check()
            time.sleep(0.5)


@contextmanager
def _folder() -> Generator[Path]:
    """Give a folder for configurations, logs and the database's files; it goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix="culpa-demo-"))
    # Others may pass through, not look: PostgreSQL runs as another user when the demo is root.
    folder.chmod(stat.S_IRWXU | stat.S_IXGRP | stat.S_IXOTH)
    (folder / "logs").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
