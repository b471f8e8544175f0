"""The store's file is deleted, replaced or unmounted under a running collector: no 200 for rows that are gone."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from culpa.store import DuckDBStore

from .conftest import Running
from .payload import traces


def _ready(running: Running) -> tuple[int, dict[str, str]]:
    answer, text = running.request("/readyz", method="GET")
    return answer.status, json.loads(text)


def _export(running: Running, first: int) -> int:
    return running.export(traces(first, 10).SerializeToString())[0]


def _refuses(running: Running, first: int, *words: str) -> None:
    assert 503 == _export(running, first)
    status, wrong = _ready(running)
    assert 503 == status
    assert any(word in wrong["store"] for word in words), wrong
    assert 200 == running.request("/healthz", method="GET")[0].status
    assert running.process.poll() is None


def _names(store: Path) -> int:
    with DuckDBStore(store) as opened:
        return int(opened.query("select count(distinct span_name) as n from spans").to_pylist()[0]["n"])


def test_a_directory_that_was_deleted_is_503_and_a_restart_begins_anew(collect: Callable[..., Running]) -> None:
    """It stops in order, says why, and leaves nothing where the directory was."""
    running = collect()
    assert 200 == _export(running, 1)
    shutil.rmtree(running.store)
    for first in (11, 21):
        _refuses(running, first, "deleted", "cannot be reached")
    assert not running.store.exists()
    assert 0 == running.stop()
    assert "Traceback" not in running.log.read_text()
    assert not running.store.exists()
    again = collect(store=running.store)
    assert 200 == _export(again, 11)


@pytest.mark.parametrize("what", ["directory", "file"])
def test_what_was_moved_away_and_comes_back_goes_on(collect: Callable[..., Running], what: str) -> None:
    """Nothing that was acknowledged before or after is missing, and a retry counts once."""
    running = collect()
    assert 200 == _export(running, 1)
    place = running.store if what == "directory" else running.store / "hot.duckdb"
    away = running.store.parent / "away"
    place.rename(away)
    _refuses(running, 11, "deleted", "cannot be reached")
    away.rename(place)
    assert 200 == _export(running, 11)
    assert 200 == _export(running, 21)
    assert (200, {"status": "ready"}) == _ready(running)
    assert 0 == running.stop()
    assert 30 == _names(running.store)


def test_a_file_that_was_replaced_is_not_written(collect: Callable[..., Running]) -> None:
    """Neither is its write-ahead log taken away, which has the name of ours."""
    running = collect()
    other = running.store.parent / "other"
    other.mkdir()
    DuckDBStore(other / "hot.duckdb", writable=True).close()
    (other / "hot.duckdb.wal").write_bytes(b"")
    assert 200 == _export(running, 1)
    for name in ("hot.duckdb", "hot.duckdb.wal"):
        (other / name).replace(running.store / name)
    before = (running.store / "hot.duckdb").read_bytes()
    _refuses(running, 11, "replaced")
    assert 0 == running.stop()
    assert before == (running.store / "hot.duckdb").read_bytes()
    assert (running.store / "hot.duckdb.wal").exists()
    assert "Traceback" not in running.log.read_text()


def test_a_log_that_was_deleted_is_noticed(collect: Callable[..., Running]) -> None:
    """The file alone would lack what was acknowledged since its last checkpoint."""
    running = collect()
    assert 200 == _export(running, 1)
    (running.store / "hot.duckdb.wal").unlink()
    assert 503 == _export(running, 11)
    running.stop(signal.SIGKILL)


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """Return a mounted file system that can be taken away and brought back as it was."""
    kept, place = tmp_path / "kept", tmp_path / "volume"
    kept.mkdir()
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "--bind", str(kept), str(place)], capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def test_a_volume_that_is_unmounted_and_mounted_again_goes_on(collect: Callable[..., Running], volume: Path) -> None:
    """Meanwhile nothing is made on the disk below it."""
    running = collect(store=volume / "store")
    assert 200 == _export(running, 1)
    subprocess.run(["umount", "-l", str(volume)], check=True)
    _refuses(running, 11, "deleted", "cannot be reached")
    assert [] == list(volume.iterdir())
    subprocess.run(["mount", "--bind", str(volume.parent / "kept"), str(volume)], check=True)
    assert 200 == _export(running, 11)
    assert 0 == running.stop()
    assert 20 == _names(running.store)
