# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (the stubs of grpc leave the types of its handlers open)
"""OTLP/gRPC: the three Export services, answered after the commit; that of profiles, too.

Source: OTLP 1.x specification, "OTLP/gRPC"; retries as google.rpc.RetryInfo.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # has no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # has no stubs

from culpa.collector.admission import Keyring, Refused, Token, TokenMissing, TokenWrong, bounded, check_token, senders
from culpa.collector.connections import listen, most_grpc
from culpa.collector.decode import Malformed
from culpa.collector.intake import Busy, Intake, Uploads
from culpa.collector.measures import Measures
from culpa.collector.receivers import _profiles
from culpa.collector.receivers._answer import success
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._profiles import Answered
from culpa.collector.settings import Settings
from culpa.store import StoreError

_SERVICES: dict[Answered, str] = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
    "profiles": "opentelemetry.proto.collector.profiles.v1development.ProfilesService",
}

#: Calls under way, of all connections, and of one; each may wait for its commit.
_MOST_CALLS = 1000
_MOST_STREAMS = 200
_METADATA_BYTES = 16 * 1024
#: So many messages are read at a time, however large they may be: small ones are read in no time.
_LEAST_READERS = 8

if TYPE_CHECKING:
    _Context = grpc.aio.ServicerContext[bytes, bytes]


class GrpcServer:
    """A running gRPC server."""

    def __init__(self, server: grpc.aio.Server, place: str) -> None:
        """Hold a started server."""
        self._server = server
        self._place = place

    @property
    def place(self) -> str:
        """Return what it speaks and where."""
        return self._place

    async def stop(self, grace_s: float) -> None:
        """Take nothing more and end."""
        await self._server.stop(grace_s)


async def start(parts: Parts) -> GrpcServer | None:
    """Listen on `grpc_port`; None when it is 0. Errors: OSError when the port is taken."""
    settings = parts.settings
    if not settings.grpc_port:
        return None
    server = grpc.aio.server(options=_options(settings), maximum_concurrent_rpcs=_MOST_CALLS)
    room = max(settings.queue_bytes, _LEAST_READERS * settings.max_body_bytes)
    reception = _Reception(parts.intake, settings, Uploads(room), parts.measures)
    server.add_generic_rpc_handlers([_handler(signal, reception) for signal in _SERVICES])
    place = f"{'[' + settings.host + ']' if ':' in settings.host else settings.host}:{settings.grpc_port}"
    # Only to see whether the port is free: gRPC would say so in its own words, and more than once.
    listen(settings.host, settings.grpc_port, "--grpc-port").close()
    try:
        if settings.tls_cert:
            server.add_secure_port(place, _credentials(settings))
        else:
            server.add_insecure_port(place)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {place} for OTLP/gRPC; is another collector running there?") from error
    await server.start()
    return GrpcServer(server, f"OTLP/gRPC on {place}")


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", settings.max_body_bytes),
        # Or a second collector on the same port would quietly get half of the requests.
        ("grpc.so_reuseport", 0),
        ("grpc.max_concurrent_streams", _MOST_STREAMS),
        ("grpc.max_allowed_incoming_connections", most_grpc()),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.server_handshake_timeout_ms", int(settings.head_timeout_s * 1000)),
        # A peer that has gone without a word is noticed, and one that only pings is sent away.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 2),
        ("grpc.max_connection_idle_ms", 600_000),
    ]


def _credentials(settings: Settings) -> grpc.ServerCredentials:
    pair = (Path(settings.tls_key).read_bytes(), Path(settings.tls_cert).read_bytes())
    authority = Path(settings.tls_client_ca).read_bytes() if settings.tls_client_ca else None
    return grpc.ssl_server_credentials([pair], authority, require_client_auth=authority is not None)


def _handler(signal: Answered, reception: "_Reception") -> "grpc.GenericRpcHandler[Any, Any]":
    # As a stream of one message: only so is the token asked for, and the time bounded, before the message is read.
    method = grpc.stream_unary_rpc_method_handler(_export(signal, reception))
    return grpc.method_handlers_generic_handler(_SERVICES[signal], {"Export": method})


@dataclass(frozen=True)
class _Reception:
    """What the handlers share."""

    intake: Intake
    settings: Settings
    #: Nobody tells how much of a message has come, so each counts as the largest until it is here.
    uploads: Uploads
    measures: Measures

    async def message(self, messages: AsyncIterator[bytes], peer: str) -> bytes:
        """Read a message. Errors: Busy; TimeoutError."""
        largest = self.settings.max_body_bytes
        async with self.uploads.receiving(peer, self.settings.body_timeout_s) as upload:
            await self.uploads.wait(upload, largest, self.settings.queue_wait_s)
            return await anext(messages, b"")


def _export(signal: Answered, reception: _Reception) -> "Callable[[AsyncIterator[bytes], _Context], Awaitable[bytes]]":
    intake, settings = reception.intake, reception.settings

    async def export(messages: AsyncIterator[bytes], context: "_Context") -> bytes:
        try:
            return await answer(messages, context)
        finally:
            # 0 where nothing was said: all went well.
            reception.measures.answered(signal, "grpc", _code(context))

    async def answer(messages: AsyncIterator[bytes], context: "_Context") -> bytes:
        token = await _admit(context, senders(settings))
        try:
            body = await reception.message(messages, _address(context.peer()))
            bounded(token, len(body))
            kept = _profiles.submit(intake, reception.measures, signal, body, is_json=False)
            said = success(signal, await asyncio.wrap_future(kept))
            intake.turnaways.note(time.monotonic(), is_away=False)
            return said
        except Malformed as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except TimeoutError:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the message did not come in time (body_timeout_s)")
        except (Busy, Refused, StoreError) as error:
            # Retryable only because it carries a RetryInfo.
            intake.turnaways.note(time.monotonic(), is_away=True)
            is_much = isinstance(error, (Busy, Refused))
            code = grpc.StatusCode.RESOURCE_EXHAUSTED if is_much else grpc.StatusCode.UNAVAILABLE
            await _abort_for_now(context, code, error, settings.retry_after_s)

    return export


def _code(context: "_Context") -> str:
    """Return the name of the status that the call ends with."""
    found: Any = context.code() or grpc.StatusCode.OK
    return str(getattr(found, "name", found))


def _address(peer: str) -> str:
    """Return the address of `ipv4:10.0.0.1:5000` or `ipv6:%5B::1%5D:5000`."""
    return unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]")


async def _admit(context: "_Context", keyring: Keyring) -> Token:
    shown = next((str(value) for key, value in context.invocation_metadata() or () if key == "authorization"), None)
    try:
        return check_token(shown, keyring)
    except TokenMissing:
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "this collector wants its ingest_token in `authorization`")
    except TokenWrong:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this is not the ingest_token of this collector")
    raise AssertionError("unreachable: abort raises")


async def _abort_for_now(
    context: "_Context", code: grpc.StatusCode, error: Exception, retry_after_s: float
) -> NoReturn:
    info = RetryInfo()
    info.retry_delay.FromNanoseconds(int(retry_after_s * 1e9))
    detail = AnyMessage()
    detail.Pack(info)
    number: int = code.value[0]
    status = Status(code=number, message=str(error), details=[detail])
    await context.abort(code, str(error), trailing_metadata=(("grpc-status-details-bin", status.SerializeToString()),))
    raise AssertionError("unreachable: abort raises")
