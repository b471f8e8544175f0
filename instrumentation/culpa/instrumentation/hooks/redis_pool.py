"""Pools of redis-py that ran out as spans of their own, and how full they are."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_exhausted
from culpa.instrumentation.calls.wrapping import telling, telling_async
from culpa.instrumentation.metrics.pools import PoolState, gave_up, waiting, watch
from culpa.instrumentation.report import guarded, when_imported

#: Above this it is the library's way of saying that there is no bound.
_UNBOUND = 1 << 20


def install() -> None:
    """Wrap the making of pools and the taking of connections, of threads and of asyncio."""
    when_imported("redis.connection", _wrap)
    when_imported("redis.asyncio.connection", _wrap_async)


def _wrap(module: ModuleType) -> None:
    _wrap_pools(module, telling(_record))


def _wrap_async(module: ModuleType) -> None:
    _wrap_pools(module, telling_async(_record))


def _wrap_pools(module: ModuleType, get: Any) -> None:
    wrap_function_wrapper(module, "ConnectionPool.__init__", _init)
    for name in ("ConnectionPool", "BlockingConnectionPool"):
        if "get_connection" in vars(vars(module)[name]):
            wrap_function_wrapper(module, f"{name}.get_connection", get)


def _init(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    wrapped(*args, **kwargs)
    watch(instance, _look)


@guarded("recording that a redis pool ran out")
def _record(pool: Any, start: int, error: Exception) -> None:
    # A subclass's get_connection calls its parent's: the innermost tells.
    if getattr(error, "_culpa_reported", False) or not _ran_out(error):
        return
    error.__dict__["_culpa_reported"] = True
    state = _look(pool)
    gave_up(pool)
    record_exhausted(start, error, pool.max_connections, state.used if state else pool.max_connections)


def _ran_out(error: Exception) -> bool:
    if type(error).__name__ == "MaxConnectionsError":
        return True
    text = str(error)
    return type(error).__name__ == "ConnectionError" and text in ("No connection available.", "Too many connections")


def _look(pool: Any) -> PoolState | None:
    largest = pool.max_connections if pool.max_connections < _UNBOUND else 0
    queue = getattr(pool, "pool", None)
    if queue is not None and hasattr(queue, "qsize"):
        # The blocking pool of threads: what is not in the queue is in use.
        now = len(getattr(queue.not_empty, "_waiters", ()))
        return PoolState(_name(pool), pool.max_connections - queue.qsize(), largest=largest, waiting=waiting(pool, now))
    used, idle = len(pool._in_use_connections), len(pool._available_connections)
    condition = getattr(pool, "_condition", None)
    now = len(getattr(condition, "_waiters", ())) if condition is not None else 0
    return PoolState(_name(pool), used, idle, largest, waiting(pool, now))


def _name(pool: Any) -> str:
    state = pool.connection_kwargs
    place = state.get("path") or f"{state.get('host', 'localhost')}:{state.get('port', 6379)}"
    return f"redis://{place}/{state.get('db') or 0}"
