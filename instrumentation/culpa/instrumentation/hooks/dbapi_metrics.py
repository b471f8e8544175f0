"""Database instrumentations measure every statement; where nobody collects it, that time is saved."""

from types import ModuleType
from typing import Any

from culpa.instrumentation.metrics import are_instruments_read
from culpa.instrumentation.report import when_imported


def install() -> None:
    """Leave the measuring out unless the user asked for the instrumentations' metrics."""
    if not are_instruments_read():
        when_imported("opentelemetry.instrumentation.dbapi", _leave_out)


def _leave_out(module: ModuleType) -> None:
    tracer: Any = vars(module)["CursorTracer"]
    if hasattr(tracer, "_record_metrics"):
        tracer._record_metrics = _nothing


def _nothing(*_: Any) -> None:
    """Stand in for a method."""
