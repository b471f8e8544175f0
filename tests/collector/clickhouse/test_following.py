"""`culpa judge --follow` goes on with what fails, waits for a ClickHouse that is away, and judges nothing twice."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from .conftest import ChDB

_CULPA = "import sys; from culpa.instrumentation.cli import main; sys.exit(main())"


def _wait_for(log: Path, words: str) -> None:
    until = time.monotonic() + 90
    while words not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)


def test_what_fails_while_it_is_away_is_judged_when_it_is_back(
    chdb: ChDB, one_failure: Callable[[int, int], Path], port: int, tmp_path: Path
) -> None:
    into, log = tmp_path / "judged.duckdb", tmp_path / "log"
    chdb.fill("map-new-logs", one_failure(1, time.time_ns() - 60_000_000_000))
    with chdb.served(port) as address, log.open("w") as said:
        command = [sys.executable, "-c", _CULPA, "judge", "--store", address, "--into", str(into), "--follow"]
        following = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            _wait_for(log, "1 trace that may hold a failed request, 1 judged")
        except BaseException:
            following.kill()
            raise
    try:
        _wait_for(log, "does not answer")
        chdb.fill("", one_failure(2, time.time_ns()))
        with chdb.served(port):
            _wait_for(log, "2 traces that may hold a failed request, 1 judged, 1 known already")
    finally:
        following.kill()
        following.wait()
    assert "s3cret" not in log.read_text()
    with duckdb.connect(str(into)) as store:
        assert [(2, 2)] == store.execute(
            "select count(*), count(distinct trace_id) from data.verdict_revisions"
        ).fetchall()
