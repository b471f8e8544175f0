"""A wait for SQLAlchemy's pool that timed out, as a span of its own: the database behind it is healthy."""

from types import ModuleType
from typing import Any

from opentelemetry.trace import SpanKind
from wrapt import wrap_function_wrapper

from culpa.instrumentation.record import now_ns, record_failed
from culpa.instrumentation.report import when_imported


def install() -> None:
    """Wrap QueuePool._do_get, which the asyncio pool inherits."""
    when_imported("sqlalchemy.pool.impl", _wrap)


def _wrap(_: ModuleType) -> None:
    wrap_function_wrapper("sqlalchemy.pool.impl", "QueuePool._do_get", _do_get)


def _do_get(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        return wrapped(*args, **kwargs)
    except Exception as error:
        if type(error).__name__ == "TimeoutError" and type(error).__module__ == "sqlalchemy.exc":
            _record(instance, start, error)
        raise


def _record(pool: Any, start: int, error: Exception) -> None:
    # QueuePool._do_get calls itself: the innermost call tells, the outer ones pass the exception on.
    if getattr(error, "_culpa_told", False):
        return
    error.__dict__["_culpa_told"] = True
    state = {
        "pool.size": pool.size(),
        "pool.checked_out": pool.checkedout(),
        "pool.overflow": pool.overflow(),
    }
    record_failed("pool.checkout", start, error, state, kind=SpanKind.INTERNAL, error_type="pool_timeout")
