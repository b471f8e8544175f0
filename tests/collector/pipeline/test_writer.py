"""Rows reach the store once, in groups, and an answer comes only after the commit."""

from collections.abc import Iterator
from concurrent.futures import Future, wait
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from culpa.collector.writer import Writer, bloom
from culpa.collector.writer.bloom import Recent, hash_texts
from culpa.collector.writer.pending import Batch, Body, Pending
from culpa.collector.writer.receipt import Receipt
from culpa.store import DuckDBStore, StoreFull
from culpa.store.attached import ROW_GROUP_ROWS

from .rows import START_NS, spans, table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True, threads=1) as opened:
        yield opened


@pytest.fixture
def writer(store: DuckDBStore) -> Iterator[Writer]:
    running = Writer(store, linger_s=0.0)
    yield running
    running.close()


def _count(store: DuckDBStore, relation: str = "spans") -> int:
    return int(store.query(f"select count(*) as n from {relation}").to_pylist()[0]["n"])


def test_a_future_completes_after_the_commit(store: DuckDBStore, writer: Writer) -> None:
    """What is answered is there."""
    writer.submit({"spans": spans(1, 10)}).result()
    assert 10 == _count(store)


@pytest.mark.parametrize("rows", [1, ROW_GROUP_ROWS - 1, ROW_GROUP_ROWS, ROW_GROUP_ROWS + 1])
def test_every_row_is_committed_whatever_its_row_group(store: DuckDBStore, writer: Writer, rows: int) -> None:
    """What is left over from whole row groups is not left behind."""
    done = [writer.submit({"spans": spans(1, rows)}), writer.submit({"spans": spans(100_001, 5)})]
    assert not wait(done, timeout=60).not_done
    assert rows + 5 == _count(store)


def test_rows_that_are_stored_already_are_dropped(store: DuckDBStore, writer: Writer) -> None:
    """In the same batch, in a later one, and by another writer after a restart; the first write wins."""
    twice = pa.concat_tables([spans(1, 10), spans(1, 10, span_name="second")])
    writer.submit({"spans": twice}).result()
    writer.submit({"spans": spans(6, 10, span_name="second")}).result()
    writer.close()
    again = Writer(store)
    again.submit({"spans": spans(11, 10, span_name="third")}).result()
    again.close()
    rows = store.query("select span_name, count(*) as n from spans group by span_name having n > 1").to_pylist()
    assert {"second": 5, "third": 5} == {row["span_name"]: row["n"] for row in rows}
    assert 20 == _count(store)


def test_spans_of_one_id_in_two_traces_are_two(store: DuckDBStore, writer: Writer) -> None:
    """A span id is unique only inside its trace."""
    rows = [{"trace_id": f"{trace:032x}", "span_id": f"{1:016x}", "start_time": START_NS} for trace in (1, 2)]
    writer.submit({"spans": table("spans", rows)}).result()
    assert 2 == _count(store)


def test_an_exception_told_by_span_and_log_is_stored_once(store: DuckDBStore, writer: Writer) -> None:
    """The log record comes later and has its own time."""
    for source, second in (("span", 0), ("log", 7)):
        row = {"exception_id": f"{1:016x}", "time": START_NS + second * 10**9, "source": source}
        writer.submit({"exceptions": table("exceptions", [row])}).result()
    assert [{"source": "span"}] == store.query("select source from exceptions").to_pylist()


def test_log_and_access_lines_are_stored_once(store: DuckDBStore, writer: Writer) -> None:
    """Reading a file twice adds nothing."""
    for _ in range(2):
        logs = table("logs", [{"log_id": f"{n:016x}", "time": START_NS} for n in (1, 2)])
        access = table("access", [{"access_id": f"{n:016x}", "start_time": START_NS} for n in (1, 2, 3)])
        writer.submit({"logs": logs, "access": access}).result()
    assert (2, 3) == (_count(store, "logs"), _count(store, "access"))


def test_repeats_beyond_the_memory_are_found_in_the_store(store: DuckDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter forgets; rows as old as what it forgot are compared with the store."""
    monkeypatch.setattr(bloom, "GENERATION", 100)
    monkeypatch.setattr(Recent, "capacity", 100)
    for _ in range(2):
        writer = Writer(store, linger_s=0.0)
        for first in range(1, 1001, 50):
            writer.submit({"spans": spans(first, 50)}).result()
        writer.submit({"spans": spans(1, 1000)}).result()
        writer.close()
        assert 1000 == _count(store)


def test_hashes_depend_on_the_text_alone() -> None:
    """Not on the chunk, the slice or the neighbours, or a repeat would look new."""
    texts = ["", "a", "abcdefgh", "abcdefghi", "é" * 8, "0" * 32, "0" * 16]
    whole = hash_texts([pa.chunked_array([texts])])
    parts = hash_texts([pa.chunked_array([[text] for text in texts])])
    sliced = hash_texts([pa.chunked_array([["x", *texts, "yy"]]).slice(1, len(texts))])
    assert np.array_equal(whole, parts)
    assert np.array_equal(whole, sliced)
    assert len(texts) == len(set(whole.tolist()))


def test_the_filter_forgets_nothing_and_seldom_lies() -> None:
    """No false negatives; false positives are few even when a generation is full."""
    recent, random = Recent(), np.random.default_rng(1)
    known = random.integers(0, 2**64, 1_900_000, dtype=np.uint64)
    recent.add(known, np.zeros(len(known), dtype=np.int64))
    assert recent.may_hold(known).all()
    assert recent.may_hold(random.integers(0, 2**64, 1_000_000, dtype=np.uint64)).sum() < 100


def test_wrong_columns_are_refused_before_they_can_spoil_a_commit(writer: Writer) -> None:
    """The caller is told; nobody else notices."""
    with pytest.raises(ValueError, match="columns"):
        writer.submit({"spans": spans(1, 1).select(["trace_id"])})


def test_without_free_space_nothing_is_taken(store: DuckDBStore) -> None:
    """Refused at once, and a retry later is no repeat."""
    writer = Writer(store, min_free_bytes=2**60)
    with pytest.raises(StoreFull, match="min_free_bytes"):
        writer.submit({"spans": spans(1, 1)})
    writer.close()


def test_the_listener_hears_of_rows_and_suspects_after_the_commit(store: DuckDBStore) -> None:
    """What the settler is told of can be read."""
    heard: list[tuple[int, frozenset[str]]] = []
    writer = Writer(store, listener=lambda rows, suspects: heard.append((_count(store), suspects)))
    writer.submit({"spans": spans(1, 3)}, frozenset({"a"})).result()
    writer.close()
    assert [(3, frozenset({"a"}))] == heard


def test_a_log_and_how_far_it_was_read_are_one_commit() -> None:
    """The rows beside tail_positions wait for no row group and are never divided."""
    clock = [0.0]
    pending = Pending(1.0, lambda: clock[0])
    done: Future[None] = Future()
    rows = {"access": table("access", [{}] * 5), "tail_positions": table("tail_positions", [{}])}
    pending.add(Batch({"spans": spans(1, ROW_GROUP_ROWS)}, frozenset()))
    pending.add(Batch(rows, frozenset(), done=done))
    taken = pending.take()
    assert taken is not None
    assert {"spans": ROW_GROUP_ROWS, "access": 5, "tail_positions": 1} == {
        k: v.num_rows for k, v in taken.tables.items()
    }
    assert done in [batch.done for batch in taken.batches]
    assert pending.due_in_s() is None


def test_bodies_are_answered_as_soon_as_their_own_rows_are_taken() -> None:
    """A body in the whole row groups need not wait for those behind it."""
    clock = [0.0]
    pending = Pending(1.0, lambda: clock[0])
    half = ROW_GROUP_ROWS // 2
    bodies = [Body(rows, name, Receipt(), Future()) for name, rows in (("a", half), ("b", half), ("c", 7))]
    pending.add(Batch({"spans": spans(1, ROW_GROUP_ROWS + 7)}, frozenset(), "spans", bodies))
    first = pending.take()
    assert first is not None
    assert (["a", "b"], []) == ([body.digest for body in first.bodies], list(first.batches))
    assert pending.take() is None
    clock[0] = 1.0
    second = pending.take()
    assert second is not None
    assert (["c"], 1) == ([body.digest for body in second.bodies], len(second.batches))
