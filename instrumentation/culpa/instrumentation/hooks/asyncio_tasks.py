"""Tasks of an event loop that fail after the request that made them: the log record gets the request's trace."""

import gc
from contextvars import Context
from types import ModuleType
from typing import Any

from opentelemetry import context
from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap the exception handler of asyncio's loops and of uvloop's, which log what nobody awaited."""
    when_imported("asyncio.base_events", _wrap_asyncio)
    when_imported("uvloop", _wrap_uvloop)


def _wrap_asyncio(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseEventLoop.call_exception_handler", _call)


def _wrap_uvloop(module: Any) -> None:
    # uvloop.Loop is the Python class above the compiled one, which cannot be changed.
    original = module.Loop.call_exception_handler

    def call_exception_handler(self: Any, details: Any) -> Any:
        return _call(original.__get__(self), self, (details,), {})

    module.Loop.call_exception_handler = call_exception_handler


def _call(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    details = args[0] if args else kwargs.get("context")
    found = _context(details)
    if found is None:
        return wrapped(*args, **kwargs)
    token = context.attach(found)
    try:
        return wrapped(*args, **kwargs)
    finally:
        context.detach(token)


@guarded("finding the request of a task that failed")
def _context(details: Any) -> context.Context | None:
    task: Any = details.get("task") or details.get("future")
    if task is None:
        return None
    own: Context | None = task.get_context() if hasattr(task, "get_context") else _referred(task)
    return own.copy().run(context.get_current) if own is not None else None


def _referred(task: Any) -> Context | None:
    """Return a task's context in Python 3.11, where only the garbage collector can be asked for it."""
    return next((one for one in gc.get_referents(task) if isinstance(one, Context)), None)
