"""aiomysql, which has no stock instrumentation: statements and failed connects as CLIENT spans, its pool's fill."""

from types import ModuleType
from typing import Any

from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import SpanKind
from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.address import database_address
from culpa.instrumentation.calls.record import is_slow, now_ns, record_failed, record_slow
from culpa.instrumentation.calls.sqlcomment import commented, is_on
from culpa.instrumentation.metrics.pools import PoolState, pool_name, watch
from culpa.instrumentation.report import guarded, when_imported
from culpa.instrumentation.surroundings.instrumentors import is_disabled


def install() -> None:
    """Wrap connecting, executing and pools."""
    if not is_disabled("aiomysql"):
        when_imported("aiomysql.connection", _wrap_connection)
        when_imported("aiomysql.cursors", _wrap_cursor)
        when_imported("aiomysql.pool", _wrap_pool)


def _wrap_connection(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Connection._connect", _connect)


def _wrap_cursor(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Cursor._query", _query)


def _wrap_pool(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Pool.__init__", _init)


async def _connect(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        done = await wrapped(*args, **kwargs)
    except Exception as error:
        record_failed("connect", start, error, _address(instance) or {})
        raise
    if is_slow(start):
        record_slow("connect", start, _address(instance) or {})
    return done


async def _query(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # Below execute and executemany: the text has its parameters in it, which redaction takes out again.
    if len(args) != 1 or kwargs or not isinstance(args[0], str) or not is_instrumentation_enabled():
        return await wrapped(*args, **kwargs)
    text = args[0]
    name = (text.split(None, 1) or ["query"])[0]
    said = {**(_address_of(instance) or {}), "db.query.text": text}
    # Recording the exception and setting the status is the span's own doing when the block is left by one.
    with trace.get_tracer("culpa.instrumentation").start_as_current_span(name, kind=SpanKind.CLIENT, attributes=said):
        return await wrapped(commented(text) if is_on() else text)


@guarded("reading the address of aiomysql's cursor")
def _address_of(cursor: Any) -> dict[str, str | int] | None:
    return _address(cursor._get_db())


@guarded("reading aiomysql's address")
def _address(connection: Any) -> dict[str, str | int]:
    kwargs = {"host": connection._host, "port": connection._port, "db": connection._db}
    return database_address("mysql", (), kwargs | {"unix_socket": connection._unix_socket})


def _init(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    wrapped(*args, **kwargs)
    watch(instance, _look)


def _look(pool: Any) -> PoolState | None:
    if pool.closed:
        return None
    server = database_address("mysql", (), pool._conn_kwargs)
    waiting = len(getattr(pool._cond, "_waiters", ()))
    return PoolState(pool_name(server), pool.size - pool.freesize, pool.freesize, pool.maxsize, waiting)
