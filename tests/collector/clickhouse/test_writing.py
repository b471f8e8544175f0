"""Verdicts are written into a table of ClickHouse when that was approved, and replace what stood there."""

import time
from collections.abc import Callable
from pathlib import Path

from .conftest import ChDB

_COUNT = "select count(), countDistinct(trace_id), any(cause), any(status) from culpa_verdicts final"


def test_the_table_is_shown_first_and_made_when_approved(
    chdb: ChDB, one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    now = time.time_ns()
    chdb.fill("map-new-logs", one_failure(1, now - 60_000_000_000), one_failure(2, now - 50_000_000_000))
    into = tmp_path / "judged.duckdb"
    shown = chdb.judge(into, "--write")
    assert (1, False) == (shown.returncode, into.exists())
    assert shown.stdout.startswith("CREATE TABLE IF NOT EXISTS `default`.`culpa_verdicts` (")
    assert "ReplacingMergeTree(judged_at) ORDER BY (trace_id, request_span_id)" in shown.stdout
    assert "0" == chdb.sql("select count() from system.tables where name = 'culpa_verdicts'").strip()
    made = chdb.judge(into, "--write", "--yes")
    assert 0 == made.returncode, made.stderr
    expected = "2\t2\tapp.unhandled_exception\t500"
    assert expected == chdb.sql(_COUNT).strip()
    again = chdb.judge(into, "--write")
    assert (0, expected) == (again.returncode, chdb.sql(_COUNT).strip()), again.stderr


def test_another_table_of_that_name_is_left_alone(
    chdb: ChDB, one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    chdb.fill("map-new-logs", one_failure(1, time.time_ns()))
    chdb.sql("create table culpa_verdicts (trace_id String) engine = MergeTree order by trace_id")
    ran = chdb.judge(tmp_path / "judged.duckdb", "--write", "--yes")
    assert (2, "0") == (ran.returncode, chdb.sql("select count() from culpa_verdicts").strip())
    assert "the table culpa_verdicts has no column cause," in ran.stderr
