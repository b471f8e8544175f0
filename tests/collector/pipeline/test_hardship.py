"""What a machine does to a collector: it is stopped for a while, it has no more descriptors, its clock jumps."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main
from culpa.store import RemoteStore

from .conftest import Running
from .payload import traces
from .test_durability import PER_BODY, Load, _expected, _names
from .test_sealed import SOON


def test_a_collector_that_was_stopped_for_a_while_goes_on(collect: Callable[..., Running]) -> None:
    """As a suspended machine does (SIGSTOP): senders wait or try again, and each acknowledged span is there once."""
    running = collect()
    load = Load(running)
    for _ in range(3):
        time.sleep(0.4)
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        running.process.send_signal(signal.SIGCONT)
    before = len(load.acknowledged)
    _wait(lambda: len(load.acknowledged) > before)
    load.join()
    assert 0 == running.stop()
    assert _expected(load.acknowledged) == _names(running.store)


def test_without_descriptors_it_takes_no_more_and_goes_on_when_some_are_free(collect: Callable[..., Running]) -> None:
    """Others hold as many connections as it may have open; what it answers before and after is kept."""
    running = collect()
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]
    own = len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))
    resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (own + 8, own + 8))
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(socket.create_connection(("127.0.0.1", running.http_port), timeout=5))
        time.sleep(1)
        assert running.process.poll() is None
    _wait(lambda: _answers(running, 11))
    assert 0 == running.stop()
    assert {f"GET /{number}" for number in range(1, 21)} == _names(running.store)


def _answers(running: Running, first: int) -> bool:
    try:
        return running.export(traces(first, 10).SerializeToString())[0] == 200
    except OSError:
        return False


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Path]:
    """Return a file that says how far off a clock is, as libfaketime reads it."""
    if not shutil.which("faketime"):
        pytest.skip("needs faketime")
    place = tmp_path / "clock"
    place.write_text("+0")
    yield place


def _library() -> str:
    said = subprocess.run(["faketime", "-f", "+0", "env"], capture_output=True, text=True, check=True).stdout
    return next(line.partition("=")[2] for line in said.splitlines() if line.startswith("LD_PRELOAD="))


@pytest.mark.parametrize("jump", ["+2d", "-2d"])
def test_a_clock_that_jumps_loses_and_doubles_nothing(collect: Callable[..., Running], clock: Path, jump: str) -> None:
    """By two days, in the middle of what comes: all that was acknowledged is there, and what failed is judged."""
    environ = {
        "LD_PRELOAD": _library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    running = collect("--settle-s", "1", "--provisional-s", "0.2", environ=environ)
    load = Load(running, threads=2)
    _wait(lambda: load.acknowledged)
    assert 200 == running.export(traces(10**10, 1, status=500).SerializeToString())[0]
    clock.write_text(jump)
    before = len(load.acknowledged)
    _wait(lambda: len(load.acknowledged) > before + 2)
    assert 200 == running.export(traces(10**10 + 1, 1, status=500).SerializeToString())[0]
    _wait(lambda: RemoteStore(running.url).query("select * from verdicts where settled").num_rows == 2)
    load.join()
    assert 200 == running.request("/readyz", method="GET")[0].status
    assert 0 == running.stop()
    failed = {f"GET /{10**10 + number}" for number in range(2)}
    assert _expected(load.acknowledged) | failed == _names(running.store)


def test_a_disk_that_is_full_while_rows_are_sealed_loses_none(
    collect: Callable[..., Running], small_disk: Path, tmp_path: Path
) -> None:
    """The rows stay where they are, it says so, and they are sealed when there is space again."""
    # Else what is sealed makes way at once: so much is never free here.
    running = collect(*SOON, "--keep-free-bytes", "0", store=small_disk / "store", logs=tmp_path)
    ballast = small_disk / "ballast"
    _fill(ballast, 1_500_000)
    acknowledged = [
        first
        for first in range(1, 6_000, PER_BODY)
        if running.export(traces(first, PER_BODY).SerializeToString())[0] == 200
    ]
    _wait(lambda: "the store is not tidied" in running.log.read_text())
    assert running.process.poll() is None
    ballast.unlink()
    _wait(lambda: list(running.store.glob("sealed-*.duckdb")))
    assert 0 == running.stop()
    assert _expected(acknowledged) <= _names(running.store)


def test_a_backup_onto_a_full_disk_says_so_and_leaves_the_earlier_one(
    collect: Callable[..., Running], small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = collect()
    assert 200 == running.export(traces(1, PER_BODY).SerializeToString())[0]
    asked = ["store", "backup", running.url, str(small_disk / "backup")]
    assert 0 == main(asked)
    assert 200 == running.export(traces(1001, 5_000).SerializeToString())[0]
    _fill(small_disk / "ballast", 100_000)
    assert 0 != main(asked)
    assert "No space left" in capsys.readouterr().err
    assert _expected([1]) == _names(small_disk / "backup")


def _fill(ballast: Path, free: int) -> None:
    """Leave so many bytes of a disk."""
    disk = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(disk.f_bavail * disk.f_frsize - free))


def _wait(is_so: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
