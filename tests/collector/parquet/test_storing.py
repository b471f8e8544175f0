"""`culpa collect --parquet` writes folders, loses nothing that it answered, and doubles nothing."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from culpa.collector.parquet.storing import open_delivery
from culpa.collector.parquet.storing.tables import table_of
from culpa.onward.queue import Queue, Waiting

from ...alarms.conftest import Collector, wait_for
from .conftest import Judge, bodies, files_in, fill, judged_anew, verdicts

_DAY_NS = 86_400_000_000_000


class _Kept(SpanExporter):
    """Keeps spans for the one that sends them."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans) -> SpanExportResult:
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS


def _requests(count: int) -> list[ReadableSpan]:
    """Return spans of an SDK, of requests that failed."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    kept = _Kept()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    for _ in range(count):
        with provider.get_tracer("shop").start_as_current_span("GET /orders", kind=SpanKind.SERVER) as span:
            span.set_attributes({"http.route": "/orders", "http.response.status_code": 500})
            span.set_status(StatusCode.ERROR)
    return kept.spans


def _send(collector: Collector, count: int) -> set[str]:
    """Send spans by the SDK's exporter; return the ids of those that were taken."""
    spans = _requests(count)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    try:
        assert SpanExportResult.SUCCESS == exporter.export(spans)
    finally:
        exporter.shutdown()
    return {format(span.context.span_id, "016x") for span in spans}


def _ids(folder: Path) -> list[str]:
    if not files_in(folder):
        return []
    found = duckdb.execute("select SpanId from read_parquet($files)", {"files": [str(one) for one in files_in(folder)]})
    return [span_id for (span_id,) in found.fetchall()]


def test_each_span_that_was_answered_is_there_once_after_kills(tmp_path: Path, judge: Judge) -> None:
    collector, there = Collector(tmp_path), tmp_path / "there"
    collector.flags = ["--parquet", f"{there}?every=1"]
    sent: set[str] = set()
    try:
        for _ in range(4):
            collector.start()
            # Some are written before the end, some wait in the queue, and some may be on their way.
            sent |= _send(collector, 5)
            wait_for(lambda taken=frozenset(sent): set(_ids(there)) >= taken)
            sent |= _send(collector, 7)
            collector.kill()
        collector.start()
        sent |= _send(collector, 3)
        collector.kill(signal.SIGTERM)
    finally:
        collector.kill()
    assert sorted(sent) == sorted(_ids(there))
    assert len(sent) == 4 * 12 + 3
    assert [] == list(there.rglob(".*"))
    status, said = judge(there)
    assert (0, True) == (status, f"{len(sent)} judged" in said), said


def test_what_is_gathered_is_written_at_the_end(tmp_path: Path) -> None:
    collector, there = Collector(tmp_path), tmp_path / "there"
    collector.flags = ["--store", f"parquet://{there}?every=60"]
    try:
        collector.start()
        sent = set[str]().union(*(_send(collector, 1) for _ in range(4)))
        assert not there.exists()
        collector.kill(signal.SIGTERM)
    finally:
        collector.kill()
    assert sorted(sent) == sorted(_ids(there))
    assert 1 == len(files_in(there))


def test_the_same_bodies_make_the_same_files(one_failure: Callable[[int, int], Path], tmp_path: Path) -> None:
    """A call whose end nobody saw is made once more: it replaces what it wrote."""
    paths = [one_failure(number, (20_000 + number) * _DAY_NS) for number in range(12)]
    for _ in range(2):
        fill(tmp_path / "there", *paths)
        assert sorted(f"{number:016x}" for number in range(12)) == sorted(_ids(tmp_path / "there"))
    # Of a sender whose clock is broken, not every day has a folder.
    folders = sorted(one.parent.name for one in files_in(tmp_path / "there"))
    assert [f"date=2024-10-0{day}" for day in range(4, 10)] + ["date=2024-10-10", "date=other"] == folders


def test_a_file_that_was_not_finished_is_not_seen_and_replaced(
    one_failure: Callable[[int, int], Path], tmp_path: Path, judge: Judge
) -> None:
    there, failed = tmp_path / "there", one_failure(1, time.time_ns())
    fill(there, failed)
    [whole] = files_in(there)
    partial = whole.with_name(f".{whole.name}.partial")
    partial.write_bytes(whole.read_bytes()[:100])
    status, said = judge(there)
    assert (0, True, False) == (status, "1 judged" in said, "left out" in said), said
    fill(there, failed)
    assert (False, 1) == (partial.exists(), len(_ids(there)))


def test_bodies_that_were_taken_together_are_taken_together_again_after_a_kill(tmp_path: Path) -> None:
    """So that they make the same file, whatever came since."""
    queue = Queue(tmp_path / "queue", 1 << 20)
    queue.add([Waiting("traces", bytes([number]), True) for number in range(3)])
    taken = queue.together(2)
    queue.add([Waiting("traces", b"later", True)])
    again = Queue(tmp_path / "queue", 1 << 20)
    assert again.is_tried
    assert taken == again.together(100)
    again.remove(taken)
    assert not again.is_tried
    assert [bytes([2]), b"later"] == [one.packed for one in again.together(100)]
    queue.close()
    again.close()


def test_all_that_the_exporter_keeps_is_kept(
    recordings: list[Path], ingested: Path, judge: Judge, tmp_path: Path
) -> None:
    fill(tmp_path / "there", *recordings)
    expected = verdicts(ingested)
    assert len(expected) >= 200
    assert expected == judged_anew(judge, tmp_path / "there", tmp_path)


def test_a_body_that_is_no_otlp_costs_no_other(one_failure: Callable[[int, int], Path], tmp_path: Path) -> None:
    delivery = open_delivery(f"parquet://{tmp_path / 'there'}")
    good = bodies(one_failure(1, time.time_ns()))
    [why] = delivery.post([("traces", b"\xff\xff", False), *good, ("metrics", b"{}", True)])
    assert "no OTLP" in why
    assert 1 == len(_ids(tmp_path / "there"))


def test_a_time_beyond_all_calendars_is_held(one_failure: Callable[[int, int], Path]) -> None:
    [(signal_, body, is_json)] = bodies(one_failure(1, 2**64 - 100))
    assert 2**63 - 1 == table_of(signal_, body, is_json=is_json)["Timestamp"].cast("int64")[0].as_py()


def test_files_are_what_other_tools_read(one_failure: Callable[[int, int], Path], tmp_path: Path) -> None:
    fill(tmp_path / "there", one_failure(1, 1_790_000_000_123_456_789))
    [path] = files_in(tmp_path / "there")
    assert "traces/date=2026-09-21/culpa-141320-141320-" == str(path.relative_to(tmp_path / "there"))[:43]
    file = pq.ParquetFile(path)
    assert "ZSTD" == file.metadata.row_group(0).column(0).compression
    [row] = file.read().to_pylist()
    assert ("Server", "Error", "shop") == (row["SpanKind"], row["StatusCode"], row["ServiceName"])
    assert [("http.response.status_code", "500")] == row["SpanAttributes"]


def test_a_folder_is_one_destination_among_others(tmp_path: Path) -> None:
    given = tmp_path / "onward.toml"
    given.write_text(f'[destinations.cheap]\nurl = "parquet://{tmp_path / "there"}?every=60"\n')
    collector = Collector(tmp_path)
    collector.flags = ["--onward", str(given)]
    try:
        collector.start()
        sent = _send(collector, 2)
        collector.kill(signal.SIGTERM)
    finally:
        collector.kill()
    assert sorted(sent) == sorted(_ids(tmp_path / "there"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--parquet", "s3://key:secret@bucket/x"], "leave it to the environment"),
        (["--parquet", "http://host/x"], "holds no Parquet that can be read"),
        (["--parquet", "/tmp/x?every=1h"], "write 0 to 60 seconds"),
        (["--parquet", "/tmp/x?colour=red"], "with ?since=1d or ?every=30"),
        (["--parquet", "/tmp/x", "--store", "parquet:///tmp/y"], "exclude each other"),
    ],
)
def test_what_cannot_be_stored_in_is_said_at_the_start(
    flags: list[str], said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from culpa.instrumentation.cli import main

    monkeypatch.chdir(tmp_path)
    assert 2 == main(["collect", *flags])
    told = capfd.readouterr().err
    assert said in told
    assert "secret" not in told.replace("SECRET", "")
