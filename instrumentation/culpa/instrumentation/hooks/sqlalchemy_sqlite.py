"""The file on SQLAlchemy's spans over SQLite, as sqlite3's own spans name it: absolute, or `:memory:`."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.address import sqlite_file
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap what the instrumentation reads from an engine's URL."""
    when_imported("opentelemetry.instrumentation.sqlalchemy.engine", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "_get_attributes_from_url", _read)


def _read(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    attributes, is_found = wrapped(*args, **kwargs)
    file = _file(args[0])
    if file:
        # Found, or the instrumentation would ask the cursor for more and put the URL's own words back.
        return {**attributes, "db.namespace": file}, True
    return attributes, is_found


@guarded("reading the file of SQLAlchemy's SQLite")
def _file(url: Any) -> str:
    if not url.drivername.startswith("sqlite"):
        return ""
    is_uri = str(url.query.get("uri", "")).lower() in ("true", "1", "yes", "on")
    return sqlite_file(url.database or ":memory:", is_uri=is_uri)
