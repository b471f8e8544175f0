"""Log records to OTLP, with the trace they belong to; the program's logging set-up stays exactly as it is.

No handler is put on the root logger: it would silence Python's last-resort printing and turn basicConfig off.
"""

import logging
import os
from collections.abc import Callable
from contextvars import ContextVar

from opentelemetry import context
from opentelemetry._logs import LogRecord
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # pyright: ignore[reportPrivateUsage]  # no public way
from opentelemetry.instrumentation.log_utils import std_to_otel

from culpa.instrumentation.exceptions.logfields import attributes
from culpa.instrumentation.export import providers
from culpa.instrumentation.export.beside import in_handlers
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.request import context_for_logs
from culpa.instrumentation.surroundings.instrumentors import is_disabled

#: The SDK's own loggers: what they say about exporting must not be exported.
_OWN = "opentelemetry"
_SEVERITY = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_emitting: ContextVar[bool] = ContextVar("culpa_emitting", default=False)


def install() -> None:
    """Wrap Logger.callHandlers, which every record passes once, whichever logger it came from."""
    wanted = os.environ.get("OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION", "true").strip().lower() == "true"
    if wanted and not is_disabled("logging"):
        logging.Logger.callHandlers = _after(logging.Logger.callHandlers)  # type: ignore[assignment, method-assign]


def _after(
    original: Callable[[logging.Logger, logging.LogRecord], None],
) -> Callable[[logging.Logger, logging.LogRecord], None]:
    level = os.environ.get("OTEL_PYTHON_LOG_HANDLER_LEVEL", "").strip().upper()
    least = logging.getLevelNamesMapping().get(level, logging.NOTSET)

    def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:
        token = in_handlers.set(True)
        try:
            original(self, record)
        finally:
            in_handlers.reset(token)
        if record.levelno < least or record.name.startswith(_OWN) or _emitting.get():
            return
        # Servers' loggers do not propagate; of theirs only trouble is wanted, not each access.
        if record.levelno >= logging.WARNING or _reaches_root(self):
            token = _emitting.set(True)
            try:
                _emit(record)
            finally:
                _emitting.reset(token)

    return callHandlers


def _reaches_root(logger: logging.Logger) -> bool:
    while logger.parent is not None:
        if not logger.propagate:
            return False
        logger = logger.parent
    return True


@guarded("sending a log record")
def _emit(record: logging.LogRecord) -> None:
    if context.get_value(_SUPPRESS_INSTRUMENTATION_KEY):
        return  # said while exporting: to export it would be said again
    providers.loggers().get_logger(record.name).emit(
        LogRecord(
            timestamp=int(record.created * 1e9),
            context=context_for_logs(),
            severity_text=_SEVERITY.get(record.levelname, record.levelname),
            severity_number=std_to_otel(record.levelno),
            body=record.getMessage(),
            attributes=attributes(record),
        )
    )
