"""Failed connects of asyncpg as CLIENT spans `connect`, waits for its pool that ran out, and the pool's fill."""

from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.address import database_address
from culpa.instrumentation.calls.record import now_ns, record_exhausted, record_failed
from culpa.instrumentation.metrics.pools import PoolState, gave_up, pool_name, waiting, watch
from culpa.instrumentation.report import guarded, when_imported

#: The address that asyncpg tried last, as it read it from DSN, arguments, environment and service file.
_tried: ContextVar[dict[str, str | int]] = ContextVar("culpa_asyncpg_tried")


def install() -> None:
    """Wrap asyncpg's connect, its attempt at one address, and its pool's acquire."""
    when_imported("asyncpg", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper("asyncpg.connect_utils", "_connect_addr", _attempt)
    wrap_function_wrapper("asyncpg.connection", "connect", _connect)
    module.connect = module.connection.connect  # type: ignore[attr-defined]
    wrap_function_wrapper("asyncpg.pool", "Pool._acquire", _acquire)
    wrap_function_wrapper("asyncpg.pool", "Pool._initialize", _initialize)


async def _attempt(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    _note(kwargs.get("addr"), kwargs.get("params"))
    return await wrapped(*args, **kwargs)


async def _connect(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    token = _tried.set({"db.system.name": "postgresql"})
    try:
        return await wrapped(*args, **kwargs)
    except Exception as error:
        record_failed("connect", start, error, _tried.get())
        raise
    finally:
        _tried.reset(token)


async def _acquire(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        return await wrapped(*args, **kwargs)
    except TimeoutError as error:
        _ran_out(instance, start, error)
        raise


@guarded("recording a pool timeout of asyncpg")
def _ran_out(pool: Any, start: int, error: TimeoutError) -> None:
    # An exhausted pool hands out nothing; one that still has free holders was waiting for a connect.
    if pool.get_idle_size() == 0 and pool.get_size() >= pool.get_max_size():
        gave_up(pool._queue)
        record_exhausted(start, error, pool.get_max_size(), pool.get_size())


async def _initialize(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    done = await wrapped(*args, **kwargs)
    _watch(instance)
    return done


@guarded("watching a pool of asyncpg")
def _watch(pool: Any) -> None:
    server = database_address("postgresql", pool._connect_args, pool._connect_kwargs)
    name = pool_name(server)
    largest = pool.get_max_size()

    def look(queue: Any) -> PoolState:
        # The free places stand in the queue, whether a connection is open there or not.
        return PoolState(name, largest - queue.qsize(), largest=largest, waiting=waiting(queue, len(queue._getters)))

    # asyncpg's pools cannot be referred to weakly, their queues can.
    watch(pool._queue, look)


@guarded("reading asyncpg's address")
def _note(address: Any, params: Any) -> None:
    found = _tried.get(None)
    if found is None:
        return
    if isinstance(address, tuple):
        host, port = cast(tuple[str, int], address)
        found["server.address"], found["server.port"] = host, port
    elif address:
        found["server.address"] = str(address)
    if getattr(params, "database", None) or getattr(params, "user", None):
        found["db.namespace"] = params.database or params.user
