"""What other processes read of a store that is written meanwhile is one picture, and never older than what was answered."""

import asyncio
import io
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from culpa.collector.queries import Forker
from culpa.collector.queries.answer import Answer
from culpa.collector.queries.limits import Limits
from culpa.store import DuckDBStore, Snapshot, StoreUnavailable, arrow_schema
from culpa.store.checkpoints import Checkpoints
from culpa.store.snapshot_reader import _SnapshotFiles  # pyright: ignore[reportPrivateUsage] - what the engine opens

LIMITS = Limits(timeout_s=20, memory_bytes=500_000_000, max_rows=1000, threads=1)
COUNTS = "select (select count(*) from segment.data.changes) as a, (select count(*) from segment.data.labels) as b"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True, shared=True) as opened:
        yield opened


async def _asked(store: DuckDBStore, forker: Forker, sql: str) -> list[dict[str, object]]:
    holding = store.snapshot()
    snapshot = await asyncio.to_thread(holding.__enter__)
    answer = Answer(await forker.fork(snapshot, LIMITS), LIMITS)
    try:
        parts = await answer.begin(sql, {})
    finally:
        answer.close()
        await asyncio.to_thread(holding.__exit__, None, None, None)
    return pa.ipc.open_stream(io.BytesIO(b"".join(parts))).read_all().to_pylist()


def _rows(relation: str, number: int) -> pa.Table:
    schema = arrow_schema(relation)
    columns = {field.name: _column(field.type, number) for field in schema}
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _column(kind: pa.DataType, number: int) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array(["x" * 50] * number, kind)
    if pa.types.is_list(kind):
        return pa.array([[]] * number, kind)
    return pa.array([1] * number, pa.int64()).cast(kind)


def test_readers_and_checkpoints_never_meet(store: DuckDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two relations that grow in the same commits have as many rows in every picture, and all that was committed."""
    store.checkpoint()
    checkpoints = Checkpoints(wanted_bytes=200_000, needed_bytes=800_000)
    monkeypatch.setattr(store, "_checkpoints", checkpoints)
    made: list[int] = []
    checkpoint = store.checkpoint
    monkeypatch.setattr(store, "checkpoint", lambda: (made.append(checkpoints.wal_bytes), checkpoint()))
    committed = 0
    is_over = threading.Event()

    def write() -> None:
        nonlocal committed
        batch = 400
        while not is_over.is_set():
            store.write({"changes": _rows("changes", batch), "labels": _rows("labels", batch)})
            committed += batch

    async def read() -> list[tuple[int, dict[str, object]]]:
        forker = Forker()
        found: list[tuple[int, dict[str, object]]] = []

        async def reader() -> None:
            for _ in range(12):
                before = committed
                (row,) = await _asked(store, forker, COUNTS)
                found.append((before, row))

        try:
            await asyncio.gather(*(reader() for _ in range(3)))
        finally:
            forker.close()
        return found

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = asyncio.run(read())
    finally:
        is_over.set()
        writer.join()
    assert 36 == len(found)
    assert [] == [row for _, row in found if row["a"] != row["b"]]
    assert [] == [(before, row) for before, row in found if row["a"] < before]
    assert 3 <= len(made)


def test_a_checkpoint_while_somebody_reads_is_noticed(store: DuckDBStore) -> None:
    """Nobody makes one; if it happened all the same, the answer would be none."""

    async def read() -> None:
        forker = Forker()
        with store.snapshot() as snapshot:
            store.write({"changes": _rows("changes", 10)})
            child = await forker.fork(snapshot, LIMITS)
            answer = Answer(child, LIMITS)
            store.checkpoint()
            try:
                # The log that the picture needs is gone, or the file is another one.
                await answer.begin(COUNTS, {})
            finally:
                answer.close()
                forker.close()

    store.write({"changes": _rows("changes", 10)})
    with pytest.raises(StoreUnavailable):
        asyncio.run(read())


def test_a_needed_checkpoint_comes_before_new_readers(store: DuckDBStore) -> None:
    """The last reader makes it; nobody starves."""
    checkpoints = Checkpoints(wanted_bytes=10, needed_bytes=20)
    checkpoints.wal_bytes = 15
    assert checkpoints.enter(0)
    assert not checkpoints.begin()
    assert checkpoints.enter(0)
    checkpoints.wal_bytes = 25
    assert not checkpoints.enter(0.01)
    assert not checkpoints.leave()
    assert checkpoints.leave()
    assert not checkpoints.enter(0.01)
    checkpoints.wal_bytes = 0
    checkpoints.done()
    assert checkpoints.enter(0)


def test_who_asks_finds_a_short_log(store: DuckDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader replays the log; so it is moved into the file first, and after commits while people ask."""
    made: list[int] = []
    checkpoint = store.checkpoint
    checkpoints = Checkpoints(wanted_bytes=10**9, read_bytes=20_000)
    monkeypatch.setattr(store, "_checkpoints", checkpoints)
    monkeypatch.setattr(store, "checkpoint", lambda: (made.append(checkpoints.wal_bytes), checkpoint()))
    for _ in range(3):
        store.write({"changes": _rows("changes", 400)})
    assert [] == made
    with store.snapshot() as snapshot:
        assert len(made) == 1 and made[0] > snapshot.wal_bytes
        store.write({"changes": _rows("changes", 400)})
    # At once after one there is no other.
    store.write({"changes": _rows("changes", 400)})
    assert len(made) == 1
    time.sleep(1.1)
    store.write({"changes": _rows("changes", 400)})
    assert len(made) == 2


def test_a_store_that_is_not_shared_gives_no_snapshot(tmp_path: Path) -> None:
    """Its engine makes checkpoints when it likes."""
    with (
        DuckDBStore(tmp_path / "one.duckdb", writable=True) as store,
        pytest.raises(StoreUnavailable, match="shared"),
        store.snapshot(),
    ):
        pass


def test_each_thread_of_the_engine_reads_where_it_sought(tmp_path: Path) -> None:
    """It reads ahead in several threads over one open file; a block of another place would be taken for its own."""
    path = tmp_path / "blocks"
    block = 4096
    path.write_bytes(b"".join(number.to_bytes(4, "big") * (block // 4) for number in range(256)))
    files = _SnapshotFiles(Snapshot(str(path), 0))
    wrong: list[tuple[int, bytes]] = []
    before = sys.getswitchinterval()
    with files.open("snapshot://segment") as opened:

        def read(first: int) -> None:
            for number in list(range(first, 256, 4)) * 40:
                opened.seek(number * block)
                found = opened.read(block)
                if found != number.to_bytes(4, "big") * (block // 4):
                    wrong.append((number, found[:4]))

        threads = [threading.Thread(target=read, args=(first,)) for first in range(4)]
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(before)
    assert [] == wrong[:5]
