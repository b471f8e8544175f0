"""Work that a request hands to other threads: its spans belong to the request, and so does its failure."""

import threading
from types import ModuleType
from typing import Any

from opentelemetry import context, trace
from wrapt import wrap_function_wrapper

from culpa.instrumentation.exceptions.origin import is_library
from culpa.instrumentation.report import guarded, when_imported

_KEY = "_culpa_context"


def install() -> None:
    """Wrap Thread.start and ThreadPoolExecutor.submit."""
    wrap_function_wrapper(threading, "Thread.start", _start)
    when_imported("concurrent.futures.thread", _wrap_pool)


def context_of(thread: threading.Thread | None) -> context.Context:
    """Return the context in which a thread was started; the current one if that is not known."""
    found = getattr(thread, _KEY, None)
    return found if isinstance(found, context.Context) else context.get_current()


def _wrap_pool(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ThreadPoolExecutor.submit", _submit)


def _start(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    _follow(instance)
    return wrapped(*args, **kwargs)


@guarded("following a request into a thread")
def _follow(thread: Any) -> None:
    here = context.get_current()
    if trace.get_current_span(here).is_recording():
        setattr(thread, _KEY, here)
        if not thread.daemon and _is_own(thread):
            thread.run = _inside(here, thread.run)


def _is_own(thread: Any) -> bool:
    """Return whether a thread does the user's own work.

    A library's is a pool's, as daemons often are: it serves many, and its spans would belong to this request for ever.
    """
    target = getattr(thread, "_target", None)
    code = getattr(target if target is not None else thread.run, "__code__", None)
    return code is not None and not is_library(code.co_filename)


def _submit(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    here = context.get_current()
    if args and trace.get_current_span(here).is_recording():
        return wrapped(_inside(here, args[0]), *args[1:], **kwargs)
    return wrapped(*args, **kwargs)


def _inside(here: context.Context, action: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        token = context.attach(here)
        try:
            return action(*args, **kwargs)
        finally:
            context.detach(token)

    return run
