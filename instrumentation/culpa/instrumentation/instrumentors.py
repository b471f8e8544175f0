"""Load each instrumentation when its library is imported; one that fails is said once and never fatal."""

import logging
import os
from types import ModuleType
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]  # not typed
from opentelemetry.util._importlib_metadata import EntryPoint

from culpa.instrumentation.report import guarded, when_imported

#: Which import means that the program uses what an instrumentation instruments. Others are loaded at start.
_LIBRARY = {
    "aiohttp-client": "aiohttp",
    "asyncpg": "asyncpg",
    "fastapi": "fastapi",
    "flask": "flask",
    "httpx": "httpx",
    "httpx2": "httpx2",
    "jinja2": "jinja2",
    "mysqlclient": "MySQLdb",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2",
    "pymysql": "pymysql",
    "redis": "redis",
    "requests": "requests",
    "sqlite3": "sqlite3",
    "starlette": "starlette.applications",
    "urllib3": "urllib3",
}
#: Django's needs the settings, which manage.py names only after start: hooks/django.py loads it.
#: SQLAlchemy's is past its version gate: see prepare.
_BY_HOOK = frozenset({"django", "sqlalchemy"})
#: Log records are taken by hooks/log_records.py, which leaves the root logger's handlers alone.
_ARGUMENTS: dict[str, dict[str, Any]] = {"logging": {"enable_log_auto_instrumentation": False}}


def load(entry_point: EntryPoint, **kwargs: Any) -> None:
    """Instrument a library now or as soon as it is imported."""
    name = entry_point.name
    if name in _BY_HOOK:
        return

    @guarded(f"the instrumentation of {name}")
    def instrument(_: ModuleType | None = None) -> None:
        instrumentor: type[BaseInstrumentor] = entry_point.load()
        instrumentor().instrument(**(_ARGUMENTS.get(name, {}) | kwargs))

    if name in _LIBRARY:
        when_imported(_LIBRARY[name], instrument)
    else:
        instrument()


def is_disabled(name: str) -> bool:
    """Return whether the user switched an instrumentation off (OTEL_PYTHON_DISABLED_INSTRUMENTATIONS)."""
    disabled = {one.strip() for one in os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")}
    return bool(disabled & {name, "*"})


def prepare() -> None:
    """Get past the version gate of SQLAlchemy: its code works with 2.1, only the stated range ends before."""
    if is_disabled("sqlalchemy"):
        return
    logging.getLogger("opentelemetry.instrumentation.auto_instrumentation._load").addFilter(_unless_sqlalchemy)
    when_imported("sqlalchemy", _sqlalchemy)


def _unless_sqlalchemy(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("sqlalchemy only instruments")


def _sqlalchemy(_: ModuleType) -> None:
    from opentelemetry.instrumentation.sqlalchemy import (  # pyright: ignore[reportMissingTypeStubs]
        SQLAlchemyInstrumentor,
    )

    instrumentor = SQLAlchemyInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        try:
            instrumentor.instrument(skip_dep_check=True)
        except ImportError as error:
            # Its last step wraps the asyncio engine, which needs greenlet; without greenlet nobody uses that.
            if error.name != "greenlet" and "greenlet" not in str(error):
                raise
