"""What was received, handed on: durable, bounded, redacted, and never in the way of who sends."""

import json
import random
import signal
import socket
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.onward.queue import Queue, Waiting

from ..alarms.conftest import traces
from .conftest import Backend, Collector, plain, wait_for


def _write(collector: Collector, url: str, *more: str) -> None:
    text = ["[destinations.backend]", f'url = "{url}"', "verdicts = false", *more]
    (collector.folder / "onward.toml").write_text("\n".join(text) + "\n")


def _ids(bodies: list[tuple[str, dict[str, str], bytes]]) -> list[str]:
    """Return the span ids of JSON bodies of traces."""
    return [
        span["spanId"]
        for path, _, body in bodies
        if path == "/otlp/v1/traces"
        for group in json.loads(body)["resourceSpans"]
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]


def _measured(collector: Collector, name: str) -> float:
    lines = [line for line in collector.get("/metrics").splitlines() if line.startswith(name)]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


def test_what_was_answered_is_handed_on_after_a_kill_when_the_backend_is_back(
    collector: Collector, backend: Backend
) -> None:
    """Each body once; nothing that was answered is lost, and ingest goes on while nobody takes anything."""
    _write(collector, backend.url, 'telemetry = "raw"')
    backend.status = 503
    collector.start()
    for number in range(20):
        collector.fail(number)
    collector.kill()
    collector.start()
    assert _measured(collector, "culpa_onward_queue_bytes") > 0
    wait_for(lambda: backend.asked)
    backend.headers = {"Retry-After": "1"}
    collector.fail(20)
    collector.kill(signal.SIGTERM)
    backend.status = 200
    collector.start()
    wait_for(lambda: len(backend.got) == 21)
    assert [f"{number + 1:016x}" for number in range(21)] == _ids(backend.got)
    wait_for(lambda: _measured(collector, "culpa_onward_queue_bytes") == 0)
    assert 21 == _measured(collector, 'culpa_onward_bodies_total{destination="backend",outcome="sent"}')


def test_what_comes_while_it_starts_is_handed_on(collector: Collector, backend: Backend) -> None:
    """Who sends again and again finds it before it says that it listens."""
    _write(collector, backend.url, 'telemetry = "redacted"')
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    collector.flags += ["--http-port", str(port)]
    collector.url = f"http://127.0.0.1:{port}"
    taken: list[str] = []
    sender = Thread(target=_send_from_the_first_moment, args=(collector, taken))
    sender.start()
    collector.start()
    sender.join(60)
    wait_for(lambda: len(backend.got) == 3)
    assert taken == _ids(backend.got)


def _send_from_the_first_moment(collector: Collector, taken: list[str]) -> None:
    give_up_at = time.monotonic() + 60
    while len(taken) < 3 and time.monotonic() < give_up_at:
        try:
            collector.fail(len(taken))
            taken.append(f"{len(taken) + 1:016x}")
        except OSError:
            time.sleep(0.001)


def test_a_second_collector_behind_the_first_judges_the_same(collector: Collector, tmp_path: Path) -> None:
    """Redacted, as by default where telemetry is handed on, in protobuf and in JSON."""
    folder = tmp_path / "second"
    folder.mkdir()
    second = Collector(folder)
    try:
        second.start()
        _write(collector, second.url, 'telemetry = "redacted"')
        collector.start()
        collector.fail(1, 2)
        question = (
            "select trace_id, component, cause, round(confidence, 3) as sure, fingerprint from verdicts order by all"
        )
        wait_for(lambda: len(collector.query(question)) == 2 and len(second.query(question)) == 2)
        wait_for(lambda: collector.query(question) == second.query(question))
    finally:
        second.kill()


@pytest.mark.parametrize("form", ["redacted", "raw"])
def test_redacted_means_that_no_secret_lies_in_the_queue_or_leaves(
    collector: Collector, backend: Backend, form: str
) -> None:
    _write(collector, backend.url, f'telemetry = "{form}"')
    backend.status = 503
    collector.start()
    secret = "hunter2-0123456789"
    sent = traces((1,))
    span = sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    values: list[tuple[str, Any]] = [
        ("db.password", {"stringValue": secret}),
        ("pin.secret", {"intValue": "4711471147114711"}),
        ("url.full", {"stringValue": f"https://shop.example/pay?token={secret}"}),
        ("note", {"arrayValue": {"values": [{"stringValue": f"password={secret}"}]}}),
        ("deep", {"kvlistValue": {"values": [{"key": "api_key", "value": {"stringValue": secret}}]}}),
        ("raw", {"bytesValue": "cGFzc3dvcmQ9aHVudGVyMi0wMTIzNDU2Nzg5"}),
    ]
    span["attributes"] += [{"key": key, "value": value} for key, value in values]
    span["status"]["message"] = f"login with password={secret} failed"
    collector.post("/v1/traces", sent)
    _send(collector, _protobuf(sent))
    wait_for(lambda: backend.asked)
    kept = (collector.folder / "store" / "onward" / "backend.queue").read_bytes()
    assert kept and 0o600 == (collector.folder / "store" / "onward" / "backend.queue").stat().st_mode & 0o777
    backend.status = 200
    wait_for(lambda: len(backend.got) == 2)
    said = [body for _, _, body in backend.got]
    if form == "raw":
        assert json.loads(said[0]) == sent and secret.encode() in said[1]
        return
    assert not [
        one for one in said if secret.encode() in one or b"4711471147114711" in one or b"cGFzc3dvcmQ9aHVudGVyMi" in one
    ]
    [found] = backend_spans(said[1])
    assert (span["traceId"], span["spanId"], span["name"]) == (found.trace_id.hex(), found.span_id.hex(), found.name)
    assert 500 == plain(found.attributes)["http.response.status_code"]
    assert {one["key"] for one in span["attributes"]} == plain(found.attributes).keys()
    again = json.loads(said[0])["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert (span["startTimeUnixNano"], span["events"]) == (again["startTimeUnixNano"], again["events"])


def backend_spans(body: bytes) -> list[Any]:
    """Return the spans of a body in protobuf."""
    return list(ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans)


def _protobuf(sent: dict[str, Any]) -> bytes:
    from base64 import b64encode

    from google.protobuf.json_format import ParseDict

    copy = json.loads(json.dumps(sent))
    span = copy["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    for name in ("traceId", "spanId"):
        span[name] = b64encode(bytes.fromhex(span[name])).decode()
    return ParseDict(copy, ExportTraceServiceRequest()).SerializeToString()


def _send(collector: Collector, body: bytes) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", int(collector.url.rpartition(":")[2]), timeout=60)
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    assert 200 == answer.status, answer.read()
    connection.close()


def test_a_full_queue_loses_its_oldest_and_counts_them_and_ingest_goes_on(
    collector: Collector, backend: Backend
) -> None:
    _write(collector, backend.url, 'telemetry = "raw"', "queue_bytes = 1048576")
    backend.status = 503
    collector.start()
    noise = random.Random(1)
    for number in range(12):
        sent = traces((number,))
        text = noise.randbytes(100_000).hex()
        sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"].append(
            {"key": "note", "value": {"stringValue": text}}
        )
        collector.post("/v1/traces", sent)
    dropped = int(_measured(collector, 'culpa_onward_bodies_total{destination="backend",outcome="dropped"}'))
    assert 0 < dropped < 12 and _measured(collector, "culpa_onward_queue_bytes") <= 1048576
    assert 12 == collector.query("select count(*) as n from spans")[0]["n"]
    backend.status = 200
    wait_for(lambda: len(backend.got) == 12 - dropped)
    assert [f"{number + 1:016x}" for number in range(dropped, 12)] == _ids(backend.got)


def test_a_body_that_the_backend_refuses_for_good_costs_no_other(collector: Collector, backend: Backend) -> None:
    _write(collector, backend.url, 'telemetry = "raw"')
    backend.status = 400
    collector.start()
    collector.fail(1)
    wait_for(lambda: _measured(collector, 'culpa_onward_bodies_total{destination="backend",outcome="refused"}') == 1)
    backend.status = 200
    collector.fail(2)
    wait_for(lambda: backend.got)
    assert [f"{3:016x}"] == _ids(backend.got)
    assert "answered 400 to traces" in collector.log.read_text("utf-8")


def test_a_backend_that_never_answers_keeps_no_sender_waiting(collector: Collector, backend: Backend) -> None:
    _write(collector, backend.url, 'telemetry = "raw"', "timeout_s = 60")
    backend.interrupt = lambda: time.sleep(20)
    collector.start()
    collector.fail(1)
    wait_for(lambda: backend.asked)
    began_at = time.monotonic()
    for number in range(2, 7):
        collector.fail(number)
    assert time.monotonic() - began_at < 10
    collector.kill(signal.SIGTERM)
    assert collector.process and 0 == collector.process.returncode


def test_a_queue_that_is_broken_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "one.queue"
    path.write_bytes(b"no database, but long enough to be taken for one" * 100)
    queue = Queue(path, 1024)
    assert 0 == queue.add([Waiting("logs", b"a", False)]) and (tmp_path / "one.queue.broken").exists()
    [found] = queue.first()
    assert b"a" == found.packed
    assert 1 == queue.add([Waiting("logs", b"b" * 1024, True)])
    queue.remove([found])
    assert 1024 == queue.bytes
    queue.close()
