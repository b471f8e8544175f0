"""`culpa store export --format otlp`: what is written is read back by `culpa ingest` into the same rows."""

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, hot_rows, seal

CORPUS = Path(__file__).parents[2] / "corpus.tar.gz"
RELATIONS = ("spans", "exceptions", "logs", "metric_points", "resources")
START_NS = 1_790_000_000 * 10**9
REQUESTS = {
    "resourceSpans": ExportTraceServiceRequest,
    "resourceLogs": ExportLogsServiceRequest,
    "resourceMetrics": ExportMetricsServiceRequest,
}


def _attributes(**values: Any) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", float: "doubleValue", bool: "boolValue"}
    return [
        {"key": key.replace("_", "."), "value": {kinds.get(type(value), "intValue"): value}}
        for key, value in values.items()
    ]


def _own_lines() -> list[dict[str, Any]]:
    """Return every kind of metric, and records of which several are equal."""
    at = {"timeUnixNano": str(START_NS + 7), "startTimeUnixNano": str(START_NS)}
    named = at | {"attributes": _attributes(queue="a,b", depth=3)}
    shape = {
        "scale": 2, "zeroCount": "4", "count": "9", "sum": 1.25,
        "positive": {"offset": -3, "bucketCounts": ["1", "2"]}, "negative": {"offset": 1, "bucketCounts": ["2", "0"]},
    }  # fmt: skip
    metrics: list[dict[str, Any]] = [
        {"name": "load", "unit": "1", "gauge": {"dataPoints": [named | {"asDouble": 0.1}, at | {"flags": 1}, at | {"asInt": "7"}]}},
        {"name": "odd", "gauge": {"dataPoints": [at | {"asDouble": odd} for odd in ("NaN", "-Infinity", 1e300)]}},
        {"name": "asked", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [named | {"asInt": "-5"}]}},
        {"name": "took", "unit": "s", "histogram": {"aggregationTemporality": 1, "dataPoints": [
            named | {"count": "3", "sum": 0.5, "bucketCounts": ["1", "2"], "explicitBounds": [0.25],
                     "exemplars": [{"timeUnixNano": at["timeUnixNano"], "asDouble": 0.3, "traceId": "ab" * 16}]},
            at | {"count": "0"},
        ]}},
        {"name": "far", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [named | shape]}},
        {"name": "old", "summary": {"dataPoints": [
            named | {"count": "5", "sum": 2.5, "quantileValues": [{"quantile": 0.5, "value": 0.4}, {"quantile": 0.99, "value": 1.5}]},
        ]}},
    ]  # fmt: skip
    record = {"timeUnixNano": str(START_NS), "severityNumber": 9, "body": {"stringValue": "tick ✓"}}
    resource = {"attributes": _attributes(service_name="shop", process_pid=41, host_name="n1", cloud_region="eu")}
    return [
        {"resourceMetrics": [{"resource": resource, "schemaUrl": "https://opentelemetry.io/schemas/1.30.0",
                              "scopeMetrics": [{"metrics": metrics}]}]},
        {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": "clock"}, "logRecords": [record] * 700}]}]},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a segment of recorded failures of several stacks and of our own lines."""
    folder = tmp_path_factory.mktemp("recorded")
    lines = [json.dumps(line) for line in _own_lines()]
    with tarfile.open(CORPUS) as corpus:
        # Django logs what its span tells too: of these two one is kept, and of the record not its stack.
        names = [name for name in corpus.getnames() if name.endswith("/otlp.jsonl")]
        for name in (name for name in names if "/django" not in name):
            file = corpus.extractfile(name)
            assert file
            lines += file.read().decode().splitlines()
    (folder / "sent.jsonl").write_text("\n".join(lines))
    assert 0 == main(["ingest", str(folder / "sent.jsonl"), "--db", str(folder / "a.duckdb"), "--quiet"])
    return folder / "a.duckdb"


def _differing(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Return of each relation how many rows only the one has, and only the other; of resources but for first_seen."""
    found: dict[str, tuple[int, int]] = {}
    with duckdb.connect() as connection:
        for name, path in (("a", one), ("b", other)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        for relation in RELATIONS:
            columns = "* exclude (first_seen)" if relation == "resources" else "*"
            counts = [
                connection.execute(
                    f"select count(*) from (select {columns} from {x}.data.{relation} except all select {columns} from {y}.data.{relation})"
                ).fetchall()[0][0]
                for x, y in ("ab", "ba")
            ]
            found[relation] = (counts[0], counts[1])
    return found


def _read_back(file: Path) -> Path:
    segment = file.parent / "b.duckdb"
    assert 0 == main(["ingest", str(file), "--db", str(segment), "--strict", "--quiet"])
    return segment


def test_all_rows_come_back(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a segment file: each column of each row, the digests that name them too; and each line is what OTLP says."""
    assert 0 == main(["store", "export", str(recorded), str(tmp_path / "out"), "--format", "otlp"])
    file = tmp_path / "out" / "otlp.jsonl"
    with duckdb.connect(str(recorded), read_only=True) as connection:
        counts = [connection.execute(f"select count(*) from {name}").fetchall()[0][0] for name in RELATIONS[:4]]
    assert all(counts) and counts[0] > 900
    assert f"{file}: {counts[0] + counts[2] + counts[3]:,} rows" in capsys.readouterr().out
    signals = []
    for line in file.read_text().splitlines():
        (signal,) = json.loads(line)
        signals.append(signal)
        Parse(line, REQUESTS[signal]())
    assert signals == sorted(signals, key=list(REQUESTS).index)
    assert set(REQUESTS) == set(signals)
    assert dict.fromkeys(RELATIONS, (0, 0)) == _differing(recorded, _read_back(file))


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_sealed_files_are_in_it(recorded: Path, tmp_path: Path, compression: str) -> None:
    """Of a store with two sealed files and a hot one; compressed."""
    # What came in one body lies together.
    parts = {"spans": "trace_id", "exceptions": "trace_id", "logs": '"time"', "metric_points": "name", "resources": "1"}
    (tmp_path / "store").mkdir()
    with DuckDBStore(tmp_path / "store", writable=True, shared=True) as store:
        for number in range(3):
            with duckdb.connect(str(recorded), read_only=True) as connection:
                store.write({
                    relation: connection.sql(f"select * from data.{relation} where hash({part}) % 3 = {number}").to_arrow_table()
                    for relation, part in parts.items()
                })  # fmt: skip
            if number:
                seal(store, hot_rows(store))
    assert 2 == len(list((tmp_path / "store").glob("sealed-*.duckdb")))
    options = ["--format", "otlp", "--compression", compression]
    assert 0 == main(["store", "export", str(tmp_path / "store"), str(tmp_path / "out"), *options])
    (file,) = (tmp_path / "out").iterdir()
    with gzip.open(file) if compression == "gzip" else zstandard.open(file, "rb") as content:
        assert b'{"resourceSpans"' == content.read(16)
    assert dict.fromkeys(RELATIONS, (0, 0)) == _differing(recorded, _read_back(file))


def test_only_the_rows_of_a_time(filled: Path, tmp_path: Path) -> None:
    """As for Parquet; a span brings the exceptions that it tells of."""
    begin, end = "2026-09-21T14:14:20", "2026-09-21T14:15:10"
    options = ["--since", begin, "--until", end, "--format", "otlp"]
    assert 0 == main(["store", "export", str(filled), str(tmp_path / "out"), *options])
    exports = [json.loads(line) for line in (tmp_path / "out" / "otlp.jsonl").read_text().splitlines()]
    spans = [
        span
        for one in exports
        for sent in one.get("resourceSpans", ())
        for made in sent["scopeSpans"]
        for span in made["spans"]
    ]
    with DuckDBStore(filled) as store:
        asked = f"select count(*) as n from spans where start_time >= '{begin}' and start_time < '{end}'"
        assert [{"n": len(spans)}] == store.query(asked).to_pylist() != [{"n": 0}]


def test_a_servers_own_line_is_a_record_that_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other tools read its format and its connection; a compression of Parquet is no choice."""
    line = '2026/11/22 10:00:05 [error] 31#31: *17 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: shop, request: "GET /cart HTTP/1.1", upstream: "http://127.0.0.1:8000/cart", host: "shop"\n'
    (tmp_path / "error.log").write_text(line)
    assert 0 == main(["ingest", str(tmp_path / "error.log"), "--db", str(tmp_path / "a.duckdb"), "--quiet"])
    assert 0 == main(["store", "export", str(tmp_path / "a.duckdb"), str(tmp_path / "out"), "--format", "otlp"])
    (export,) = map(json.loads, (tmp_path / "out" / "otlp.jsonl").read_text().splitlines())
    (record,) = export["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    told = {one["key"]: one["value"] for one in record["attributes"]}
    assert {"stringValue": "nginx_error"} == told["culpa.log.format"]
    assert {"stringValue": "17"} == told["culpa.log.connection_id"]
    assert 2 == main(["store", "export", str(tmp_path / "a.duckdb"), str(tmp_path / "new"), "--compression", "zstd"])
    assert "--format otlp" in capsys.readouterr().err
