"""psycopg_pool: a wait that timed out (the pool is used up, or nothing answers behind it), and its fill."""

import time
from types import ModuleType
from typing import Any, cast

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.address import Address, database_address
from culpa.instrumentation.calls.record import record_exhausted, record_failed
from culpa.instrumentation.calls.wrapping import telling, telling_async
from culpa.instrumentation.metrics.pools import PoolState, gave_up, pool_name, waiting, watch
from culpa.instrumentation.report import guarded, when_imported

#: Pool name to when and how its last connect failed. The pool connects in threads of its own and only logs.
_failures: dict[str, tuple[float, BaseException]] = {}
_RECENT_S = 60.0


def install() -> None:
    """Wrap the making, getconn and the connecting of both pools."""
    when_imported("psycopg_pool.base", _wrap_base)
    when_imported("psycopg_pool.pool", _wrap)
    when_imported("psycopg_pool.pool_async", _wrap_async)


def _wrap_base(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BasePool.__init__", _init)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ConnectionPool.getconn", telling(_record))
    wrap_function_wrapper(module, "ConnectionPool._connect", _connect)


def _wrap_async(module: ModuleType) -> None:
    wrap_function_wrapper(module, "AsyncConnectionPool.getconn", telling_async(_record))
    wrap_function_wrapper(module, "AsyncConnectionPool._connect", _connect_async)


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
        # What the request waited for is the connect that fails in the background: it goes into this trace.
        record_failed("connect", start, failure, _address(pool))
        return
    gave_up(pool)
    numbers = pool.get_stats()
    size = int(numbers.get("pool_size", 0))
    record_exhausted(start, error, size, size - int(numbers.get("pool_available", 0)))


def _address(pool: Any) -> Address:
    # From 3.3 on both may be functions, asked anew for each connection: they may hand out passwords.
    text: object = getattr(pool, "conninfo", "")
    named: object = getattr(pool, "kwargs", None)
    arguments = cast(dict[str, Any], named) if isinstance(named, dict) else {}
    return database_address("postgresql", (text if isinstance(text, str) else "",), arguments)


def _init(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    wrapped(*args, **kwargs)
    watch(instance, _look)


def _look(pool: Any) -> PoolState | None:
    if pool.closed:
        return None
    numbers = pool.get_stats()
    size, idle = int(numbers["pool_size"]), int(numbers["pool_available"])
    server = _address(pool)
    now = int(numbers.get("requests_waiting", 0))
    return PoolState(pool_name(server), size - idle, idle, int(numbers["pool_max"]), waiting(pool, now))
