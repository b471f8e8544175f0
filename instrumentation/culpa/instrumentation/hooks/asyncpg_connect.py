"""Failed connects of asyncpg as CLIENT spans `connect`, and waits for its pool that ran out."""

from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast

from opentelemetry.trace import SpanKind
from wrapt import wrap_function_wrapper

from culpa.instrumentation.record import now_ns, record_failed
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
        # An exhausted pool hands out nothing; one that still has free holders was waiting for a connect.
        if instance.get_idle_size() == 0 and instance.get_size() >= instance.get_max_size():
            pool = {"pool.size": instance.get_max_size(), "pool.checked_out": instance.get_size()}
            record_failed("pool.checkout", start, error, pool, kind=SpanKind.INTERNAL, error_type="pool_timeout")
        raise


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
