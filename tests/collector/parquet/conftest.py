"""Folders of Parquet files: those that `culpa collect --parquet` writes, and those of other tools."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.parquet.storing import open_delivery
from culpa.instrumentation.cli import main

from ..clickhouse.conftest import ingested, one_failure, recordings, verdicts

__all__ = ["ingested", "one_failure", "recordings", "verdicts"]

#: Runs `culpa judge` in this process; returns its status and all that it said.
Judge = Callable[..., tuple[int, str]]
_SIGNALS = {"resourceSpans": "traces", "resourceLogs": "logs", "resourceMetrics": "metrics"}


def bodies(*paths: Path) -> list[tuple[str, bytes, bool]]:
    """Return OTLP lines as they are delivered: signal, body, and that it is JSON."""
    lines = [line for path in paths for line in path.read_bytes().splitlines() if line.strip()]
    return [(_SIGNALS[next(iter(json.loads(line)))], line, True) for line in lines]


def fill(folder: Path | str, *paths: Path) -> None:
    """Write OTLP lines as `culpa collect --parquet` does."""
    assert [] == open_delivery(f"parquet://{folder}").post(bodies(*paths))


def files_in(folder: Path) -> list[Path]:
    """Return the Parquet files of a folder."""
    return sorted(folder.rglob("*.parquet"))


@pytest.fixture
def judge(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Judge:
    def run(folder: Path | str, *options: str) -> tuple[int, str]:
        address = folder if isinstance(folder, str) else f"parquet://{folder}"
        capfd.readouterr()
        status = main(["judge", "--store", address, "--into", str(tmp_path / "judged.duckdb"), *options])
        said = capfd.readouterr()
        return status, said.out + said.err

    return run


def judged_anew(judge: Judge, folder: Path | str, tmp_path: Path) -> Sequence[dict[str, Any]]:
    """Judge all that lies in a folder; return the verdicts."""
    (tmp_path / "judged.duckdb").unlink(missing_ok=True)
    status, said = judge(folder, "--since", "2020-01-01")
    assert 0 == status, said
    return verdicts(tmp_path / "judged.duckdb")
