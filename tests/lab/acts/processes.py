"""Processes that stop, freeze, die, and versions of an app that do not start."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from lab.cell import Cell
from lab.fault import Act
from lab.process import Process
from lab.world import World

Deed = Callable[[World, Cell], None]
#: How long what an act waits for may take (seconds).
PATIENCE_S = 10.0
#: What a broken release needs to break, and on a busy machine (seconds).
_BOOT_S = 5.0
_LONGEST_BOOT_S = 60.0
#: What an app needs to send what it saw of its last request (seconds).
SENDING_S = 0.7


def process_name(cell: Cell, what: str) -> str:
    database = {"postgresql": "postgres", "mysql": "mariadb"}
    return {"app": cell.app.name, "database": database.get(cell.app.system, "")}.get(what, what)


def stopped(what: str) -> Act:
    """Stop a process for the time of the requests."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        process = on.processes[process_name(cell, what)]
        process.stop()
        try:
            yield
        finally:
            process.start()

    return act


def stopped_during(what: str) -> Act:
    """Stop a process while it works on the request, and start it again."""

    def deed(on: World, cell: Cell) -> None:
        holder(on, cell)
        # The request is in the process; what it has seen so far shall be on its way.
        time.sleep(SENDING_S)
        on.processes[process_name(cell, what)].stop()

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        process = on.processes[process_name(cell, what)]
        (on.folder / f"{cell.app.name}.holding").unlink(missing_ok=True)
        try:
            with during(deed)(on, cell):
                yield
        finally:
            process.stop()
            process.start()

    return act


def frozen(what: str) -> Act:
    """Freeze a process and its children (SIGSTOP) for the time of the requests."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        process = on.processes[process_name(cell, what)]
        process.send(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send(signal.SIGCONT)

    return act


def freezing(what: str, after_s: float) -> Act:
    """Freeze a process and its children when the requests have run for a while, until they have ended."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        process = on.processes[process_name(cell, what)]
        timer = threading.Timer(after_s, process.send, (signal.SIGSTOP,))
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            process.send(signal.SIGCONT)

    return act


def during(deed: Deed) -> Act:
    """Do something as soon as the requests run."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        troubles: list[BaseException] = []

        def work() -> None:
            try:
                deed(on, cell)
            except Exception as trouble:
                troubles.append(trouble)

        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield
        finally:
            worker.join()
        if troubles:
            raise troubles[0]

    return act


def holder(on: World, cell: Cell) -> int:
    """Wait for a request that holds a worker, and return the worker's pid."""
    note = on.folder / f"{cell.app.name}.holding"
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if note.exists() and note.read_text():
            pid = int(note.read_text())
            note.unlink()
            return pid
        time.sleep(0.05)
    raise TimeoutError(f"no worker of {cell.app.name} began to hold")


def kill_worker(number: signal.Signals) -> Act:
    """Kill the worker that serves the request."""

    def deed(on: World, cell: Cell) -> None:
        os.kill(holder(on, cell), number)

    killing = _then_well(during(deed))

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        # A note of a request before this one would name a worker that serves nobody now.
        (on.folder / f"{cell.app.name}.holding").unlink(missing_ok=True)
        with killing(on, cell):
            yield

    return act


def _then_well(act: Act) -> Act:
    """Wait afterwards until the app answers again: its supervisor has started another worker."""

    @contextmanager
    def whole(on: World, cell: Cell) -> Generator[None]:
        with act(on, cell):
            yield
        deadline = time.monotonic() + 2 * PATIENCE_S
        while time.monotonic() < deadline:
            if on.answers(cell.app):
                return
            time.sleep(0.2)
        process = on.processes[cell.app.name]
        process.stop()
        process.start()

    return whole


def then_well() -> Act:
    """Do nothing but wait afterwards until the app answers again."""

    @contextmanager
    def nothing(_on: World, _cell: Cell) -> Generator[None]:
        yield

    return _then_well(nothing)


def _is_broken(process: Process, said: int, after_s: float) -> bool:
    """Say whether a release has ended or said why it does not start; a supervisor may live on, PHP breaks with the request."""
    if process.has_ended() or after_s > _LONGEST_BOOT_S or (after_s > _BOOT_S and process.ready()):
        return True
    with process.log.open("rb") as log:
        log.seek(said)
        return b"Error" in log.read()


def deploy(broken: str) -> Act:
    """Deploy a version that does not start, for the time of the requests."""

    @contextmanager
    def act(on: World, cell: Cell) -> Generator[None]:
        process = on.processes[cell.app.name]
        process.stop()
        said = process.log.stat().st_size
        process.launch(LAB_BROKEN=broken)
        began = time.monotonic()
        while not _is_broken(process, said, time.monotonic() - began):
            time.sleep(0.1)
        time.sleep(SENDING_S)
        try:
            yield
        finally:
            # PHP sends when the client has its answer: not to be stopped in that moment.
            time.sleep(SENDING_S)
            process.stop()
            process.start()

    return act
