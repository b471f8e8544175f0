"""Gunicorn: where each request begins and ends, workers that die, and the line where a timed-out worker hangs."""

import functools
import os
import signal
import threading
import traceback
from types import FrameType, ModuleType
from typing import Any

from opentelemetry.trace import Status, StatusCode
from wrapt import wrap_function_wrapper

from culpa.instrumentation.exceptions.origin import is_library
from culpa.instrumentation.exceptions.sources import only_readable
from culpa.instrumentation.export.flush import flush, in_thread
from culpa.instrumentation.hooks.crash import how_it_ended, tell
from culpa.instrumentation.report import guarded, when_imported
from culpa.instrumentation.serving import deaths
from culpa.instrumentation.serving.request import Request, boundary, current

#: Seconds that a worker which is being ended takes to tell of it; gunicorn itself waits for a second or more.
_TELL_S = 0.8
#: Modules of gunicorn.workers and the class of each that serves WSGI.
_WORKERS = {"sync": "SyncWorker", "gthread": "ThreadWorker", "base_async": "AsyncWorker"}


def install() -> None:
    """Wrap the workers' `handle`, the loading of the app, and the master's look after its children."""
    for module in _WORKERS:
        when_imported(f"gunicorn.workers.{module}", _wrap_handle)
    when_imported("gunicorn.workers.base", _wrap_load)
    when_imported("gunicorn.workers.gasgi", _wrap_load_asgi)
    when_imported("gunicorn.arbiter", _wrap_reap)


def _wrap_handle(module: ModuleType) -> None:
    wrap_function_wrapper(module, f"{_WORKERS[module.__name__.rpartition('.')[2]]}.handle", _handle)


def _wrap_load(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Worker.load_wsgi", _load)


def _wrap_load_asgi(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ASGIWorker.load_wsgi", _load)


def _wrap_reap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Arbiter.reap_workers", _reap)


def _handle(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    with boundary():
        return wrapped(*args, **kwargs)


def _reap(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    before = _workers(instance) or set()
    try:
        return wrapped(*args, **kwargs)
    finally:
        gone = before - (_workers(instance) or set())
        if gone:
            deaths.look(gone)


@guarded("looking at gunicorn's workers")
def _workers(arbiter: Any) -> set[int]:
    return set(arbiter.WORKERS)


def _load(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    _catch_abort()
    try:
        return wrapped(*args, **kwargs)
    except Exception as error:
        # Gunicorn logs all but this one, which it only prints.
        if type(error).__name__ == "AppImportError":
            tell("gunicorn cannot load the app", error, event=how_it_ended())
        raise


@guarded("listening for gunicorn's time-out")
def _catch_abort() -> None:
    # Workers for WSGI turn SIGABRT into SystemExit, which shows the line. Uvicorn's die of it in silence, and
    # gunicorn's own for ASGI leave it to the event loop, which is what hangs.
    if threading.get_ident() != threading.main_thread().ident:
        return
    before = signal.getsignal(signal.SIGABRT)
    if getattr(before, "__name__", "") != "handle_abort":
        signal.signal(signal.SIGABRT, functools.partial(_aborted, before))


def _aborted(before: Any, number: int, frame: FrameType | None) -> None:
    _tell(frame, current())
    if callable(before):
        before(number, frame)
    elif before is signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


@guarded("telling where a worker hangs")
def _tell(frame: FrameType | None, request: Request | None) -> None:
    # In a thread: the line that was interrupted may hold a lock that we need.
    in_thread(lambda: _end(frame, request)).wait(_TELL_S)


@guarded("ending the request of a worker that hangs")
def _end(frame: FrameType | None, request: Request | None) -> None:
    span = request.span if request is not None else None
    if span is not None and span.is_recording() and frame is not None:
        # Said as gunicorn's own workers would: they turn the signal into this exception.
        kind, message = "SystemExit", "the process manager ended a worker that took too long"
        names = [one.f_code.co_filename for one, _ in traceback.walk_stack(frame)]
        with only_readable((), names):
            stack = "".join(traceback.format_stack(frame))
        attributes: dict[str, Any] = {
            "exception.type": kind,
            "exception.message": message,
            "exception.stacktrace": f"{stack}{kind}: {message}\n",
            "exception.root.type": kind,
            "exception.root.message": message,
            "exception.chain": [kind],
        }
        span.add_event("exception", attributes | _place(frame))
        span.set_attribute("error.type", kind)
        span.set_status(Status(StatusCode.ERROR, kind))
        span.end()
    flush(_TELL_S)


def _place(frame: FrameType) -> dict[str, str | int | bool]:
    """Return the innermost line of the user's own code that was running."""
    at: FrameType | None = frame
    while at is not None and is_library(at.f_code.co_filename):
        at = at.f_back
    found = at or frame
    return {
        "code.file.path": found.f_code.co_filename,
        "code.line.number": found.f_lineno,
        "code.function.name": found.f_code.co_qualname,
        "exception.in_app": at is not None,
    }
