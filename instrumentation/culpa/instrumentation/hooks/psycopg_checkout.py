"""A wait for psycopg_pool that timed out: the pool is used up, or nothing answers behind it."""

import time
from types import ModuleType
from typing import Any

from opentelemetry.trace import SpanKind
from wrapt import wrap_function_wrapper

from culpa.instrumentation.record import now_ns, record_failed
from culpa.instrumentation.report import guarded, when_imported

#: Pool name to when and how its last connect failed. The pool connects in threads of its own and only logs.
_failures: dict[str, tuple[float, BaseException]] = {}
_RECENT_S = 60.0


def install() -> None:
    """Wrap getconn and the connecting of both pools."""
    when_imported("psycopg_pool.pool", _wrap)
    when_imported("psycopg_pool.pool_async", _wrap_async)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ConnectionPool.getconn", _getconn)
    wrap_function_wrapper(module, "ConnectionPool._connect", _connect)


def _wrap_async(module: ModuleType) -> None:
    wrap_function_wrapper(module, "AsyncConnectionPool.getconn", _getconn_async)
    wrap_function_wrapper(module, "AsyncConnectionPool._connect", _connect_async)


def _getconn(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        return wrapped(*args, **kwargs)
    except Exception as error:
        _record(instance, start, error)
        raise


async def _getconn_async(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        return await wrapped(*args, **kwargs)
    except Exception as error:
        _record(instance, start, error)
        raise


def _connect(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        connection = wrapped(*args, **kwargs)
    except Exception as error:
        _failures[instance.name] = (time.monotonic(), error)
        raise
    _failures.pop(instance.name, None)
    return connection


async def _connect_async(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        connection = await wrapped(*args, **kwargs)
    except Exception as error:
        _failures[instance.name] = (time.monotonic(), error)
        raise
    _failures.pop(instance.name, None)
    return connection


@guarded("recording a pool timeout")
def _record(pool: Any, start: int, error: Exception) -> None:
    if type(error).__name__ not in ("PoolTimeout", "TooManyRequests"):
        return
    when, failure = _failures.get(pool.name, (0.0, error))
    if failure is not error and time.monotonic() - when < _RECENT_S:
        from culpa.instrumentation.address import database_address

        # What the request waited for is the connect that fails in the background: it goes into this trace.
        address = database_address("postgresql", (str(getattr(pool, "conninfo", "")),), dict(pool.kwargs or {}))
        record_failed("connect", start, failure, address)
        return
    numbers = pool.get_stats()
    size = int(numbers.get("pool_size", 0))
    state = {"pool.size": size, "pool.checked_out": size - int(numbers.get("pool_available", 0))}
    record_failed("pool.checkout", start, error, state, kind=SpanKind.INTERNAL, error_type="pool_timeout")
