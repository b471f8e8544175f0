"""A 200 survives kill -9, a retry counts once, and a full disk loses nothing that was answered."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.store import DuckDBStore

from .conftest import Running
from .payload import traces

PER_BODY = 200


def _names(store: Path) -> set[str]:
    with DuckDBStore(store) as reopened:
        rows = reopened.query("select span_name, count(*) as n from spans group by span_name").to_pylist()
    assert {1} == {row["n"] for row in rows}
    return {row["span_name"] for row in rows}


class Load:
    """Threads that export until the collector is gone, and remember what was answered with 200."""

    def __init__(self, running: Running, threads: int = 4) -> None:
        self.running = running
        self.acknowledged: list[int] = []
        self.refused: list[int] = []
        self._next = iter(range(1, 10**9, PER_BODY))
        self._lock = threading.Lock()
        self._stop = False
        self._threads = [threading.Thread(target=self._send) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _send(self) -> None:
        while not self._stop:
            with self._lock:
                first = next(self._next)
            try:
                status, _ = self.running.export(traces(first, PER_BODY).SerializeToString())
            except OSError:
                return
            (self.acknowledged if status == 200 else self.refused).append(first)

    def join(self) -> None:
        """Send no more."""
        self._stop = True
        for thread in self._threads:
            thread.join()


def _expected(acknowledged: list[int]) -> set[str]:
    return {f"GET /{number}" for first in acknowledged for number in range(first, first + PER_BODY)}


def test_every_acknowledged_span_survives_kill_9(collect: Callable[..., Running]) -> None:
    """The process is killed in the middle of load; what was answered is in the file, once."""
    running = collect()
    load = Load(running)
    time.sleep(3)
    running.stop(signal.SIGKILL)
    load.join()
    assert len(load.acknowledged) > 5
    assert _expected(load.acknowledged) <= _names(running.store)


def test_a_retry_after_a_crash_is_stored_once(collect: Callable[..., Running]) -> None:
    """The sender did not hear the answer, and the collector that gets the retry is another process."""
    running = collect()
    body = traces(1, 50).SerializeToString()
    assert 200 == running.export(body)[0]
    running.stop(signal.SIGKILL)
    again = collect(store=running.store)
    assert 200 == again.export(body)[0]
    assert 200 == again.export(traces(40, 20).SerializeToString())[0]
    assert 59 == again.count()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopping_stores_what_is_under_way(collect: Callable[..., Running], how: signal.Signals) -> None:
    """A signal in the middle of load: exit status 0, answers kept, the log moved into the file."""
    running = collect()
    load = Load(running)
    time.sleep(1.5)
    assert 0 == running.stop(how)
    load.join()
    assert load.acknowledged
    assert _expected(load.acknowledged) <= _names(running.store)
    assert not Path(f"{running.store}/hot.duckdb.wal").exists()


def test_a_full_disk_is_503_until_there_is_space_again(collect: Callable[..., Running], small_disk: Path) -> None:
    """Refused with 503 and Retry-After, never 500; goes on by itself; loses nothing that was answered."""
    running = collect(store=small_disk / "store")
    ballast = small_disk / "ballast"
    assert 200 == running.export(traces(1, PER_BODY).SerializeToString())[0]
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    ballast.write_bytes(bytes(free - 600_000))
    acknowledged, statuses = [1], set()
    for first in range(1001, 20_001, PER_BODY):
        answer, _ = running.request(
            "/v1/traces",
            traces(first, PER_BODY).SerializeToString(),
            {"Content-Type": "application/x-protobuf"},
        )
        statuses.add(answer.status)
        if answer.status == 200:
            acknowledged.append(first)
        else:
            assert answer.getheader("retry-after")
            break
    assert {200, 503} == statuses
    ballast.unlink()
    assert 200 == running.export(traces(first, PER_BODY).SerializeToString())[0]
    assert 0 == running.stop()
    assert _expected([*acknowledged, first]) == _names(running.store)


def test_below_the_free_space_that_is_wanted_nothing_is_begun(collect: Callable[..., Running]) -> None:
    """min_free_bytes refuses before a checkpoint could fail, and /readyz says so; reading goes on."""
    running = collect("--min-free-bytes", str(2**60))
    answer, _ = running.request(
        "/v1/traces", traces(1, 1).SerializeToString(), {"Content-Type": "application/x-protobuf"}
    )
    assert (503, "2") == (answer.status, answer.getheader("retry-after"))
    ready, text = running.request("/readyz", method="GET")
    assert 503 == ready.status
    assert b"min_free_bytes" in text
    assert 200 == running.request("/healthz", method="GET")[0].status
    assert 0 == running.count()
