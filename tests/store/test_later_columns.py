"""A segment that an older version wrote is read, and gets the columns that it lacks when it is written to."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from culpa.store import DuckDBStore, arrow_schema

#: As 0.1.0 had them.
_OLDER = (
    "create or replace view verdict_revisions as select * from data.verdict_revisions",
    "create or replace view verdicts as select * exclude (judged_at, rules_version, withdrawn), judged_at, rules_version "
    "from data.verdict_revisions",
    "delete from data.segment_meta where key = 'ddl'",
)


def _verdict() -> pa.Table:
    absent = {pa.string(): "", pa.bool_(): False}
    row = {
        field.name: [] if pa.types.is_list(field.type) else absent.get(field.type, 0)
        for field in arrow_schema("verdict_revisions")
    }
    return pa.Table.from_pylist([row | {"fingerprint": "0123456789abcdef"}], schema=arrow_schema("verdict_revisions"))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return a segment with one verdict, without the columns and the views that came later."""
    path = tmp_path / "older.duckdb"
    with DuckDBStore(path, writable=True) as store:
        store.write({"verdict_revisions": _verdict()})
    with duckdb.connect(str(path)) as connection:
        # What reads them now did not then.
        for later in ("view problems", "macro table problem_rows", "view failures"):
            connection.execute(f"drop {later}")
        for column in ("services", "joined", "superseded", "kind"):
            connection.execute(f"alter table data.verdict_revisions drop column {column}")
        for text in _OLDER:
            connection.execute(text)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    return path


def test_columns_that_came_later_are_empty_where_it_is_only_read(older: Path) -> None:
    with DuckDBStore(older) as store:
        for name in ("failures", "verdicts"):
            rows = store.query(f"select services, joined, kind from {name}").to_pylist()
            assert [{"services": [], "joined": [], "kind": "request"}] == rows


def test_a_problem_keeps_its_name_under_the_first_version(older: Path) -> None:
    """A fingerprint without a version is one of version 1; new verdicts of the problem bear the same name."""
    with DuckDBStore(older, writable=True) as store:
        store.write({"verdict_revisions": _verdict()})
        rows = store.query("select distinct fingerprint, services, kind from verdicts").to_pylist()
        assert [{"fingerprint": "1:0123456789abcdef", "services": [], "kind": "request"}] == rows
        assert "1:0123456789abcdef" == store.query("select fingerprint from problems").to_pylist()[0]["fingerprint"]
