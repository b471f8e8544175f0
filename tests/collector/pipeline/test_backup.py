"""A running collector is backed up under load, and the backup is what it held at that moment."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore

from .conftest import Running
from .payload import traces
from .test_durability import Load, _expected, _names
from .test_sealed import SOON, _sealed, _wait


def _members(body: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return tar.getnames()


def test_a_backup_under_load_holds_all_that_was_acknowledged_before(
    collect: Callable[..., Running], tmp_path: Path
) -> None:
    """Each row once, while rows are sealed and senders send; the second copies no sealed file again."""
    running = collect(*SOON)
    load = Load(running)
    _wait(lambda: len(_sealed(running.store)) >= 2, running)
    backups = [tmp_path / "backup", tmp_path / "backup", tmp_path / "another"]
    kept: dict[Path, int] = {}
    for number, backup in enumerate(backups):
        there = {path.name: path.stat().st_ino for path in backup.glob("sealed-*")}
        before = list(load.acknowledged)
        assert 0 == main(["store", "backup", running.url, str(backup)])
        again = {
            name for name, inode in there.items() if (backup / name).exists() and (backup / name).stat().st_ino != inode
        }
        assert not again
        new = tmp_path / f"new{number}"
        assert 0 == main(["store", "restore", str(backup), str(new)])
        names = _names(new)
        assert _expected(before) <= names
        # What was sent later than that is whole too, body by body.
        assert 0 == len(names) % 200
        kept[new] = len(names)
        time.sleep(0.5)
    load.join()
    assert running.process.poll() is None
    assert sorted(kept.values()) == list(kept.values())
    # Whoever reads and writes there goes on.
    assert running.count() == 200 * len(load.acknowledged)
    assert 0 == running.stop()


def test_the_collector_that_is_started_with_it_goes_on(collect: Callable[..., Running], tmp_path: Path) -> None:
    """It knows what it has already, also what lies in sealed files."""
    running = collect(*SOON)
    running.export(traces(1, 2500).SerializeToString())
    _wait(lambda: _sealed(running.store), running)
    running.export(traces(5000, 100).SerializeToString())
    assert 0 == main(["store", "backup", running.url, str(tmp_path / "backup")])
    assert 0 == main(["store", "restore", str(tmp_path / "backup"), str(tmp_path / "new")])
    again = collect(*SOON, store=tmp_path / "new")
    assert 200 == again.export(traces(1, 2500).SerializeToString())[0]
    assert 200 == again.export(traces(4000, 1).SerializeToString())[0]
    assert 2601 == again.count()


def test_what_the_caller_has_is_not_sent(collect: Callable[..., Running]) -> None:
    running = collect(*SOON)
    running.export(traces(1, 2500).SerializeToString())
    _wait(lambda: _sealed(running.store), running)
    shown = {"Content-Type": "application/json"}
    answer, body = running.request("/v1/backup", json.dumps({"known": {}}).encode(), shown)
    assert (200, "application/x-tar") == (answer.status, answer.getheader("content-type"))
    assert {"hot.duckdb", "sealed-000001.duckdb", "contents.json"} <= set(_members(body))
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        file = tar.extractfile("contents.json")
        assert file
        known = json.loads(file.read())["sealed"]
    _, body = running.request("/v1/backup", json.dumps({"known": known}).encode(), shown)
    assert "sealed-000001.duckdb" not in _members(body)
    wrong = {"sealed-000001.duckdb": "1-" + 32 * "0"}
    _, body = running.request("/v1/backup", json.dumps({"known": wrong}).encode(), shown)
    assert "sealed-000001.duckdb" in _members(body)
    for text in (b"{}", b"[]", b'{"known": {"../x": "1"}}', b'{"known": {"sealed-000001.duckdb": 1}}'):
        assert 400 == running.request("/v1/backup", text, shown)[0].status


def test_files_that_are_dropped_while_it_is_sent_are_in_it(collect: Callable[..., Running]) -> None:
    """And the collector goes on storing and making checkpoints, though the caller takes nothing for a while."""
    running = collect("--seal-rows", "20000", "--seal-quiet-s", "0.3")
    for first in range(1, 40_000, 4000):
        running.export(traces(first, 4000).SerializeToString())
    _wait(lambda: _sealed(running.store), running)
    connection = HTTPConnection("127.0.0.1", running.http_port, timeout=60)
    connection.request("POST", "/v1/backup", b'{"known": {}}', {"Content-Type": "application/json"})
    answer = connection.getresponse()
    begun = answer.read(1000)
    sealed = {name: (running.store / name).read_bytes() for name in _sealed(running.store)}
    for name in sealed:
        (running.store / name).unlink()
    assert 200 == running.export(traces(50_000, 4000).SerializeToString())[0]
    # Another has to wait until this one is through.
    refused, _ = running.request("/v1/backup", b'{"known": {}}', {"Content-Type": "application/json"})
    assert 429 == refused.status
    with tarfile.open(fileobj=io.BytesIO(begun + answer.read())) as tar:
        for name, content in sealed.items():
            file = tar.extractfile(name)
            assert file
            assert content == file.read()
    connection.close()


def test_what_a_running_collector_holds_is_listed_verified_and_exported(
    collect: Callable[..., Running], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its address; its sealed files are read beside it."""
    running = collect(*SOON)
    running.export(traces(1, 2500).SerializeToString())
    _wait(lambda: _sealed(running.store), running)
    running.export(traces(5000, 100).SerializeToString())
    assert 0 == main(["store", "export", running.url, str(tmp_path / "out")])
    assert 2600 == pq.read_metadata(tmp_path / "out" / "spans.parquet").num_rows
    assert not (tmp_path / "out" / "store").exists()
    capsys.readouterr()
    assert 0 == main(["store", "list", running.url])
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["file", "sealed-000001.duckdb", "hot.duckdb", "total"] == [line[0] for line in listed]
    assert "2,600" in listed[-1]
    assert 0 == main(["store", "verify", str(running.store)])
    said = capsys.readouterr()
    assert "sealed-000001.duckdb: " in said.out
    assert "hot.duckdb is in use" in said.err
    # What changes files is for whoever stops it first.
    for command in (
        ["forget", str(running.store), "--text", "x"],
        ["compact", str(running.store)],
        ["upgrade", str(running.store)],
    ):
        assert 2 == main(["store", *command])
        assert "in use by another process" in capsys.readouterr().err


def test_it_is_for_readers(collect: Callable[..., Running], tmp_path: Path) -> None:
    running = collect(environ={"CULPA_READ_TOKEN": "read-me"})
    assert 2 == main(["store", "backup", running.url, str(tmp_path / "backup")])
    assert not (tmp_path / "backup").exists()
    assert 0 == main(["store", "backup", running.url, str(tmp_path / "backup"), "--token", "read-me"])
    with DuckDBStore(tmp_path / "backup") as store:
        assert 0 == store.query("from spans").num_rows


def test_without_room_for_it_none_is_begun(collect: Callable[..., Running], tmp_path: Path) -> None:
    running = collect("--min-free-bytes", str(2**60))
    answer, said = running.request("/v1/backup", b'{"known": {}}', {"Content-Type": "application/json"})
    assert (503, "10") == (answer.status, answer.getheader("retry-after"))
    assert b"min_free_bytes" in said
