"""Starlette and FastAPI: exceptions that a handler or a middleware turned into a 5xx."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_handled
from culpa.instrumentation.calls.wrapping import wrap_asgi_call
from culpa.instrumentation.report import when_imported

#: What passed up to the innermost middleware; a list, because the app below runs in a task of its own.
_raised: ContextVar[list[Exception]] = ContextVar("culpa_raised")


def install() -> None:
    """Wrap the look-up of exception handlers, handlers of status codes, and BaseHTTPMiddleware."""
    when_imported("starlette._exception_handler", _wrap_lookup)
    when_imported("starlette.middleware.exceptions", _wrap_status_handlers)
    when_imported("starlette.middleware.base", _wrap_middleware)


def _wrap_lookup(module: ModuleType) -> None:
    wrap_function_wrapper(module, "_lookup_exception_handler", _lookup)


def _wrap_status_handlers(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ExceptionMiddleware.add_exception_handler", _add_handler)
    wrap_function_wrapper(module, "ExceptionMiddleware.__init__", _init)


def _wrap_middleware(module: ModuleType) -> None:
    wrap_asgi_call(module, "BaseHTTPMiddleware", _call)


def _lookup(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    handler = wrapped(*args, **kwargs)
    return handler if handler is None else watched_handler(handler)


def _add_handler(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # Handlers of classes pass the look-up; those of a status do not.
    if len(args) == 2 and isinstance(args[0], int):
        return wrapped(args[0], watched_handler(args[1]), **kwargs)
    return wrapped(*args, **kwargs)


def _init(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    handlers = kwargs.get("handlers")
    if handlers:
        watch = {key: watched_handler(one) if isinstance(key, int) else one for key, one in handlers.items()}
        kwargs = kwargs | {"handlers": watch}
    return wrapped(*args, **kwargs)


def watched_handler(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler that also records the exception when its answer is a 5xx; async stays async."""
    if getattr(handler, "_culpa_watched", False):
        return handler
    # Starlette decides by this very function whether it awaits the handler or runs it in a thread.
    from starlette._utils import is_async_callable

    watched = _watched_async(handler) if is_async_callable(handler) else _watched_sync(handler)
    watched.__dict__["_culpa_watched"] = True
    return watched


def _watched_async(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler, updated=())
    async def watched(connection: Any, error: Exception) -> Any:
        return _noted(await handler(connection, error), error)

    return watched


def _watched_sync(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler, updated=())
    def watched(connection: Any, error: Exception) -> Any:
        return _noted(handler(connection, error), error)

    return watched


def _noted(response: Any, error: Exception) -> Any:
    status = getattr(response, "status_code", 0)
    if isinstance(status, int) and status >= 500:
        record_handled(error)
    return response


async def _call(wrapped: Any, instance: Any, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        await wrapped(scope, receive, send)
        return
    if not isinstance(instance.app, _Noting):
        instance.app = _Noting(instance.app)
    raised: list[Exception] = []

    async def sending(message: Any) -> None:
        if raised and message["type"] == "http.response.start" and message["status"] >= 500:
            record_handled(raised[-1])
        await send(message)

    token = _raised.set(raised)
    try:
        await wrapped(scope, receive, sending)
    finally:
        _raised.reset(token)


class _Noting:
    """The app below a middleware; notes the exception that passes up through it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            _raised.get([]).append(error)
            raise
