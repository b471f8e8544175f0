"""sqlite3's shortcut `connection.execute`, which stock instrumentation lets pass without a span."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import when_imported


def install() -> None:
    """Give sqlite3's traced connections the shortcuts of sqlite3."""
    when_imported("opentelemetry.instrumentation.dbapi", _wrap)


def _wrap(module: ModuleType) -> None:
    proxy: Any = vars(module)["TracedConnectionProxy"]

    class SqliteConnection(proxy):  # type: ignore[misc]  # the base has no types
        """A traced connection whose execute and executemany go through a traced cursor."""

        def execute(self, *args: Any, **kwargs: Any) -> Any:
            return self.cursor().execute(*args, **kwargs)

        def executemany(self, *args: Any, **kwargs: Any) -> Any:
            return self.cursor().executemany(*args, **kwargs)

    def traced(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) == 2 and not kwargs and getattr(args[1], "database_system", "") == "sqlite":
            return SqliteConnection(*args)
        return wrapped(*args, **kwargs)

    wrap_function_wrapper(module, "get_traced_connection_proxy", traced)
