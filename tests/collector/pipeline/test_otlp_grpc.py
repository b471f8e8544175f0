"""OTLP/gRPC from a real collector process, spoken by a real gRPC client."""

from collections.abc import Callable, Iterator

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.profiles.v1development.profiles_service_pb2 import (
    ExportProfilesServiceRequest,
    ExportProfilesServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from .conftest import Running
from .payload import logs, metrics, traces

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
PROFILES = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


@pytest.fixture(scope="module")
def channel(collector: Running) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{collector.grpc_port}") as channel:
        yield channel


def _export(channel: grpc.Channel, method: str, body: bytes, **options: object) -> bytes:
    answer: bytes = channel.unary_unary(method)(body, timeout=30, **options)
    return answer


def test_the_three_services_store_what_they_are_sent(collector: Running, channel: grpc.Channel) -> None:
    """A success is an empty Export…ServiceResponse, sent after the commit."""
    assert b"" == _export(channel, TRACES, traces(1, 3).SerializeToString())
    assert b"" == _export(channel, LOGS, logs(4).SerializeToString())
    assert b"" == _export(channel, METRICS, metrics(5).SerializeToString())
    assert (3, 4, 5) == tuple(collector.count(name) for name in ("spans", "logs", "metric_points"))
    assert b"" == _export(channel, TRACES, b"")


def test_profiles_are_told_that_they_are_not_kept(channel: grpc.Channel) -> None:
    """The service is there, so that an exporter of all signals has nothing to complain of but that."""
    made = ExportProfilesServiceRequest()
    made.resource_profiles.add().scope_profiles.add().profiles.add()
    answer = ExportProfilesServiceResponse.FromString(_export(channel, PROFILES, made.SerializeToString()))
    assert 1 == answer.partial_success.rejected_profiles
    assert "keeps no profiles" in answer.partial_success.error_message


def test_gzip_is_understood(collector: Running, channel: grpc.Channel) -> None:
    """Clients may compress."""
    before = collector.count()
    _export(channel, TRACES, traces(101, 50).SerializeToString(), compression=grpc.Compression.Gzip)
    assert before + 50 == collector.count()


def test_rejected_spans_are_counted(channel: grpc.Channel) -> None:
    """Partial success is the same message as over HTTP."""
    answer = _export(channel, TRACES, traces(201, 5, bad_ids=2).SerializeToString())
    assert 2 == ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans


def test_what_cannot_be_decoded_is_invalid_argument(channel: grpc.Channel) -> None:
    """The code says that sending it again is of no use."""
    with pytest.raises(grpc.RpcError) as caught:
        _export(channel, TRACES, b"\xff\xff\xff")
    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_message_above_the_limit_is_resource_exhausted(channel: grpc.Channel, compression: grpc.Compression) -> None:
    """Without RetryInfo, so that nobody sends it again; a bomb is one such message."""
    with pytest.raises(grpc.RpcError) as caught:
        _export(channel, TRACES, bytes(1_000_001), compression=compression)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == caught.value.code()


def test_tokens_are_wanted_in_the_metadata(collect: Callable[..., Running]) -> None:
    """No token is UNAUTHENTICATED, a wrong one PERMISSION_DENIED, the right one is let in."""
    running = collect("--ingest-token", "abc")
    with grpc.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
        codes = []
        for shown in ([], [("authorization", "Bearer xyz")]):
            with pytest.raises(grpc.RpcError) as caught:
                _export(channel, TRACES, b"", metadata=shown)
            codes.append(caught.value.code())
        assert [grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED] == codes
        assert b"" == _export(channel, TRACES, b"", metadata=[("authorization", "Bearer abc")])


def test_without_room_on_the_disk_it_is_unavailable_and_tells_when_to_retry(
    collect: Callable[..., Running],
) -> None:
    """UNAVAILABLE with a RetryInfo: a client keeps its spans and comes back."""
    running = collect("--min-free-bytes", str(2**60))
    place = f"127.0.0.1:{running.grpc_port}"
    with grpc.insecure_channel(place) as channel, pytest.raises(grpc.RpcError) as caught:
        _export(channel, TRACES, traces(1, 1).SerializeToString())
    assert grpc.StatusCode.UNAVAILABLE == caught.value.code()
    details = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    info = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(info)
    assert 2 == info.retry_delay.seconds
