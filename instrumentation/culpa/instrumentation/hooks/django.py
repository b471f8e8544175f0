"""Django: instrumented however its settings are named; exceptions that the instrumentation does not see."""

import functools
import importlib
import sys
import threading
from types import ModuleType
from typing import Any

from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_abort, record_handled
from culpa.instrumentation.calls.wrapping import wrap_asgi_call
from culpa.instrumentation.report import guarded, when_imported
from culpa.instrumentation.serving.body import record_broken
from culpa.instrumentation.serving.leak import end_open, guard_context
from culpa.instrumentation.serving.request import current, hold
from culpa.instrumentation.surroundings.instrumentors import is_disabled

_once = threading.Lock()


def install() -> None:
    """Wrap the loading of middleware, the handling of exceptions and the WSGI entry."""
    if is_disabled("django"):
        return
    when_imported("django.core.handlers.base", _wrap)
    when_imported("django.core.handlers.wsgi", _wrap_wsgi)
    when_imported("django.core.handlers.asgi", _wrap_asgi)
    when_imported("django.db.backends.base.base", _wrap_database)


def _wrap_database(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseDatabaseWrapper.close_if_unusable_or_obsolete", _check)


def _check(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # After a failed query Django asks `SELECT 1` when the request is over: a trace of its own that tells nothing.
    if trace.get_current_span().is_recording():
        return wrapped(*args, **kwargs)
    with suppress_instrumentation():
        return wrapped(*args, **kwargs)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseHandler.load_middleware", _load)
    wrap_function_wrapper(module, "BaseHandler.process_exception_by_middleware", _process)


def _wrap_wsgi(module: ModuleType) -> None:
    wrap_function_wrapper(module, "WSGIHandler.__call__", guard_context)


def _wrap_asgi(module: Any) -> None:
    wrap_asgi_call(module, "ASGIHandler", _serve)
    original = module.ASGIHandler._get_response_async

    @functools.wraps(original)
    async def get_response(self: Any, request: Any) -> Any:
        mine = current()
        if mine is not None:
            mine.environ = request.META
        try:
            return await original(self, request)
        except BaseException as error:
            # A SystemExit ends the event loop at once: nobody above gets to see it.
            if not isinstance(error, Exception | GeneratorExit) and type(error).__name__ != "CancelledError":
                record_abort(error)
            raise

    module.ASGIHandler._get_response_async = get_response


async def _serve(wrapped: Any, _instance: Any, scope: Any, receive: Any, send: Any) -> None:
    request = hold()
    try:
        await wrapped(scope, receive, send)
    except Exception as error:
        # Django has turned all others into answers: this one broke the body of an answer that had begun.
        record_broken(error, request)
        raise
    finally:
        # The client left, or the view left the process: Django never comes back to the instrumentation.
        end_open(request)


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
