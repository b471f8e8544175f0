"""Uncaught exceptions of the program and of its threads as log records.

A start that fails has no request that could tell of it.
"""

import logging
import sys
import threading
from types import TracebackType

from opentelemetry import context

from culpa.instrumentation.hooks.threads import context_of
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.job import failed_job
from culpa.instrumentation.serving.request import has_served

_logger = logging.getLogger("process.crash")
# Python prints the traceback as it always does; ours goes to the collector only.
_logger.propagate = False
_logger.addHandler(logging.NullHandler())


def install() -> None:
    """Chain to sys.excepthook and threading.excepthook."""
    _wrap_main()
    _wrap_threads()


def _wrap_main() -> None:
    original = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, stack: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _tell_the_end(error)
        original(kind, error, stack)

    sys.excepthook = hook


def _wrap_threads() -> None:
    original = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            name = arguments.thread.name if arguments.thread else "?"
            # The thread's own context is gone by now; the one in which it was started says whose work it did.
            token = context.attach(context_of(arguments.thread))
            try:
                tell(f"uncaught exception in thread {name}", arguments.exc_value)
            finally:
                context.detach(token)
        original(arguments)

    threading.excepthook = hook


@guarded("telling of the exception that ends the program")
def _tell_the_end(error: BaseException) -> None:
    with failed_job(error):
        tell("uncaught exception, the process exits", error, event=how_it_ended())


def how_it_ended() -> str:
    """Return what the end of this process by an exception is called: a start that failed, or a crash later."""
    return "server.crashed" if has_served() else "process.boot_failed"


@guarded("logging an uncaught exception")
def tell(message: str, error: BaseException, *, event: str = "") -> None:
    """Log an exception that ends a process or thread, to the collector only; the event is one of its words."""
    # The exporter's thread sends it at once or, when the process ends, within the bounded shutdown.
    extra = {"event.name": event} if event else {}
    _logger.critical(message, exc_info=(type(error), error, error.__traceback__), extra=extra)
