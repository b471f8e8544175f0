"""Rows move between files, and nobody who asks sees less, more or something else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from culpa.store import (
    EVERYTHING,
    FAILING,
    DuckDBStore,
    drop,
    forget_verdicts,
    hot_rows,
    open_store,
    remove_dropped,
    rewrite,
    seal,
)

from .rows import BASE_NS, SECOND_NS, counts, fails, judged, trace_id, whole, write


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    folder = tmp_path / "store"
    folder.mkdir()
    with DuckDBStore(folder, writable=True, shared=True) as opened:
        yield opened


def _sealed(store: DuckDBStore) -> list[str]:
    return sorted(path.name for path in store.path.parent.glob("sealed-*"))


def _in_hot(store: DuckDBStore) -> int:
    with store.cursor() as cursor:
        return int(cursor.execute("select count(*) from segment.data.spans").fetchall()[0][0])


def test_sealed_rows_are_read_as_before(store: DuckDBStore) -> None:
    """By the owner, by another process's connection, and with verdicts, problems and resources as they were."""
    write(store, 0, 50)
    judged(store, 10)
    made = seal(store, hot_rows(store))
    assert made is not None
    assert (350, EVERYTHING, BASE_NS, BASE_NS + 49 * SECOND_NS) == (made.rows, made.holds, made.first_ns, made.last_ns)
    write(store, 50, 30)
    assert (["sealed-000001.duckdb"], 90, whole(80)) == (_sealed(store), _in_hot(store), counts(store))
    asked = "select (select count(*) from resources) as r, (select requests from problems) as p, (select count(*) from verdicts) as v"
    assert [{"r": 1, "p": 1, "v": 1}] == store.query(asked).to_pylist()
    store.close()
    reader = open_store(store.path.parent)
    assert whole(80) == counts(reader)  # type: ignore[arg-type]  # it only asks
    assert [{"r": 1, "p": 1, "v": 1}] == reader.query(asked).to_pylist()
    alone = open_store(store.path.parent / made.name)
    assert whole(50) == counts(alone)  # type: ignore[arg-type]  # it only asks


def test_what_came_while_it_was_sealed_stays(store: DuckDBStore) -> None:
    write(store, 0, 20)
    rows = hot_rows(store)
    write(store, 20, 20)
    seal(store, rows)
    assert (60, whole(40)) == (_in_hot(store), counts(store))


def test_rows_that_come_under_old_numbers_stay(store: DuckDBStore) -> None:
    """What was counted before rows left and a checkpoint gave the others new numbers is more than there is."""
    write(store, 0, 40)
    rows = hot_rows(store)
    seal(store, rows)
    write(store, 40, 10)
    assert seal(store, rows)
    write(store, 50, 10)
    assert (30, whole(60)) == (_in_hot(store), counts(store))


def test_nothing_to_seal_makes_no_file(store: DuckDBStore) -> None:
    assert seal(store, hot_rows(store)) is None
    assert not _sealed(store)


def test_the_hot_file_does_not_grow_with_what_is_sealed(store: DuckDBStore) -> None:
    """The room of rows that left is used again."""
    sizes: list[int] = []
    for round_ in range(6):
        write(store, round_ * 3000, 3000)
        seal(store, hot_rows(store))
        sizes.append(store.path.stat().st_size)
    a_block = 256 * 1024
    assert sizes[-1] <= sizes[1] + 2 * a_block
    assert whole(18_000) == counts(store)


def test_healthy_traces_go_and_failing_ones_stay_with_some_twins(store: DuckDBStore) -> None:
    """Also one that fails by its verdict alone."""
    write(store, 0, 100)
    judged(store, 33)
    made = seal(store, hot_rows(store))
    assert made
    left = rewrite(store, [made], FAILING)
    assert left
    kept = {row["trace_id"] for row in store.query("select distinct trace_id from spans").to_pylist()}
    failing = {trace_id(number) for number in range(100) if fails(number)} | {trace_id(33)}
    assert failing <= kept
    assert 5 == len(kept - failing)
    assert [{"n": len(kept)}] == store.query("select count(*) as n from access").to_pylist()
    assert [{"n": 0}] == store.query("select count(*) as n from metric_points").to_pylist()
    assert FAILING == left.holds
    assert left.sealed_ns == made.sealed_ns


def test_files_become_one(store: DuckDBStore) -> None:
    made = []
    for number in range(3):
        write(store, number * 10, 10)
        made.append(seal(store, hot_rows(store)))
    one = rewrite(store, [part for part in made if part], EVERYTHING)
    assert one
    assert (210, whole(30), [one.name]) == (one.rows, counts(store), [part.name for part in store.sealed.parts])


def test_dropped_rows_are_gone_and_their_file_follows(store: DuckDBStore) -> None:
    """Only when nobody can hold the list of before; verdicts outlive the rows that they came from."""
    write(store, 0, 10)
    judged(store, 0)
    made = seal(store, hot_rows(store))
    assert made
    drop(store, [made])
    remove_dropped(store)
    assert (whole(0), [made.name]) == (counts(store), _sealed(store))
    remove_dropped(store, grace_ns=0)
    assert not _sealed(store)
    assert [{"n": 1}] == store.query("select count(*) as n from verdicts").to_pylist()
    forget_verdicts(store, BASE_NS + SECOND_NS)
    assert [{"n": 0}] == store.query("select count(*) as n from verdicts").to_pylist()


def test_who_reads_sees_every_row_once_while_rows_move(store: DuckDBStore) -> None:
    """Readers in this process count without end while files are sealed, merged and thinned of nothing."""
    write(store, 0, 300)
    seen: list[tuple[int, int]] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            with store.cursor() as cursor:
                seen.extend(cursor.execute("select count(*), count(distinct span_id) from spans").fetchall())

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(3):
            rows = hot_rows(store)
            seal(store, {relation: count * 2 // 3 for relation, count in rows.items()})
        rewrite(store, store.sealed.parts, EVERYTHING)
    finally:
        is_over.set()
        reader.join()
    assert {(900, 900)} == set(seen)


def test_questions_about_now_do_not_read_what_is_long_ago(store: DuckDBStore) -> None:
    write(store, 0, 10)
    seal(store, hot_rows(store))
    write(store, 100_000, 10)
    seal(store, hot_rows(store))
    write(store, 100_100, 10)
    with store.cursor(BASE_NS + 100_000 * SECOND_NS) as cursor:
        assert [(60,)] == cursor.execute("select count(*) from spans").fetchall()
    with store.cursor(BASE_NS + 5 * SECOND_NS) as cursor:
        assert [(90,)] == cursor.execute("select count(*) from spans").fetchall()


def test_a_sealed_file_that_is_gone_or_broken_costs_only_its_rows(
    store: DuckDBStore, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        write(store, number * 10, 10)
        seal(store, hot_rows(store))
    store.close()
    folder = store.path.parent
    (folder / "sealed-000001.duckdb").unlink()
    (folder / "sealed-000002.duckdb").write_bytes(b"no database")
    reader = open_store(folder)
    assert whole(10) == counts(reader)  # type: ignore[arg-type]  # it only asks
    assert {"sealed-000001.duckdb", "sealed-000002.duckdb"} == {
        str(record.args[0]) for record in caplog.records if record.args
    }  # type: ignore[index]  # by position


def test_a_list_of_a_stranger_leads_nowhere_else(store: DuckDBStore, tmp_path: Path) -> None:
    """A name with a path in it is no name of a sealed file."""
    with DuckDBStore(tmp_path / "elsewhere.duckdb", writable=True) as elsewhere:
        write(elsewhere, 0, 5)
    with store.transaction() as cursor:
        cursor.execute(
            "insert into segment.data.segments values "
            "('../elsewhere.duckdb', make_timestamp_ns(0), make_timestamp_ns(0), 1, 1, 'everything', make_timestamp_ns(0), false)"
        )
    store.close()
    assert whole(0) == counts(open_store(store.path.parent))  # type: ignore[arg-type]  # it only asks
