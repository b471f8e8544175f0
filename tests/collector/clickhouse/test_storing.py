"""`culpa collect --store clickhouse://…` writes the exporter's tables, and loses nothing while ClickHouse is away."""

import json
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.abroad.rows import rows_of

from ...alarms.conftest import Collector, wait_for
from .conftest import ChDB
from .fill import records, spans


def _same(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its times as nanoseconds, whichever way they are written."""
    return {key: value for key, value in row.items() if "Timestamp" not in key}


@pytest.mark.parametrize("schema", ["map-new-logs", "json"])
def test_rows_are_those_that_the_exporter_writes(recordings: list[Path], schema: str) -> None:
    lines = [line for path in recordings for line in path.read_text().splitlines() if line.strip()]
    compared = 0
    for line in lines:
        export = json.loads(line)
        for signal, key, written in (("traces", "resourceSpans", spans), ("logs", "resourceLogs", records)):
            if key in export:
                expected = [_same(row) for row in written([export], schema)]
                found = rows_of(signal, line.encode(), is_json=True, is_nested=schema == "json")
                assert expected == [{name: _same(row)[name] for name in expected[0]} for row in found]
                compared += len(expected)
    assert compared > 1_000


def test_what_was_answered_is_there_after_a_kill_when_clickhouse_is_back(
    chdb: ChDB, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chdb.fill("map-new-logs")
    monkeypatch.setenv("CULPA_CLICKHOUSE_PASSWORD", "s3cret-pass/word")
    collector = Collector(tmp_path)
    collector.flags = ["--store", f"clickhouse://reader@127.0.0.1:{port}/default"]
    try:
        collector.start()
        for number in range(3):
            collector.fail(number)
        collector.kill()
        collector.start()
        wait_for(lambda: "does not answer" in collector.log.read_text("utf-8"))
        with chdb.served(port):
            wait_for(lambda: _queued(collector) == 0)
            collector.fail(3)
            wait_for(lambda: _queued(collector) == 0)
    finally:
        collector.kill()
    assert (
        "4\t4\t4"
        == chdb.sql("select count(), countDistinct(TraceId), countIf(StatusCode = 'Error') from otel_traces").strip()
    )
    assert "s3cret" not in collector.log.read_text("utf-8")


def _queued(collector: Collector) -> float:
    lines = [line for line in collector.get("/metrics").splitlines() if line.startswith("culpa_onward_queue_bytes{")]
    return float(lines[0].rpartition(" ")[2])
