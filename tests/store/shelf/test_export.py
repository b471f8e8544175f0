"""`culpa store export`: files that other tools read, with the rows and columns that people know."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore
from culpa.store.exporting.parquet import RELATIONS

from ..segments.rows import BASE_NS, PER_TRACE, write


def test_every_relation_is_a_file_with_all_rows(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the columns of the views, compressed with zstd; of one relation in more than one row group."""
    with DuckDBStore(filled, writable=True, shared=True) as store:
        write(store, 350, 25_000)
    assert 0 == main(["store", "export", str(filled), str(tmp_path / "out")])
    assert {f"{name}.parquet" for name in RELATIONS} == {path.name for path in (tmp_path / "out").iterdir()}
    said = capsys.readouterr().out
    assert f"{tmp_path / 'out' / 'spans'}.parquet: 76,050 rows" in said
    with duckdb.connect() as connection, DuckDBStore(filled) as store:
        for name in RELATIONS:
            file = tmp_path / "out" / f"{name}.parquet"
            columns = store.query(f"select * from {name} limit 0").schema.names
            assert columns == pq.read_schema(file).names
            [(count,)] = connection.execute(f"select count(*) from '{file}'").fetchall()
            assert PER_TRACE.get(name, 0) * 25_350 in (0, count)
            assert [{"n": count}] == store.query(f"select count(*) as n from {name}").to_pylist()
        spans = tmp_path / "out" / "spans.parquet"
        asked = "select count(distinct span_id) as n, bit_xor(hash(trace_id, span_id, start_time, end_time, attributes)) as h"
        assert connection.execute(f"{asked} from '{spans}'").fetchall() == [
            tuple(row.values()) for row in store.query(f"{asked} from spans").to_pylist()
        ]
    described = pq.ParquetFile(spans).metadata
    assert ("ZSTD", True) == (described.row_group(0).column(0).compression, described.num_row_groups > 1)


def test_only_the_rows_of_a_time(filled: Path, tmp_path: Path) -> None:
    """The first is in, the last is not; traces are a second apart."""
    with duckdb.connect() as connection:
        [(iso,)] = connection.execute(f"select make_timestamp_ns({BASE_NS})::varchar").fetchall()
        [(until,)] = connection.execute(f"select make_timestamp_ns({BASE_NS + 110 * 10**9})::varchar").fetchall()
        begun = iso.replace(" ", "T")
        options = ["--since", begun, "--until", until.replace(" ", "T")]
        assert 0 == main(["store", "export", str(filled), str(tmp_path / "out"), "--format", "parquet", *options])
        counts = {
            name: connection.execute(f"select count(*) from '{tmp_path / 'out' / name}.parquet'").fetchall()[0][0]
            for name in ("spans", "logs", "verdicts")
        }
    assert {"spans": 330, "logs": 110, "verdicts": 2} == counts


def test_nothing_is_written_over_and_nothing_half_stays(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sealed file that is gone costs its rows, and that is told."""
    (tmp_path / "out").mkdir()
    assert 2 == main(["store", "export", str(filled), str(tmp_path / "out")])
    assert 2 == main(["store", "export", str(tmp_path / "none"), str(tmp_path / "new")])
    assert 2 == main(["store", "export", str(filled), str(tmp_path / "new"), "--since", "never"])
    assert {"store", "out"} == {path.name for path in tmp_path.iterdir()}
    (filled / "sealed-000001.duckdb").unlink()
    assert 1 == main(["store", "export", str(filled), str(tmp_path / "new")])
    assert "sealed-000001.duckdb cannot be read" in capsys.readouterr().err
    assert 750 == pq.read_metadata(tmp_path / "new" / "spans.parquet").num_rows
