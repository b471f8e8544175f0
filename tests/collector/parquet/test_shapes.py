"""What other tools wrote gets the verdicts of the same telemetry received, whatever columns and folders are called."""

from pathlib import Path

import pytest

from culpa.instrumentation.cli import main

from .conftest import Judge, judged_anew, verdicts
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
