"""Every answer that the OTLP specification asks of an HTTP receiver, from a real collector process."""

import gzip
import json
from collections.abc import Callable
from http.client import HTTPResponse

import pytest
import zstandard
from google.protobuf.json_format import MessageToJson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.profiles.v1development.profiles_service_pb2 import (
    ExportProfilesServiceRequest,
    ExportProfilesServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.profiles.v1development.profiles_pb2 import Profile

from .conftest import Running
from .payload import logs, metrics, traces, traces_json

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
SIGNALS = ["traces", "logs", "metrics"]


def _status(content_type: str | None, body: bytes) -> tuple[int, str]:
    if content_type == JSON:
        found = json.loads(body)
        return found["code"], found["message"]
    status = Status.FromString(body)
    return status.code, status.message


def test_protobuf_is_answered_with_an_empty_response_once_it_is_readable(collector: Running) -> None:
    """A full success is an Export…ServiceResponse without partial_success, in the request's content type."""
    before = collector.count()
    answer, body = collector.request("/v1/traces", traces(1, 3).SerializeToString(), {"Content-Type": PROTOBUF})
    assert (200, PROTOBUF, b"") == (answer.status, answer.getheader("content-type"), body)
    assert before + 3 == collector.count()


def test_json_is_answered_in_json(collector: Running) -> None:
    """JSON with hex ids is stored like protobuf; charset parameters of the content type are ignored."""
    before = collector.count()
    body = json.dumps(traces_json(101, 2)).encode()
    answer, text = collector.request("/v1/traces", body, {"Content-Type": "application/json; charset=utf-8"})
    assert (200, JSON, {}) == (answer.status, answer.getheader("content-type"), json.loads(text))
    assert before + 2 == collector.count()


def test_logs_and_metrics_are_stored_too(collector: Running) -> None:
    """The three signals have the same path."""
    assert 200 == collector.request("/v1/logs", logs(4).SerializeToString(), {"Content-Type": PROTOBUF})[0].status
    assert 200 == collector.request("/v1/metrics", metrics(5).SerializeToString(), {"Content-Type": PROTOBUF})[0].status
    assert (4, 5) == (collector.count("logs"), collector.count("metric_points"))


def _profiles() -> ExportProfilesServiceRequest:
    made = ExportProfilesServiceRequest()
    made.dictionary.string_table.extend(["", "cpu"])
    scopes = made.resource_profiles.add().scope_profiles
    for number in (2, 1):
        scopes.add().profiles.extend([Profile(time_unix_nano=5)] * number)
    return made


def test_profiles_are_answered_with_how_many_are_not_kept_and_why(collector: Running) -> None:
    """In both encodings; a sender that got 404 would take the collector for another program."""
    path, made = "/v1development/profiles", _profiles()
    answer, body = collector.request(path, made.SerializeToString(), {"Content-Type": PROTOBUF})
    partial = ExportProfilesServiceResponse.FromString(body).partial_success
    assert (200, 3, True) == (answer.status, partial.rejected_profiles, "keeps no profiles" in partial.error_message)
    answer, body = collector.request(path, MessageToJson(made).encode(), {"Content-Type": JSON})
    said = json.loads(body)["partialSuccess"]
    assert (200, "3", True) == (answer.status, said["rejectedProfiles"], "keeps no profiles" in said["errorMessage"])
    assert (200, b"") == _short(collector.request(path, b"", {"Content-Type": PROTOBUF}))
    answer, body = collector.request(path, b"\xff\xff", {"Content-Type": PROTOBUF})
    assert (400, True) == (answer.status, "cannot decode" in _status(PROTOBUF, body)[1])


def _short(answered: tuple[HTTPResponse, bytes]) -> tuple[int, bytes]:
    return answered[0].status, answered[1]


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize(("content_type", "body"), [(PROTOBUF, b""), (JSON, b""), (JSON, b"{}")])
def test_an_empty_request_is_a_success(collector: Running, signal: str, content_type: str, body: bytes) -> None:
    """Nothing to store is no error."""
    answer, text = collector.request(f"/v1/{signal}", body, {"Content-Type": content_type})
    assert (200, content_type) == (answer.status, answer.getheader("content-type"))
    assert text == (b"{}" if content_type == JSON else b"")


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_compressed_bodies_are_read(collector: Running, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """Gzip must be understood; zstd is."""
    before = collector.count()
    first = 1001 if encoding == "gzip" else 2001
    body = compress(traces(first, 10).SerializeToString())
    assert (200, b"") == collector.export(body, Content_Encoding=encoding)
    assert before + 10 == collector.count()


def test_rejected_spans_are_counted_in_protobuf(collector: Running) -> None:
    """A span with an id of the wrong length is left out and counted; its neighbours are stored."""
    before = collector.count()
    status, body = collector.export(traces(3001, 5, bad_ids=2).SerializeToString())
    partial = ExportTraceServiceResponse.FromString(body).partial_success
    assert (200, 2) == (status, partial.rejected_spans)
    assert "trace id" in partial.error_message
    assert before + 3 == collector.count()


def test_rejected_spans_are_counted_in_json(collector: Running) -> None:
    """The count is a string, as 64-bit numbers are in protobuf's JSON."""
    body = json.dumps(traces_json(4001, 5, bad_ids=1)).encode()
    answer, text = collector.request("/v1/traces", body, {"Content-Type": JSON})
    assert (200, "1") == (answer.status, json.loads(text)["partialSuccess"]["rejectedSpans"])


BROKEN = [
    pytest.param(PROTOBUF, "", b"\xff\xff\xff", id="protobuf garbage"),
    pytest.param(PROTOBUF, "", traces(1, 3).SerializeToString()[:-2], id="protobuf cut off"),
    pytest.param(PROTOBUF, "", b"\n" + b"\xff" * 9 + b"\x01", id="protobuf length near 2^64"),
    pytest.param(JSON, "", b'{"resourceSpans": [', id="json cut off"),
    pytest.param(JSON, "", b'{"resourceSpans": 5}', id="json of a wrong type"),
    pytest.param(JSON, "", b"\xff\xfe", id="json not utf-8"),
    pytest.param(PROTOBUF, "gzip", b"no gzip at all", id="not gzip"),
    pytest.param(PROTOBUF, "gzip", gzip.compress(traces(1, 9).SerializeToString())[:-9], id="gzip cut off"),
    pytest.param(JSON, "gzip", gzip.compress(b"{}")[:5], id="gzip header cut off"),
    pytest.param(PROTOBUF, "zstd", zstandard.compress(traces(1, 9).SerializeToString())[:-9], id="zstd cut off"),
]


@pytest.mark.parametrize(("content_type", "encoding", "body"), BROKEN)
def test_what_cannot_be_decoded_is_400_with_a_status(
    collector: Running, content_type: str, encoding: str, body: bytes
) -> None:
    """The body of a 400 is a google.rpc.Status that says why, in the request's encoding."""
    headers = {"Content-Type": content_type} | ({"Content-Encoding": encoding} if encoding else {})
    answer, text = collector.request("/v1/traces", body, headers)
    code, message = _status(answer.getheader("content-type"), text)
    assert (400, content_type, 3) == (answer.status, answer.getheader("content-type"), code)
    assert message


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_a_body_above_the_limit_is_413(collector: Running, content_type: str) -> None:
    """The limit holds before decompression."""
    answer, text = collector.request("/v1/traces", b" " * 1_000_001, {"Content-Type": content_type})
    assert 413 == answer.status
    assert "max_body_bytes" in _status(content_type, text)[1]


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_bomb_is_413(collector: Running, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """The limit holds after decompression too, and the bomb is not inflated to the end."""
    bomb = compress(bytes(200_000_000))
    assert len(bomb) < 1_000_000
    assert 413 == collector.export(bomb, Content_Encoding=encoding)[0]


def test_a_chunked_body_above_the_limit_is_413(collector: Running) -> None:
    """A body without Content-Length is counted while it comes."""
    answer, _ = collector.request(
        "/v1/traces",
        (bytes(100_000) for _ in range(11)),  # type: ignore[arg-type]
        {"Content-Type": PROTOBUF},
    )
    assert 413 == answer.status


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {}, {"Content-Type": PROTOBUF, "Content-Encoding": "br"}]
)
def test_unknown_types_and_encodings_are_415(collector: Running, headers: dict[str, str]) -> None:
    """What nobody here can read is said to be so."""
    assert 415 == collector.request("/v1/traces", b"x", headers)[0].status


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_are_405(collector: Running, signal: str, method: str) -> None:
    """Only POST exports."""
    assert 405 == collector.request(f"/v1/{signal}", method=method)[0].status


def test_an_exact_retry_is_stored_once(collector: Running) -> None:
    """A sender that missed the answer sends again and gets its 200, and nothing counts twice."""
    before = collector.count()
    body = traces(5001, 7).SerializeToString()
    assert [200, 200] == [
        collector.export(body)[0],
        collector.export(gzip.compress(body), Content_Encoding="gzip")[0],
    ]
    assert before + 7 == collector.count()


def test_spans_that_come_again_in_another_batch_are_stored_once(collector: Running) -> None:
    """A collector in front may batch the same spans anew: the first write wins."""
    before = collector.count()
    assert 200 == collector.export(traces(6001, 10).SerializeToString())[0]
    assert 200 == collector.export(traces(6006, 10).SerializeToString())[0]
    assert before + 15 == collector.count()
