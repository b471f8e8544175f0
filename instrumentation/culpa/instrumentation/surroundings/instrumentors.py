"""Load each instrumentation when its library is imported; one that fails is said once and never fatal."""

import logging
import os
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]  # not typed
from opentelemetry.util._importlib_metadata import EntryPoint

from culpa.instrumentation.report import guarded, say_once, when_imported

#: Which import means that the program uses what an instrumentation instruments. Others are loaded at start.
_LIBRARY = {
    "aiohttp-client": "aiohttp",
    "asyncpg": "asyncpg",
    "celery": "celery",
    "fastapi": "fastapi",
    "flask": "flask",
    "httpx": "httpx",
    "httpx2": "httpx2",
    "jinja2": "jinja2",
    "mysqlclient": "MySQLdb",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2",
    "pymongo": "pymongo",
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

#: Its instrumentation's code works with all of these, only the stated range ends before 2.1.
SQLALCHEMY_WORKS_WITH = ("1.4.", "2.")
#: How the loader says that a library's version is out of an instrumentation's range.
_CONFLICT = re.compile(r"(?P<name>[\w-]+) (?:only instruments|instruments any of) ")


#: Instrumentations whose module was just being imported when their library was.
_waiting: list[Callable[[], object]] = []


def _is_being_imported(name: str) -> bool:
    return bool(getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False))


def load(entry_point: EntryPoint, **kwargs: Any) -> None:
    """Instrument a library now or as soon as it is imported."""
    name = entry_point.name
    if name in _BY_HOOK:
        return

    @guarded(f"the instrumentation of {name}")
    def instrument(_: ModuleType | None = None) -> None:
        if _is_being_imported(entry_point.module):
            # One module instruments several libraries, and imports them: its classes come after its imports.
            _waiting.append(instrument)
            return
        instrumentor: type[BaseInstrumentor] = entry_point.load()
        instrumentor().instrument(**(_ARGUMENTS.get(name, {}) | kwargs))
        while _waiting:
            _waiting.pop()()

    if name in _LIBRARY:
        when_imported(_LIBRARY[name], instrument)
    else:
        instrument()


def is_disabled(name: str) -> bool:
    """Return whether the user switched an instrumentation off (OTEL_PYTHON_DISABLED_INSTRUMENTATIONS)."""
    disabled = {one.strip() for one in os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")}
    return bool(disabled & {name, "*"})


def prepare() -> None:
    """Get past the version gate of SQLAlchemy, and say in one line each what else stays without spans, and why."""
    logging.getLogger("opentelemetry.instrumentation.auto_instrumentation._load").addFilter(_in_our_words)
    if not is_disabled("sqlalchemy"):
        when_imported("sqlalchemy", _sqlalchemy)


def _in_our_words(record: logging.LogRecord) -> bool:
    """Say a version conflict by our logger: what OpenTelemetry's own loggers say is not exported."""
    text = record.getMessage()
    found = _CONFLICT.match(text)
    if found is None or record.levelno < logging.WARNING:
        return True
    if found["name"] != "sqlalchemy":
        say_once(f"version of {found['name']}", f"no spans of {found['name']}: {text}; `culpa doctor` says what to do")
    return False


def _sqlalchemy(module: ModuleType) -> None:
    from opentelemetry.instrumentation.sqlalchemy import (  # pyright: ignore[reportMissingTypeStubs]
        SQLAlchemyInstrumentor,
    )

    version = str(getattr(module, "__version__", ""))
    if not version.startswith(SQLALCHEMY_WORKS_WITH):
        say_once("version of sqlalchemy", f"no spans of sqlalchemy: it is tried with 1.4 to 2.1, this is {version}")
        return
    instrumentor = SQLAlchemyInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        try:
            instrumentor.instrument(skip_dep_check=True)
        except ImportError as error:
            # Its last step wraps the asyncio engine, which needs greenlet; without greenlet nobody uses that.
            if error.name != "greenlet" and "greenlet" not in str(error):
                raise
