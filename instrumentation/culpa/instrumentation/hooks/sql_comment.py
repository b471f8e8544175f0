"""Statements of psycopg2, PyMySQL and mysqlclient carry their trace; psycopg's where it does not prepare them.

psycopg prepares a statement that it has seen five times; with a comment of its own each would be a new one. asyncpg
always prepares, sqlite3 has no log. Many rows at a time are left alone: PyMySQL and mysqlclient recognise a plain
INSERT by its end and send it in one piece.
"""

from types import ModuleType
from typing import Any

from culpa.instrumentation.calls.sqlcomment import commented, is_always_on, is_on
from culpa.instrumentation.report import guarded, when_imported

_SYSTEMS = frozenset(("postgresql", "mysql"))
_always = is_always_on()


def install() -> None:
    """Wrap the execution of statements in the instrumentation that all these drivers share."""
    if is_on():
        when_imported("opentelemetry.instrumentation.dbapi", _wrap)


def _wrap(module: ModuleType) -> None:
    tracer: Any = vars(module)["CursorTracer"]
    for name in ("traced_execution", "traced_execution_async"):
        if hasattr(tracer, name):
            setattr(tracer, name, _commenting_tracer(getattr(tracer, name)))


def _commenting_tracer(original: Any) -> Any:
    # Plain functions, and the cheapest question first: every query of the program passes here.
    def traced(self: Any, cursor: Any, execute: Any, *args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is str and _is_wanted(self, cursor, execute, kwargs):
            execute = _commenting(execute)
        return original(self, cursor, execute, *args, **kwargs)

    return traced


@guarded("deciding about a comment in SQL")
def _is_wanted(tracer: Any, cursor: Any, execute: Any, kwargs: dict[str, Any]) -> bool:
    if not _always and getattr(cursor.connection, "prepare_threshold", None) is not None:
        return False
    integration = tracer._db_api_integration
    if integration.enable_commenter or integration.database_system not in _SYSTEMS:
        return False
    return getattr(execute, "__name__", "") == "execute" and not kwargs.get("prepare")


def _commenting(execute: Any) -> Any:
    """Return an execute that adds the comment when it runs: inside of the statement's own span."""

    def execute_commented(statement: str, *args: Any, **kwargs: Any) -> Any:
        return execute(_comment(statement) or statement, *args, **kwargs)

    return execute_commented


_comment = guarded("commenting SQL")(commented)
