"""SQLAlchemy's pools: a wait that timed out as a span of its own (the database behind it is healthy), their fill."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_exhausted
from culpa.instrumentation.calls.wrapping import telling
from culpa.instrumentation.metrics.pools import PoolState, gave_up, waiting, watch
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap QueuePool._do_get, which the asyncio pool inherits, and the making of engines."""
    when_imported("sqlalchemy.pool.impl", _wrap)
    when_imported("sqlalchemy.engine.base", _wrap_engine)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "QueuePool._do_get", telling(_record))


def _wrap_engine(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Engine.__init__", _init)


@guarded("recording a pool timeout of SQLAlchemy")
def _record(pool: Any, start: int, error: Exception) -> None:
    if type(error).__name__ != "TimeoutError" or type(error).__module__ != "sqlalchemy.exc":
        return
    # QueuePool._do_get calls itself: the innermost call tells, the outer ones pass the exception on.
    if getattr(error, "_culpa_reported", False):
        return
    error.__dict__["_culpa_reported"] = True
    gave_up(pool)
    record_exhausted(start, error, pool.size(), pool.checkedout(), overflow=pool.overflow())


def _init(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    wrapped(*args, **kwargs)
    # Not the pool: dispose() gives the engine another one.
    watch(instance, _look)


def _look(engine: Any) -> PoolState | None:
    pool = engine.pool
    if not hasattr(pool, "_max_overflow") or not hasattr(pool, "checkedout"):
        return None  # a pool without bound or with one connection
    largest = pool.size() + pool._max_overflow if pool._max_overflow >= 0 else 0
    queue = pool._pool
    # Of threads: SQLAlchemy's own queue; of asyncio: one around asyncio's.
    waiters: Any = getattr(getattr(queue, "not_empty", None), "_waiters", None)
    if waiters is None:
        waiters = getattr(getattr(queue, "_queue", None), "_getters", ())
    return PoolState(_name(engine.url), pool.checkedout(), pool.checkedin(), largest, waiting(pool, len(waiters)))


def _name(url: Any) -> str:
    port = f":{url.port}" if url.port else ""
    return f"{url.host or ''}{port}/{url.database or ''}"
