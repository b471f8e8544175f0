"""Take copies of what the program's own providers make: redaction changes ours in place, and theirs must stay."""

import copy
from contextvars import ContextVar
from typing import Any, cast

from opentelemetry import context
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.trace import Link

from culpa.instrumentation.report import guarded

#: True while a record of `logging` goes through the program's handlers: what they emit is sent by our hook as well.
in_handlers: ContextVar[bool] = ContextVar("culpa_in_handlers", default=False)


class SpansBeside(SpanProcessor):
    """Hands the spans of a provider of the program's own to the processors of ours.

    Promise: never raises, and an end of the program's provider is none of ours.
    """

    def __init__(self, ours: TracerProvider) -> None:
        self._ours = ours

    def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
        """Hand on the span itself: hooks add to it what its instrumentation does not see."""
        self._started(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Hand on a copy that is described as our process is."""
        self._ended(span)

    @guarded("following a span of the program's own")
    def _started(self, span: Span, parent_context: context.Context | None) -> None:
        self._ours._active_span_processor.on_start(span, parent_context)  # pyright: ignore[reportPrivateUsage]

    @guarded("sending a span of the program's own")
    def _ended(self, span: ReadableSpan) -> None:
        ours = cast(Any, copy.copy(span))
        ours._resource = self._ours.resource
        ours._attributes = dict(span.attributes or {})
        ours._events = [Event(one.name, dict(one.attributes or {}), one.timestamp) for one in span.events]
        ours._links = [Link(one.context, dict(one.attributes or {})) for one in span.links]
        self._ours._active_span_processor.on_end(ours)  # pyright: ignore[reportPrivateUsage]


class LogsBeside(LogRecordProcessor):
    """Hands the log records that the program emits by OpenTelemetry's API to the processors of ours."""

    def __init__(self, ours: LoggerProvider) -> None:
        self._ours = ours

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Hand on a copy, unless it is a record of `logging`."""
        if not in_handlers.get():
            self._emitted(log_record)

    @guarded("sending a log record of the program's own")
    def _emitted(self, log_record: ReadWriteLogRecord) -> None:
        ours = ReadWriteLogRecord(
            copy.copy(log_record.log_record), self._ours.resource, log_record.instrumentation_scope, log_record.limits
        )
        self._ours._multi_log_record_processor.on_emit(ours)  # pyright: ignore[reportPrivateUsage]

    def shutdown(self) -> None:
        """Do nothing: ours ends by itself."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Return at once: ours keeps its own rhythm."""
        return True
