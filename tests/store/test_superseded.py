"""Of the revisions of a verdict the newest counts, whenever it came, and no question has to rank them."""

import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from culpa.store import DuckDBStore, arrow_schema, hot_rows, seal

from .segments.rows import judged, write

#: As it was asked before revisions said themselves whether they count.
RANKED = (
    "select trace_id, request_span_id, cause from verdict_revisions "
    "qualify row_number() over (partition by trace_id, request_span_id order by judged_at desc, settled desc) = 1 "
    "and not withdrawn order by all"
)
STANDING = "select trace_id, request_span_id, cause from verdicts order by all"
#: As it was before the column.
_OLDER = (
    "drop view problems",
    "create or replace view verdict_revisions as select * from data.verdict_revisions",
    "create or replace view verdicts as select * exclude (judged_at, rules_version, withdrawn), judged_at, rules_version "
    "from data.verdict_revisions "
    "qualify row_number() over (partition by trace_id, request_span_id order by judged_at desc, settled desc) = 1 "
    "and not withdrawn",
    "alter table data.verdict_revisions drop column superseded",
    "delete from data.segment_meta where key = 'ddl'",
)


def _row(trace: int, at: int, *, cause: str = "", settled: bool = False, withdrawn: bool = False) -> dict[str, object]:
    absent = {pa.string(): "", pa.bool_(): False}
    row: dict[str, object] = {
        field.name: [] if pa.types.is_list(field.type) else absent.get(field.type, 0)
        for field in arrow_schema("verdict_revisions")
    }
    return row | {
        "trace_id": f"{trace:032x}", "request_span_id": f"{trace % 3:016x}", "judged_at": at, "settled": settled,
        "withdrawn": withdrawn, "cause": cause or f"unknown.{at}",
    }  # fmt: skip


def _write(store: DuckDBStore, *rows: dict[str, object], since_ns: int = 0) -> None:
    table = pa.Table.from_pylist(list(rows), schema=arrow_schema("verdict_revisions"))
    store.write({"verdict_revisions": table}, since_ns)


def test_what_is_held_is_found_from_the_time_on_that_the_caller_knows(tmp_path: Path) -> None:
    """To the nanosecond; so a commit costs the same however many older verdicts are held."""
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        _write(store, *({**_row(trace, 1, cause="first"), "ended_at": 10**18 + trace} for trace in (1, 2, 3)))
        store.checkpoint()
        later = {**_row(2, 2, cause="second"), "ended_at": 10**18 + 7}
        _write(store, later, since_ns=10**18 + 2)
        standing = store.query(STANDING).column("cause").to_pylist()
    assert ["first", "second", "first"] == standing


def test_what_stands_is_what_ranking_all_revisions_finds(tmp_path: Path) -> None:
    """Several of one request in one commit, later ones that were judged earlier, withdrawn ones, two of one time."""
    chance = random.Random(7)
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        for commit in range(40):
            _write(
                store,
                *(
                    _row(chance.randrange(25), chance.randrange(10**6), withdrawn=chance.random() < 0.2)
                    for _ in range(chance.randrange(1, 8))
                ),
            )
            if commit % 10 == 0:
                store.checkpoint()
        assert store.query(RANKED).to_pylist() == store.query(STANDING).to_pylist()
        [(standing, of_all)] = (
            store.cursor()
            .execute("select count(*) filter (where not superseded), count(*) from segment.data.verdict_revisions")
            .fetchall()
        )
        assert 25 >= standing
        assert of_all > standing


def test_of_two_of_one_time_the_settled_one_stands(tmp_path: Path) -> None:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        _write(store, _row(1, 5, cause="unknown.settled", settled=True))
        _write(store, _row(1, 5, cause="unknown.early"))
        assert ["unknown.settled"] == [row["cause"] for row in store.query(STANDING).to_pylist()]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return a store of an older version, with a sealed file and two revisions of one verdict."""
    with DuckDBStore(tmp_path, writable=True, shared=True) as store:
        write(store, 0, 20)
        judged(store, 3)
        _write(store, _row(1, 1, cause="unknown.first"))
        _write(store, _row(1, 2, cause="unknown.second"))
        assert seal(store, hot_rows(store))
        store.checkpoint()
    with duckdb.connect(str(tmp_path / "hot.duckdb")) as connection:
        for text in _OLDER:
            connection.execute(text)
    return tmp_path


def test_a_store_of_an_older_version_is_ranked_where_it_is_only_read(older: Path) -> None:
    with DuckDBStore(older) as store:
        assert ["unknown", "unknown.second"] == sorted(row["cause"] for row in store.query(STANDING).to_pylist())
        assert 20 * 3 == store.query("select count(*) as n from spans").to_pylist()[0]["n"]


def test_a_store_of_an_older_version_is_ranked_once_when_it_is_written_to(older: Path) -> None:
    with DuckDBStore(older, writable=True) as store:
        assert ["unknown", "unknown.second"] == sorted(row["cause"] for row in store.query(STANDING).to_pylist())
        _write(store, _row(1, 3, cause="unknown.third"))
        assert ["unknown", "unknown.third"] == sorted(row["cause"] for row in store.query(STANDING).to_pylist())
        assert store.query(RANKED).to_pylist() == store.query(STANDING).to_pylist()
