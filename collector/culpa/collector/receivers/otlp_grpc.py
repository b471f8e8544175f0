# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (the stubs of grpc leave the types of its handlers open)
"""OTLP/gRPC: the three Export services, answered after the commit.

Source: OTLP 1.x specification, "OTLP/gRPC"; retries as google.rpc.RetryInfo.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # has no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # has no stubs

from culpa.collector.decode import Malformed, Signal
from culpa.collector.intake import Intake
from culpa.collector.listen import listen
from culpa.collector.receivers._answer import success
from culpa.collector.settings import Settings
from culpa.collector.tokens import admit
from culpa.collector.uploads import Busy
from culpa.store import StoreError

_SERVICES: dict[Signal, str] = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

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


async def start(intake: Intake, settings: Settings) -> GrpcServer | None:
    """Listen on `grpc_port`; None when it is 0. Errors: OSError when the port is taken."""
    if not settings.grpc_port:
        return None
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", settings.max_body_bytes),
            # Or a second collector on the same port would quietly get half of the requests.
            ("grpc.so_reuseport", 0),
        ]
    )
    server.add_generic_rpc_handlers([_handler(signal, intake, settings) for signal in _SERVICES])
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


def _credentials(settings: Settings) -> grpc.ServerCredentials:
    pair = (Path(settings.tls_key).read_bytes(), Path(settings.tls_cert).read_bytes())
    return grpc.ssl_server_credentials([pair])


def _handler(signal: Signal, intake: Intake, settings: Settings) -> "grpc.GenericRpcHandler[Any, Any]":
    method = grpc.unary_unary_rpc_method_handler(_export(signal, intake, settings))
    return grpc.method_handlers_generic_handler(_SERVICES[signal], {"Export": method})


def _export(signal: Signal, intake: Intake, settings: Settings) -> "Callable[[bytes, _Context], Awaitable[bytes]]":
    async def export(body: bytes, context: "_Context") -> bytes:
        await _admit(context, settings.ingest_token)
        try:
            return success(signal, await asyncio.wrap_future(intake.submit(signal, body)))
        except Malformed as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Busy as error:
            # Retryable only because it carries a RetryInfo.
            await _abort_for_now(context, grpc.StatusCode.RESOURCE_EXHAUSTED, error, settings.retry_after_s)
        except StoreError as error:
            await _abort_for_now(context, grpc.StatusCode.UNAVAILABLE, error, settings.retry_after_s)

    return export


async def _admit(context: "_Context", token: str) -> None:
    shown = next((str(value) for key, value in context.invocation_metadata() or () if key == "authorization"), None)
    admission = admit(shown, token)
    if admission == "missing":
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, "this collector wants its ingest_token in `authorization`")
    if admission == "wrong":
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this is not the ingest_token of this collector")


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
