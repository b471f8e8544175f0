"""Uncaught exceptions of the program and of its threads as log records.

A start that fails has no request that could tell of it.
"""

import logging
import sys
import threading
from types import TracebackType

from culpa.instrumentation.report import guarded

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
            _tell("uncaught exception, the process exits", error)
        original(kind, error, stack)

    sys.excepthook = hook


def _wrap_threads() -> None:
    original = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            name = arguments.thread.name if arguments.thread else "?"
            _tell(f"uncaught exception in thread {name}", arguments.exc_value)
        original(arguments)

    threading.excepthook = hook


@guarded("logging an uncaught exception")
def _tell(message: str, error: BaseException) -> None:
    # The exporter's thread sends it at once or, when the process ends, within the bounded shutdown.
    _logger.critical(message, exc_info=(type(error), error, error.__traceback__))
