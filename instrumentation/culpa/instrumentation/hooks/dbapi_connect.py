"""Failed connects of psycopg, psycopg2, PyMySQL, mysqlclient and sqlite3 as CLIENT spans `connect`.

Only failures and connects slower than 0.1 s become spans: they tell something; a healthy one costs nothing.
"""

from collections.abc import Callable
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Any

from culpa.instrumentation.calls.address import database_address
from culpa.instrumentation.calls.record import is_slow, now_ns, record_failed, record_slow
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap `wrapped_connection` wherever an instrumentation defines it."""
    for name in ("dbapi", "psycopg", "psycopg2"):
        when_imported(f"opentelemetry.instrumentation.{name}", _wrap)


def _wrap(module: ModuleType) -> None:
    for name in ("DatabaseApiIntegration", "DatabaseApiAsyncIntegration"):
        integration = vars(module).get(name)
        if integration is not None and "wrapped_connection" in vars(integration):
            original = integration.wrapped_connection
            wrap = _waiting if iscoroutinefunction(original) else _blocking
            integration.wrapped_connection = wrap(original)


def _blocking(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped_connection(self: Any, connect: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        start = now_ns()
        try:
            connection = original(self, connect, args, kwargs)
        except Exception as error:
            record_failed("connect", start, error, database_address(self.database_system, args, kwargs))
            raise
        _after(start, self, args, kwargs)
        return connection

    return wrapped_connection


def _waiting(original: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapped_connection(self: Any, connect: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        start = now_ns()
        try:
            connection = await original(self, connect, args, kwargs)
        except Exception as error:
            record_failed("connect", start, error, database_address(self.database_system, args, kwargs))
            raise
        _after(start, self, args, kwargs)
        return connection

    return wrapped_connection


@guarded("looking at a connection that was made")
def _after(start: int, integration: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    system = integration.database_system
    if system == "sqlite":
        # Unlike other drivers' connections, sqlite3's does not say what it is connected to; its statements read this.
        integration.database = database_address(system, args, kwargs).get("db.namespace", "")
    if is_slow(start):
        record_slow("connect", start, database_address(system, args, kwargs))
