"""The `culpa` command in this process, and OTLP exports to feed it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from culpa.instrumentation.cli import main

from .followed import Followed


@dataclass
class Ingested:
    """What one call of `culpa ingest` left: exit status, stderr, and the segment."""

    status: int
    stderr: str
    stdout: str
    segment: Path

    def count(self, relation: str) -> int:
        """Count rows with plain DuckDB, as a user would."""
        with duckdb.connect(str(self.segment), read_only=True) as connection:
            found = connection.execute(f"select count(*) from {relation}").fetchone()
            assert found
            return int(found[0])


@pytest.fixture
def ingest(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ingested]:
    def run(*arguments: object, db: object = None) -> Ingested:
        segment = Path(str(db or tmp_path / "segment.duckdb"))
        capfd.readouterr()
        status = main(["ingest", *map(str, arguments), "--db", str(segment)])
        said = capfd.readouterr()
        return Ingested(status, said.err, said.out, segment)

    return run


@pytest.fixture
def export() -> Callable[..., str]:
    """One OTLP export as a JSON line: a failing request of which the number tells the ids."""

    def line(number: int = 1, signal: str = "traces") -> str:
        trace, span = f"{number:032x}", f"{number:016x}"
        at = str(1_795_334_733_000_000_000 + number)
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
        if signal == "traces":
            event = {
                "timeUnixNano": at,
                "name": "exception",
                "attributes": [
                    {"key": "exception.type", "value": {"stringValue": "ValueError"}},
                    {"key": "exception.message", "value": {"stringValue": "boom"}},
                ],
            }
            entry = {
                "traceId": trace, "spanId": span, "name": "GET /a", "kind": 2, "startTimeUnixNano": at,
                "endTimeUnixNano": str(int(at) + 5_000_000), "status": {"code": 2}, "events": [event],
                "attributes": [{"key": "http.response.status_code", "value": {"intValue": "500"}}],
            }  # fmt: skip
            return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [entry]}]}]})
        if signal == "logs":
            entry = {
                "timeUnixNano": at,
                "traceId": trace,
                "spanId": span,
                "body": {"stringValue": f"said {number}"},
            }
            return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [entry]}]}]})
        point = {"timeUnixNano": at, "asInt": str(number)}
        entry = {"name": "queue", "gauge": {"dataPoints": [point]}}
        return json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [entry]}]}]})

    return line


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    it = Followed(tmp_path)
    yield it
    it.stop()
    it.writer.close()
    it.store.close()
