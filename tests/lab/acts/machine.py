"""Memory and disk of the machine that come to an end."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from lab.acts.impossible import Impossible
from lab.acts.processes import PATIENCE_S, SENDING_S
from lab.cell import Cell
from lab.fault import Act
from lab.services import rabbitmq
from lab.world import World

#: Two faults further apart are not taken for one (seconds).
_APART_S = 3.0


@contextmanager
def swept(on: World, _cell: Cell) -> Generator[None]:
    """Remove afterwards what filled the small disk."""
    try:
        yield
    finally:
        for file in on.small_disk.glob("*.csv") if on.small_disk else ():
            file.unlink()


@contextmanager
def alarmed(on: World, _cell: Cell) -> Generator[None]:
    """Let the broker believe that its memory is used up: it takes connections, but no messages."""
    broker = on.processes["rabbitmq"]
    rabbitmq.limit_memory(broker, "1000000")
    try:
        yield
    finally:
        rabbitmq.limit_memory(broker, "0.4")


@contextmanager
def broker_stopped(on: World, cell: Cell) -> Generator[None]:
    """Stop the broker after a message went through: who listened there has been seen."""
    httpx.get(f"{on.url(cell.front, cell.app)}/send", timeout=PATIENCE_S, trust_env=False).raise_for_status()
    time.sleep(SENDING_S)
    broker = on.processes["rabbitmq"]
    broker.stop()
    try:
        yield
    finally:
        broker.start()
        rabbitmq.prepare(on.ports.rabbitmq)


def memory_limited(limit_bytes: int) -> Act:
    """Put the app into a memory cgroup of this size for the time of the requests."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        group = _limited_group(f"culpa-lab-{os.getpid()}-{cell.app.name}", limit_bytes)
        process = on.processes[cell.app.name]
        try:
            # The kernel's clock and ours may be a second apart, and what failed before shall not look like this.
            time.sleep(_APART_S)
            for pid in process.family():
                (group / "cgroup.procs").write_text(str(pid))
            yield
        finally:
            process.stop()
            _remove(group)
            process.start()

    return act


def _limited_group(name: str, limit_bytes: int) -> Path:
    """Make a memory cgroup, of version 1 or 2. Errors: Impossible where neither is to be had."""
    first, second = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    group, limit = (first / name, "memory.limit_in_bytes") if first.is_dir() else (second / name, "memory.max")
    try:
        group.mkdir()
        (group / limit).write_text(str(limit_bytes))
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        raise Impossible(f"no memory cgroup can be made here ({error})") from error
    return group


def _remove(group: Path) -> None:
    """Remove a cgroup as soon as the kernel has let go of its last process."""
    deadline = time.monotonic() + PATIENCE_S
    while group.exists() and time.monotonic() < deadline:
        with suppress(OSError):
            group.rmdir()
        time.sleep(0.05)
