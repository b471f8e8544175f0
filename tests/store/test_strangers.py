"""A segment that a stranger made is opened and asked like one's own; nothing in it reaches outside of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, NotAStore, StoreError, open_store

_KEPT = "only the owner of this machine knows this"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a segment as culpa makes it, with files beside it that are none of its business."""
    folder = tmp_path_factory.mktemp("made")
    DuckDBStore(folder / "one.duckdb", writable=True).close()
    (folder / "private.txt").write_text(_KEPT)
    (folder / "private.csv").write_text(f"a\n{_KEPT}\n")
    with duckdb.connect(str(folder / "other.duckdb")) as other:
        other.execute("create table t as select $1 as a", [_KEPT])
    return folder


@pytest.fixture
def segment(made: Path, tmp_path: Path) -> Path:
    """Return a copy of that segment, with its files beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "one.duckdb"


def _crafted(segment: Path, *statements: str) -> None:
    with duckdb.connect(str(segment)) as stranger:
        for statement in statements:
            stranger.execute(statement.replace("{folder}", str(segment.parent)))


_READERS = [
    "select content from read_text('{folder}/private.txt')",
    "select a from read_csv('{folder}/private.csv')",
    "from '{folder}/private.csv'",
    "select content::varchar from read_blob('{folder}/private.txt')",
    "select file from glob('{folder}/*')",
    "select content from read_text('/etc/passwd')",
    "select content from read_text('/proc/self/environ')",
    "select * from sniff_csv('{folder}/private.csv')",
]


@pytest.mark.parametrize("reader", _READERS)
@pytest.mark.parametrize("name", ["verdicts", "spans", "extra"])
@pytest.mark.parametrize("writable", [False, True])
def test_a_view_that_reads_files_reads_none(segment: Path, reader: str, name: str, writable: bool) -> None:
    """Whatever the view is called, and whether the segment is opened for reading or for writing."""
    _crafted(segment, f"create or replace view {name} as {reader}")
    try:
        with DuckDBStore(segment, writable=writable) as store:
            shown = [str(store.query(f"select * from {one}").to_pylist()) for one in (name, "verdicts", "problems")]
    except StoreError as error:
        shown = [str(error)]
        assert 1 == len(shown[0].splitlines())
    for text in shown:
        assert _KEPT not in text
        assert "root:" not in text
        assert "PATH=" not in text


def test_a_view_that_reaches_out_is_said_to_be_a_strangers(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, with exit status 2."""
    _crafted(segment, f"create or replace view verdicts as {_READERS[0]}")
    assert 2 == main(["verdicts", "--store", str(segment)])
    said = capsys.readouterr()
    assert "" == said.out
    assert "do not trust it" in said.err
    assert 1 == len(said.err.splitlines())


def test_a_macro_of_a_stranger_reads_nothing(segment: Path) -> None:
    """Our views call macros by name, and the segment has some of its own."""
    _crafted(
        segment,
        "create or replace macro attr(keys, vals, key) as (select content from read_text('{folder}/private.txt'))",
        "create or replace macro name_service(namespace, service) as (select content from read_text('{folder}/private.txt'))",
        "create or replace view verdicts as select attr([], [], '') as trace_id",
    )
    with pytest.raises(NotAStore, match="reaches outside"):
        open_store(segment)


def test_a_view_sees_none_of_our_variables(segment: Path) -> None:
    """The engine would look up a name that no relation has among Python's."""
    found: Callable[[], pa.Table] = lambda: pa.table({"secret": [_KEPT]})  # noqa: E731 - a name of this frame
    incoming_rows = found()
    assert 1 == incoming_rows.num_rows
    _crafted(
        segment, "create table incoming_rows(secret varchar)", "create or replace view verdicts as from incoming_rows"
    )
    _crafted(segment, "drop table incoming_rows")
    with pytest.raises(NotAStore):
        open_store(segment)


@pytest.mark.parametrize(
    "query",
    [
        *(reader for reader in _READERS),
        "select * from read_duckdb('{folder}/other.duckdb', table_name='t')",
        "select * from query('select content from read_text(''{folder}/private.txt'')')",
    ],
)
def test_a_query_of_a_local_store_reads_no_file_either(segment: Path, query: str) -> None:
    """`culpa sql` over a file is shut in with it as the collector is."""
    with DuckDBStore(segment) as store, pytest.raises(StoreError) as raised:
        store.query(query.replace("{folder}", str(segment.parent)))
    assert _KEPT not in str(raised.value)


def test_a_relation_that_is_a_view_of_a_stranger_is_read_inside_the_file(segment: Path) -> None:
    """Tables may be views; they reach no further."""
    _crafted(
        segment,
        "drop view verdicts", "drop view verdict_revisions", "drop table data.verdict_revisions",
        "create view data.verdict_revisions as select content as trace_id from read_text('{folder}/private.txt')",
        "create view verdicts as select * from data.verdict_revisions",
    )  # fmt: skip
    for writable in (False, True):
        with pytest.raises(StoreError) as raised:
            DuckDBStore(segment, writable=writable)
        assert _KEPT not in str(raised.value)
