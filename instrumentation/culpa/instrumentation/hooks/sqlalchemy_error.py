"""The code and type of the driver's error on SQLAlchemy's query spans, which are red without saying why."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.exceptions.errorcode import error_code
from culpa.instrumentation.exceptions.origin import chain, type_name
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap the instrumentation's listener for errors, before it ends the span."""
    when_imported("opentelemetry.instrumentation.sqlalchemy.engine", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "_handle_error", _handle)


def _handle(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    _tell(args[0])
    return wrapped(*args, **kwargs)


@guarded("telling SQLAlchemy's error")
def _tell(context: Any) -> None:
    span = getattr(context.execution_context, "_otel_span", None)
    if span is None or not span.is_recording():
        return
    error: BaseException = context.original_exception
    span.set_attribute("error.type", type_name(error))
    code = error_code(chain(error))
    if code:
        span.set_attribute("db.response.status_code", code)
