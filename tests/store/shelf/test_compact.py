"""`culpa store compact` and `upgrade`: a smaller store, or one of this version, with the same rows."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, arrow_schema, hot_rows, seal

from ..killed import contents
from ..segments.rows import counts, whole, write
from ..test_later_columns import _OLDER


def test_a_store_is_one_sealed_file_and_a_small_hot_one(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dropped files go at once."""
    with DuckDBStore(filled, writable=True, shared=True) as store:
        write(store, 350, 20_000)
        before = store.query("select count(*) as n from verdicts").to_pylist()
    size = sum(path.stat().st_size for path in filled.iterdir())
    assert 0 == main(["store", "compact", str(filled)])
    said = capsys.readouterr()
    assert "sealed 140,350 rows into sealed-000004.duckdb" in said.out
    names = {path.name for path in filled.iterdir()}
    assert {"hot.duckdb", "sealed-000005.duckdb"} == names, said
    assert sum(path.stat().st_size for path in filled.iterdir()) < 0.6 * size
    assert 0 == main(["store", "verify", str(filled)])
    with DuckDBStore(filled, writable=True, shared=True) as store:
        assert whole(20_350) == counts(store)
        assert before == store.query("select count(*) as n from verdicts").to_pylist()
        write(store, 20_350, 10)
        seal(store, hot_rows(store))
        assert whole(20_360) == counts(store)


def test_a_single_file_gives_back_the_room_of_what_was_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "one.duckdb"
    with DuckDBStore(place, writable=True) as store:
        write(store, 0, 20_000)
        store.checkpoint()
        with store.transaction() as cursor:
            cursor.execute("delete from segment.data.spans where rowid >= 300")
        store.checkpoint()
    size = place.stat().st_size
    assert 0 == main(["store", "compact", str(place)])
    assert " before, " in capsys.readouterr().err
    assert place.stat().st_size < 0.8 * size
    with DuckDBStore(place) as store:
        assert whole(20_000) | {"spans": (300, 300)} == counts(store)


def test_what_a_kill_left_of_a_file_that_was_written_anew_is_removed(filled: Path) -> None:
    """It holds rows that somebody may have wanted to be forgotten."""
    (filled / "hot.duckdb.making").write_bytes(b"half of it")
    (filled / "hot.duckdb.making.wal").write_bytes(b"half of it")
    with DuckDBStore(filled, writable=True, shared=True) as store:
        assert whole(350) == counts(store)
    assert not list(filled.glob("*.making*"))


def test_an_older_store_is_brought_to_this_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As one was before there were sealed files, and with a column less."""
    place = tmp_path / "older.duckdb"
    with DuckDBStore(place, writable=True) as store:
        write(store, 0, 10)
    with duckdb.connect(str(place)) as connection:
        for text in (
            "drop view segments",
            "drop table data.segments",
            "alter table data.verdict_revisions drop column joined",
            *_OLDER,
        ):
            connection.execute(text)
    assert 0 == main(["store", "list", str(place)])
    capsys.readouterr()
    assert 0 == main(["store", "upgrade", str(place)])
    said = capsys.readouterr()
    assert {"segments.sealed_at", "verdict_revisions.joined"} <= set(said.out.split())
    with DuckDBStore(place) as store:
        assert whole(10) == counts(store)
    assert 0 == main(["store", "upgrade", str(place)])
    assert "is of this version already" in capsys.readouterr().err


def test_a_newer_store_is_refused_and_not_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither by `upgrade` nor by whoever opens it for writing."""
    place = tmp_path / "newer.duckdb"
    DuckDBStore(place, writable=True).close()
    with duckdb.connect(str(place)) as connection:
        connection.execute("update data.segment_meta set value = '2' where key = 'schema_version'")
        connection.execute("update data.segment_meta set value = 'of a later version' where key = 'ddl'")
    before = contents(tmp_path)
    for command in (["upgrade", str(place)], ["compact", str(place)], ["forget", str(place), "--text", "x"]):
        assert 2 == main(["store", *command])
        assert "schema version 2" in capsys.readouterr().err
        assert before == contents(tmp_path)
    assert 2 == main(["store", "upgrade", str(tmp_path / "none.duckdb")])


def test_every_relation_is_written_anew(tmp_path: Path) -> None:
    """Also those whose rows never move: digests of bodies, positions in logs, words of people."""
    place = tmp_path / "one.duckdb"
    with DuckDBStore(place, writable=True) as store:
        for relation in ("received_bodies", "tail_positions", "labels"):
            schema = arrow_schema(relation)
            absent = {
                name: "x" if str(kind) == "string" else 1 for name, kind in zip(schema.names, schema.types, strict=True)
            }
            store.write({relation: pa.Table.from_pylist([absent], schema=schema)})
    assert 0 == main(["store", "compact", str(place)])
    with DuckDBStore(place) as store:
        for relation in ("received_bodies", "tail_positions", "labels"):
            assert 1 == store.query(f"from segment.data.{relation}").num_rows
