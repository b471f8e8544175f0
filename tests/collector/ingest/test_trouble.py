"""Logs that are not what they should be: said once, counted, never fatal, and never a matter of memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

MEGABYTE = 1_048_576

#: Follows a log until both good lines are stored, then says how much memory that took at most, in KiB.
FOLLOW = """
import logging, resource, sys, time
from pathlib import Path
from culpa.collector.tail import Tailer
from culpa.collector.writer import Writer
from culpa.store import DuckDBStore

logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
log, path = sys.argv[1], sys.argv[2]
with DuckDBStore(Path(path), writable=True) as store:
    writer = Writer(store, linger_s=0.005)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tailer = Tailer([f"nginx_access={log}"], writer.submit, poll_s=0.02)
    tailer.start()
    deadline = time.monotonic() + 120
    while store.query("select count(*) as n from access").to_pylist()[0]["n"] < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    tailer.stop()
    writer.close()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, sum(tailer.unreadable.values()))
"""


def line(number: int, status: int = 500) -> str:
    """Return a line of nginx's JSON access log."""
    return json.dumps({
        "ts": f"1795334722.{number % 1000:03d}", "trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}",
        "connection": 1, "method": "GET", "request_uri": f"/{number}", "status": status, "request_time": "0.010",
    }) + "\n"  # fmt: skip


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a log with two good lines, and one of 100 MB between them."""
    path = tmp_path_factory.mktemp("huge") / "access.log"
    with path.open("wb") as file:
        file.write(line(1).encode())
        for _ in range(100):
            file.write(b"x" * MEGABYTE)
        file.write(b"\n" + line(2).encode())
    return path


def measured(*arguments: object) -> tuple[str, int]:
    """Run `culpa ingest` on its own; return what it said and the memory it took at most, in KiB."""
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "ingest", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr
    with process.stderr:
        said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert 0 == process.returncode, said
    return said, usage.ru_maxrss


def test_a_recorded_line_of_100_mb_is_told_by_its_number_and_takes_no_memory(huge: Path, tmp_path: Path) -> None:
    """The lines around it are kept."""
    short = tmp_path / "access.log"
    short.write_text(line(1) + line(2))
    _, usual = measured(short, "--db", tmp_path / "short.duckdb")
    said, most = measured(huge, "--db", tmp_path / "huge.duckdb")
    assert f"{huge}:2: kept as it is: nginx_access: longer than what is read of a line" in said
    assert "skipped 1 bad line" in said
    assert most - usual < 32 * 1024, (most, usual)
    with duckdb.connect(str(tmp_path / "huge.duckdb"), read_only=True) as connection:
        assert [(2,)] == connection.execute("select count(*) from verdicts").fetchall()


def test_a_followed_line_of_100_mb_is_told_once_and_takes_no_memory(huge: Path, tmp_path: Path) -> None:
    """It is read a megabyte at a time, and kept no longer than it can be a line."""
    command = [sys.executable, "-c", FOLLOW, str(huge), str(tmp_path / "store.duckdb")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)
    grown, counted = map(int, done.stdout.split())
    assert 1 <= counted <= 2
    assert 1 == done.stderr.count(str(huge))
    assert grown < 64 * 1024


def test_lines_without_failures_leave_nothing_to_judge(ingest, tmp_path: Path) -> None:
    """However many: no verdict is looked for, and each is a row."""
    path = tmp_path / "access.log"
    path.write_text("".join(line(number, 200) for number in range(5_000)))
    done = ingest(path)
    assert (0, 5_000, 0) == (done.status, done.count("access"), done.count("verdict_revisions"))
    assert "0 failures judged" in done.stderr


def test_rubbish_between_the_lines_is_counted_and_the_first_of_it_told(ingest, tmp_path: Path) -> None:
    """Bytes of a crashed disk, a half line before the next, a line of another log, one that is no text at all."""
    path = tmp_path / "access.log"
    good = [line(number).encode() for number in range(40)]
    rubbish = [
        bytes(range(256)).replace(b"\n", b"") + b"\n",
        b"\0" * 4096 + b"\n",
        b'{"ts":"17953',
        b"[Sat Nov 22] apache says\n",
    ]
    path.write_bytes(b"".join(a + rubbish[n % 4] for n, a in enumerate(good)) + b'{"half":')
    done = ingest(path)
    # Each half line takes the good one after it with it.
    assert (0, 30) == (done.status, done.count("access"))
    assert 6 == done.stderr.count(f"{path}:")
    assert "more such lines of this file are only counted" in done.stderr
    assert "skipped 41 bad lines" in done.stderr
