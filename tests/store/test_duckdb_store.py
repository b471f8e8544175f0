"""One segment file: made, written, read, refused, and opened again after trouble."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from culpa.store import (
    DuckDBStore,
    NotAStore,
    QueryFailed,
    QueryRefused,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNotFound,
    StoreUnavailable,
    arrow_schema,
    arrow_schemas,
    open_store,
)

CHANGE = {
    "time": 1,
    "service_name": "shop",
    "kind": "deploy",
    "description": "",
    "attr_keys": [],
    "attr_vals": [],
}


def _changes(count: int, size: int = 0) -> pa.Table:
    rows = [CHANGE | {"description": os.urandom(size + 8).hex()} for _ in range(count)]
    return pa.Table.from_pylist(rows, schema=arrow_schema("changes"))


def _count(store: DuckDBStore) -> int:
    return int(store.query("select count(*) as n from changes").to_pylist()[0]["n"])


def test_what_is_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    """A directory holds one segment file, and that file alone is a store too."""
    (tmp_path / "store").mkdir()
    with DuckDBStore(tmp_path / "store", writable=True) as store:
        store.write({"changes": _changes(3)})
    for where in (tmp_path / "store", tmp_path / "store" / "hot.duckdb"):
        opened = open_store(where)
        assert 3 == opened.query("select * from changes").num_rows
        opened.close()


def test_every_relation_can_be_read_with_plain_duckdb(tmp_path: Path) -> None:
    """The file needs no culpa: its views are in it."""
    DuckDBStore(tmp_path / "one.duckdb", writable=True).close()
    with duckdb.connect(str(tmp_path / "one.duckdb"), read_only=True) as plain:
        for name in (
            "spans",
            "exceptions",
            "logs",
            "access",
            "metric_points",
            "resources",
            "changes",
            "verdicts",
            "failures",
        ):
            assert [] == plain.execute(f"select * from {name}").fetchall()


def test_a_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """The second relation cannot be written, so the first is not either."""
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        with pytest.raises(StoreError):
            store.write({"changes": _changes(3), "no_such_relation": _changes(1)})
        assert 0 == _count(store)
        with pytest.raises(RuntimeError), store.transaction() as cursor:
            cursor.execute("insert into segment.data.changes by name select * from segment.data.changes")
            raise RuntimeError("changed its mind")
        store.write({"changes": _changes(2)})
        assert 2 == _count(store)


def test_schemas_are_those_of_the_ddl() -> None:
    """Nobody else lists columns."""
    assert {"spans", "exceptions", "logs", "access", "resources", "metric_points"} <= set(arrow_schemas())
    assert pa.timestamp("ns") == arrow_schema("spans").field("start_time").type


@pytest.mark.parametrize(("content", "error"), [(None, StoreNotFound), (b"text, but a long one", NotAStore)])
def test_what_is_no_store_is_said_to_be_none(tmp_path: Path, content: bytes | None, error: type[StoreError]) -> None:
    """With the path in the message."""
    path = tmp_path / "some.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=r"some\.duckdb"):
        open_store(path)


def test_a_duckdb_file_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    """It is left as it was."""
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("create table t as select 1 as a")
    with pytest.raises(NotAStore, match="not one that culpa wrote"):
        open_store(tmp_path / "other.duckdb")


def test_a_file_has_one_owner(tmp_path: Path) -> None:
    """Another process is told what to do instead."""
    with DuckDBStore(tmp_path / "one.duckdb", writable=True):
        code = (
            "import sys; from culpa.store import open_store, StoreLocked\n"
            "try: open_store(sys.argv[1])\n"
            "except StoreLocked as error: print(error)"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "one.duckdb")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "in use by another process" in done.stdout
    assert issubclass(StoreLocked, StoreError)


def test_a_query_changes_nothing(tmp_path: Path) -> None:
    """Neither by statement nor by a CTE that parses as a SELECT."""
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        store.write({"changes": _changes(2)})
        with pytest.raises(QueryRefused):
            store.query("delete from segment.data.changes")
        with pytest.raises((QueryRefused, QueryFailed)):
            store.query("with gone as (delete from segment.data.changes returning *) select * from gone")
        assert 2 == _count(store)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """And is not opened again by the next write."""
    store = DuckDBStore(tmp_path / "one.duckdb", writable=True)
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.write({"changes": _changes(1)})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_checkpoint_that_meets_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """It invalidates the engine; the file is opened again, shut in as before, once readers let go."""
    store = DuckDBStore(small_disk / "one.duckdb", writable=True)
    store.write({"changes": _changes(4_000, 500)})
    reader = store.cursor()
    reading = reader.sql("select * from changes").to_arrow_reader(100)
    reading.read_next_batch()
    ballast = small_disk / "ballast"
    status = os.statvfs(small_disk)
    ballast.write_bytes(bytes(status.f_bavail * status.f_frsize - 200_000))
    with pytest.raises((StoreFull, StoreUnavailable)):
        store.checkpoint()
    ballast.unlink()
    with pytest.raises(StoreUnavailable):
        store.write({"changes": _changes(1)})
    del reading
    reader.close()
    store.write({"changes": _changes(1)})
    assert 4_001 == _count(store)
    with pytest.raises(duckdb.Error), store.cursor() as cursor:
        cursor.execute("select * from read_csv('/etc/passwd')")
    store.checkpoint()
    store.close()
    with DuckDBStore(small_disk / "one.duckdb") as again:
        assert 4_001 == _count(again)
