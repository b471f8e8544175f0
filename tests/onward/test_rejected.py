"""What a backend rejects of a body that it took is counted and said, and not sent again."""

import json
import logging

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from culpa.given import Secret
from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination
from culpa.onward.post import Poster, pack

from .conftest import Backend, Collector, wait_for

SPANS = ExportTraceServiceResponse()
SPANS.partial_success.rejected_spans, SPANS.partial_success.error_message = 3, "older than an hour"
RECORDS = ExportLogsServiceResponse()
RECORDS.partial_success.rejected_log_records = 2
POINTS = ExportMetricsServiceResponse()
POINTS.partial_success.error_message = "please use delta"
WARNED = ": it says “please use delta”"


def _poster(backend: Backend, counts: Counts, headers: str = "") -> Poster:
    own = Secret("headers", text=headers) if headers else None
    url = Secret("url", text=backend.url)
    return Poster(Destination("backend", url, own, None, 5, True, False, "raw", 2**20), counts)


@pytest.mark.parametrize(
    ("signal", "form", "answer", "number", "said"),
    [
        (
            "traces",
            "protobuf",
            SPANS.SerializeToString(),
            3,
            "rejected 3 spans, which are not sent again: it says “older than an hour”",
        ),
        (
            "logs",
            "protobuf",
            RECORDS.SerializeToString(),
            2,
            "rejected 2 log records, which are not sent again, and does not say why",
        ),
        ("metrics", "protobuf", POINTS.SerializeToString(), 0, f"took metrics{WARNED}"),
        # Numbers of 64 bits are texts in JSON; some backends write them as numbers, or fields that nobody knows.
        ("traces", "json", b'{"partialSuccess": {"rejectedSpans": "4", "new": 1}}', 4, "rejected 4 spans"),
        (
            "metrics",
            "json",
            b'{"partialSuccess": {"rejectedDataPoints": 5}, "status": "ok"}',
            5,
            "rejected 5 data points",
        ),
        (
            "traces",
            "json",
            b'{"partialSuccess": {"errorMessage": "slow down", "rejectedSpans": 0}}',
            0,
            "took traces: it says “slow down”",
        ),
        *[(signal, form, b"", 0, "") for signal in ("traces", "logs", "metrics") for form in ("json", "protobuf")],
        ("traces", "json", b'{"partialSuccess": {}}', 0, ""),
        ("traces", "json", b'{"partialSuccess": {"rejectedSpans": "-7"}}', 0, ""),
        ("traces", "json", b'"' + b"[" * 60_000, 0, ""),
        ("traces", "json", b"[" * 60_000, 0, ""),
        ("traces", "protobuf", b"<html>welcome</html>", 0, ""),
        ("traces", "protobuf", b"x" * 100_000, 0, ""),
    ],
)
def test_an_answer_says_what_was_left_out(
    backend: Backend, caplog: pytest.LogCaptureFixture, signal: str, form: str, answer: bytes, number: int, said: str
) -> None:
    backend.headers = {"Content-Type": f"application/{'json; charset=utf-8' if form == 'json' else 'x-protobuf'}"}
    backend.answer = lambda path: answer
    counts = Counts(["backend"])
    poster = _poster(backend, counts)
    assert number == poster.post(signal, pack(b"{}"), is_json=form == "json").number
    assert number == counts.rejected["backend", signal]
    assert said in caplog.text if said else not caplog.text
    assert 1 == backend.asked
    poster.close()


def test_it_is_said_once_in_short_and_without_secrets(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    message = "key s3cr3t-of-ours is over quota; password=hunter2 of\n\x1b[2Jspan " + "x" * 5000
    backend.headers = {"Content-Type": "application/json"}
    backend.answer = lambda path: json.dumps({"partialSuccess": {"rejectedSpans": 1, "errorMessage": message}}).encode()
    counts = Counts(["backend"])
    poster = _poster(backend, counts, "Authorization: Bearer s3cr3t-of-ours")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            poster.post("traces", pack(b"{}"), is_json=True)
    poster.close()
    [record] = caplog.records
    line = record.getMessage()
    assert 5 == counts.rejected["backend", "traces"]
    assert "over quota" in line and len(line) < 450
    assert not [secret for secret in ("s3cr3t", "hunter2", "\n", "\x1b") if secret in line]


def test_a_running_collector_counts_it_and_notes_verdicts_that_nobody_kept(
    collector: Collector, backend: Backend
) -> None:
    """Nothing is sent twice for it."""
    rejecting = {"traces": SPANS, "logs": RECORDS}
    backend.headers = {"Content-Type": "application/x-protobuf"}
    backend.answer = lambda path: rejecting[path.rpartition("/")[2]].SerializeToString()
    (collector.folder / "onward.toml").write_text(f'[destinations.backend]\nurl = "{backend.url}"\ntelemetry = "raw"\n')
    collector.start()
    collector.fail(1)
    wait_for(lambda: collector.query("select outcome from onward_deliveries where outcome = 'refused'"))
    shown = collector.get("/metrics")
    assert 'culpa_onward_rejected_items_total{destination="backend",signal="traces"} 3.0' in shown
    assert 'culpa_onward_verdicts_total{destination="backend",outcome="refused"} 1.0' in shown
    assert 'culpa_onward_bodies_total{destination="backend",outcome="sent"} 1.0' in shown
    assert "rejected 3 spans, which are not sent again: it says “older than an hour”" in collector.log.read_text(
        "utf-8"
    )
    assert ["/otlp/v1/traces", "/otlp/v1/logs"] == [path for path, _, _ in backend.got]
