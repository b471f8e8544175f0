"""What lies in ClickHouse gets the verdicts that the same telemetry gets from `culpa ingest`."""

import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from culpa.instrumentation.cli import main

from .conftest import ChDB, verdicts
from .fill import SCHEMAS

_ALL = ("--since", "2020-01-01")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_recording_gets_the_verdict_of_ingest(
    chdb: ChDB, recordings: list[Path], ingested: Path, tmp_path: Path, schema: str
) -> None:
    chdb.fill(schema, *recordings)
    ran = chdb.judge(tmp_path / "judged.duckdb", *_ALL)
    assert 0 == ran.returncode, ran.stderr
    expected, found = verdicts(ingested), verdicts(tmp_path / "judged.duckdb")
    assert len(expected) >= 200
    assert expected == found


def test_tables_of_signoz_are_read_as_those_of_the_exporter(chdb: ChDB, recordings: list[Path], tmp_path: Path) -> None:
    some = recordings[::6]
    assert 0 == main(["ingest", *map(str, some), "--db", str(tmp_path / "ingested.duckdb"), "--quiet"])
    chdb.fill("signoz", *some)
    ran = chdb.judge(tmp_path / "judged.duckdb", *_ALL)
    assert 0 == ran.returncode, ran.stderr
    expected, found = verdicts(tmp_path / "ingested.duckdb"), verdicts(tmp_path / "judged.duckdb")
    assert len(expected) >= 20
    assert expected == found


def test_only_what_failed_in_that_time_is_fetched_and_nothing_twice(
    chdb: ChDB, one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    now = time.time_ns()
    chdb.fill("map-new-logs", one_failure(1, now - 7_200_000_000_000), one_failure(2, now - 60_000_000_000))
    into = tmp_path / "judged.duckdb"
    first = chdb.judge(into)
    assert "1 trace that may hold a failed request, 1 judged, 0 known already" in first.stderr
    assert "     1  shop  app." in first.stdout
    again = chdb.judge(into)
    assert ("1 trace that may hold a failed request, 0 judged, 1 known already" in again.stderr, "") == (
        True,
        again.stdout,
    )
    assert "2 traces that may hold a failed request, 1 judged" in chdb.judge(into, "--since", "1d").stderr
    with duckdb.connect(str(into), read_only=True) as store:
        assert [(2, 2)] == store.execute(
            "select count(*), count(distinct trace_id) from data.verdict_revisions"
        ).fetchall()


def test_nothing_is_changed_there_and_no_secret_is_stored_here(
    chdb: ChDB, one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    chdb.fill("json", one_failure(1, time.time_ns() - 60_000_000_000))
    before = chdb.sql("select name, total_rows from system.tables where database = 'default' order by name")
    into = tmp_path / "judged.duckdb"
    assert 0 == chdb.judge(into).returncode
    assert before == chdb.sql("select name, total_rows from system.tables where database = 'default' order by name")
    assert b"hunter2secret" not in into.read_bytes()
    with duckdb.connect(str(into), read_only=True) as store:
        assert [("password=[redacted]",)] == store.execute("select exception_message from verdicts").fetchall()
