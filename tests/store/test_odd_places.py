"""What is no store, or cannot be opened, is told in one line and with exit status 2; nothing waits for ever."""

import os
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.store import DuckDBStore
from culpa.store.heal import _FACTOR, _MASK


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("a text, and no store\n" * 10)


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("create table t (a)")
    other.close()


def _newer(path: Path) -> None:
    """Make a file as a DuckDB of the year 2040 would, with a checksum that is right."""
    DuckDBStore(path, writable=True).close()
    with path.open("r+b") as file:
        head = bytearray(file.read(4096))
        struct.pack_into("<Q", head, 12, 4_000)
        total = 5381
        for (word,) in struct.iter_unpack("<Q", head[8:]):
            total ^= word * _FACTOR & _MASK
        struct.pack_into("<Q", head, 0, total)
        file.seek(0)
        file.write(head)


def _directory(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 2**30)


def _forbidden(path: Path) -> None:
    DuckDBStore(path, writable=True).close()
    path.chmod(0)


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("a file where a folder should be")


_READ = {
    _empty: "is empty",
    _text: "is not a DuckDB file",
    _sqlite: "is not a DuckDB file",
    _newer: "another version of DuckDB",
    _directory: "directory without a store",
    _loop: "",
    _fifo: "not a regular file",
    _device: "not a regular file",
    _sparse: "is not a DuckDB file",
    _forbidden: "Permission denied",
    _below_a_file: "",
}


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from culpa.instrumentation.cli import main; sys.exit(main(sys.argv[1:]))"
    # Root is asked for no permission, unless it gives that up.
    like_others = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    command = [*like_others, sys.executable, "-c", code, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a path in a folder of its own."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in" / "odd.duckdb"


@pytest.mark.parametrize("make", list(_READ))
def test_a_command_says_what_is_there_instead(place: Path, make: Callable[[Path], None]) -> None:
    """Of a place that is read."""
    make(place)
    done = _run("verdicts", "--store", str(place))
    assert (2, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert "odd.duckdb" in done.stderr
    assert _READ[make] in done.stderr


@pytest.mark.parametrize("make", [_text, _sqlite, _newer, _loop, _fifo, _device, _sparse, _forbidden, _below_a_file])
def test_recordings_are_not_read_into_what_is_no_store(place: Path, make: Callable[[Path], None]) -> None:
    """Of a place that is written."""
    make(place)
    log = place.parent.parent / "access.log"
    log.write_text("")
    done = _run("ingest", str(log), "--db", str(place))
    assert 2 == done.returncode
    assert 1 == len(done.stderr.splitlines()), done.stderr


def test_a_folder_that_may_not_be_written_is_told(place: Path) -> None:
    """A new store would be made in it."""
    log = place.parent.parent / "access.log"
    log.write_text("")
    place.parent.chmod(0o555)
    done = _run("ingest", str(log), "--db", str(place))
    assert 2 == done.returncode
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert "Permission denied" in done.stderr


def test_a_store_that_may_only_be_read_is_read(place: Path) -> None:
    """Nothing is written beside it."""
    DuckDBStore(place, writable=True).close()
    place.chmod(0o444)
    place.parent.chmod(0o555)
    done = _run("verdicts", "--store", str(place))
    assert (0, "") == (done.returncode, done.stdout)
    assert [place.name] == [path.name for path in place.parent.iterdir()]
