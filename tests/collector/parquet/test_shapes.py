"""What other tools wrote gets the verdicts of the same telemetry received, whatever columns and folders are called."""

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from culpa.collector.abroad.rows import rows_of
from culpa.instrumentation.cli import main

from .conftest import Judge, bodies, judged_anew, verdicts
from .tools import TOOLS, structs, write

_LAYOUTS = (
    "{signal}.parquet",
    "{signal}/date={date:%Y-%m-%d}/part-0.parquet",
    "otel_{signal}/year={date:%Y}/month={date:%m}/day={date:%d}/0001.parquet",
    "{date:%Y/%m/%d}/{signal}-1.PARQUET",
    "rotel/{signal}/{date:%Y}/{date:%m}/{date:%d}/13/x.parquet",
    "{signal}/dt={date:%Y-%m-%d}/hour=04/{signal}.pq",
)


@pytest.mark.parametrize(
    ("tool", "layout"), [*zip(TOOLS, _LAYOUTS, strict=True)], ids=[tool.__name__ for tool in TOOLS]
)
def test_files_of_other_tools_get_the_verdicts_of_ingest(
    recordings: list[Path], ingested: Path, judge: Judge, tmp_path: Path, tool, layout: str
) -> None:
    write(tmp_path / "there", tool, layout, *recordings)
    found = judged_anew(judge, tmp_path / "there", tmp_path)
    expected = verdicts(ingested)
    assert len(expected) >= 200
    assert [_what(one) for one in expected] == [_what(one) for one in found]


def _what(verdict: dict[str, object]) -> dict[str, object]:
    """Leave out what tells times to the ns: some tools keep them to the µs or ms."""
    return {
        key: verdict[key]
        for key in (
            "trace_id",
            "request_span_id",
            "component",
            "cause",
            "layer",
            "object",
            "status",
            "route",
            "service",
        )
    }


def test_such_files_are_ingested_too(recordings: list[Path], tmp_path: Path) -> None:
    some = recordings[::8]
    write(tmp_path / "there", structs, "{signal}.parquet", *some)
    for name, paths in (("here", some), ("there", [tmp_path / "there"])):
        assert 0 == main(["ingest", *map(str, paths), "--db", str(tmp_path / f"{name}.duckdb"), "--quiet"])
    expected, found = verdicts(tmp_path / "here.duckdb"), verdicts(tmp_path / "there.duckdb")
    assert len(expected) >= 20
    assert [_what(one) for one in expected] == [_what(one) for one in found]


def test_values_that_make_no_sense_cost_no_other(
    one_failure: Callable[[int, int], Path], judge: Judge, tmp_path: Path
) -> None:
    """A file holds one span that is whole, and one of which each column is beyond what it should hold."""
    [(_, body, is_json)] = bodies(one_failure(1, time.time_ns() - 60 * 10**9))
    [row] = rows_of("traces", body, is_json=is_json)
    times = (2**63 - 1, -(2**63) + 1, 10**13, 0)
    strange = {
        "timestamp": pa.array([row["Timestamp"] // 1_000, *times, None], pa.timestamp("us")),
        "end_timestamp": pa.array([row["Timestamp"] // 1_000_000, *reversed(times), None], pa.int64()),
        "duration": pa.array([9, 2**63 - 1, -(2**63), -1, 2**62, None], pa.int64()),
        "trace_id": pa.array([row["TraceId"], "", None, "not an id", "=" * 24, "é" * 22]),
        "span_id": pa.array([row["SpanId"], "0", "\0", "/" * 12, "x" * 10_000, None]),
        "span_name": pa.array([row["SpanName"], "", None, "\0", "response", "é"]),
        "span_kind": pa.array([2, -(2**31), 2**31 - 1, 6, None, 2], pa.int32()),
        "status_code": pa.array([2, -1, 99, None, 2, 2], pa.int32()),
        "span_attributes": pa.array(['{"http.status_code": 500}', "{", "[1, 2]", '[{"key": 1}]', "null", '"text"']),
        "resource_attributes": pa.array(['{"service.name": "shop"}', "[" * 5_000, "{}" * 3, "7", None, ""]),
        "events_json": pa.array([None, "[{}]", '[{"name": 1, "attributes": []}]', "{}", "[[[]]]", "é"]),
    }
    (tmp_path / "there").mkdir()
    pq.write_table(pa.table(strange), tmp_path / "there" / "strange.parquet")
    for since in ("1h", "1970-01-02"):
        status, said = judge(tmp_path / "there", "--since", since)
        assert (0, False) == (status, "left out" in said), said
    [verdict] = [one for one in verdicts(tmp_path / "judged.duckdb") if one["trace_id"] == row["TraceId"]]
    assert (500, "shop") == (verdict["status"], verdict["service"])
