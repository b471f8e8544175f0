"""MongoDB: no server to be found and a pool that ran out as spans of their own, the server's code on commands.

The stock instrumentation listens to commands only, and there is none before a server is found. A command whose writes
are refused it takes for a success, because the server answers `ok: 1`.
"""

from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from opentelemetry.trace import Status, StatusCode
from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_exhausted, record_failed
from culpa.instrumentation.calls.wrapping import Tell, telling, telling_async
from culpa.instrumentation.exceptions.errorcode import refused_write
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap the choice of a server, the checking out of a connection, and the end of a failed command."""
    for room in ("synchronous", "asynchronous"):
        when_imported(f"pymongo.{room}.topology", _wrap_topology)
        when_imported(f"pymongo.{room}.pool", _wrap_pool)
    when_imported("opentelemetry.instrumentation.pymongo", _wrap_tracer)


def _wrap_topology(module: ModuleType) -> None:
    _wrap(module, "Topology.select_servers", _no_server)


def _wrap_pool(module: ModuleType) -> None:
    _wrap(module, "Pool._get_conn", _no_connection)


def _wrap(module: ModuleType, name: str, record: Tell) -> None:
    owner, _, method = name.partition(".")
    function: Any = getattr(getattr(module, owner), method)
    wrap_function_wrapper(module, name, (telling_async if iscoroutinefunction(function) else telling)(record))


@guarded("recording that no MongoDB server was found")
def _no_server(topology: Any, start: int, error: Exception) -> None:
    if type(error).__name__ == "ServerSelectionTimeoutError":
        attributes: dict[str, str | int] = {"db.system.name": "mongodb"}
        for host, port in topology._settings.seeds:
            attributes |= {"server.address": host, "server.port": port or 27017}
            break
        record_failed("connect", start, error, attributes)


@guarded("recording that a MongoDB pool ran out")
def _no_connection(pool: Any, start: int, error: Exception) -> None:
    if type(error).__name__ == "WaitQueueTimeoutError":
        record_exhausted(start, error, int(pool.max_pool_size), int(pool.active_sockets))


def _wrap_tracer(module: ModuleType) -> None:
    wrap_function_wrapper(module, "CommandTracer.__init__", _init)


def _init(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # Called with a command's span right before that ends; the instrumentation itself has none of them set.
    return wrapped(*args, **kwargs | {"response_hook": _answered, "failed_hook": _failed})


@guarded("telling MongoDB's error code")
def _failed(span: Any, event: Any) -> None:
    code = event.failure.get("code")
    if code is not None:
        span.set_attribute("db.response.status_code", str(code))
    elif "errtype" in event.failure:
        # The driver's own exception: the connection broke, and no answer names a code.
        span.set_attribute("error.type", f"pymongo.errors.{event.failure['errtype']}")


@guarded("telling that MongoDB refused a write")
def _answered(span: Any, event: Any) -> None:
    refused = refused_write(event.reply)
    if refused is not None:
        code = str(refused.get("code", ""))
        span.set_attribute("db.response.status_code", code)
        span.set_attribute("error.type", str(refused.get("codeName") or code))
        span.set_status(Status(StatusCode.ERROR, str(refused.get("errmsg", ""))))
