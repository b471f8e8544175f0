"""Django: instrumented however its settings are named; exceptions that the instrumentation does not see."""

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

from opentelemetry import trace
from wrapt import wrap_function_wrapper

from culpa.instrumentation.instrumentors import is_disabled
from culpa.instrumentation.leak import guard_context
from culpa.instrumentation.record import record_handled
from culpa.instrumentation.report import guarded, when_imported

_once = threading.Lock()


def install() -> None:
    """Wrap the loading of middleware, the handling of exceptions and the WSGI entry."""
    if is_disabled("django"):
        return
    when_imported("django.core.handlers.base", _wrap)
    when_imported("django.core.handlers.wsgi", _wrap_wsgi)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseHandler.load_middleware", _load)
    wrap_function_wrapper(module, "BaseHandler.process_exception_by_middleware", _process)


def _wrap_wsgi(module: ModuleType) -> None:
    wrap_function_wrapper(module, "WSGIHandler.__call__", guard_context)


def _load(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    _instrument()
    return wrapped(*args, **kwargs)


@guarded("the instrumentation of django")
def _instrument() -> None:
    # Only here are the settings known: at process start manage.py has not named them yet.
    from opentelemetry.instrumentation.django import (  # pyright: ignore[reportMissingTypeStubs]
        DjangoInstrumentor,
    )

    with _once:
        instrumentor = DjangoInstrumentor()
        if not instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.instrument(skip_dep_check=True)
            _listen()


def _listen() -> None:
    signals: Any = importlib.import_module("django.core.signals")  # Django has no types
    signals.got_request_exception.connect(_unhandled, weak=False, dispatch_uid="culpa")


@guarded("recording an unhandled exception of Django")
def _unhandled(sender: object, **_: object) -> None:
    error = sys.exc_info()[1]
    span = trace.get_current_span()
    if error is not None and span.is_recording():
        span.record_exception(error)


def _process(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    response = wrapped(*args, **kwargs)
    error = args[0] if args else kwargs.get("exception")
    if isinstance(error, BaseException) and getattr(response, "status_code", 0) >= 500:
        record_handled(error)
    return response
