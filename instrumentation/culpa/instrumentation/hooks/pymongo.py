"""MongoDB: no server to be found and a pool that ran out as spans of their own, the server's code on commands.

The stock instrumentation listens to commands only, and there is none before a server is found.
"""

from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.record import record_exhausted, record_failed
from culpa.instrumentation.report import guarded, when_imported
from culpa.instrumentation.wrapping import Tell, telling, telling_async


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
        told: dict[str, str | int] = {"db.system.name": "mongodb"}
        for host, port in topology._settings.seeds:
            told |= {"server.address": host, "server.port": port or 27017}
            break
        record_failed("connect", start, error, told)


@guarded("recording that a MongoDB pool ran out")
def _no_connection(pool: Any, start: int, error: Exception) -> None:
    if type(error).__name__ == "WaitQueueTimeoutError":
        record_exhausted(start, error, int(pool.max_pool_size), int(pool.active_sockets))


def _wrap_tracer(module: ModuleType) -> None:
    wrap_function_wrapper(module, "CommandTracer.failed", _failed)


def _failed(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) == 1:
        _tell(instance, args[0])
    return wrapped(*args, **kwargs)


@guarded("telling MongoDB's error code")
def _tell(tracer: Any, event: Any) -> None:
    key = (event.request_id, event.connection_id)
    span = tracer._span_dict.get(key)
    code = event.failure.get("code")
    if span is not None and span.is_recording() and code is not None:
        span.set_attribute("db.response.status_code", str(code))
