"""Send failures within moments, and never make the program wait for the collector, also not when it ends."""

import logging
import os
import re
import time
from typing import Any

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import StatusCode

from culpa.instrumentation.export.outbox import Outbox
from culpa.instrumentation.export.sender import Trouble, say_unreachable, shown
from culpa.instrumentation.export.unsampled import Unsampled, most_a_second

#: Loggers that speak of every failed export, every retry and every dropped span.
_NOISY = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
    "opentelemetry.sdk._shared_internal",
)
#: What their complaints come down to: the operating system's words, or the status of an answer.
_SYSTEM = re.compile(r"\[Errno -?\d+\] (?P<words>[^\"'()]+)")
_STATUS = re.compile(r"\bcode: (?P<code>\d{3})")
_MOST_OF_REASON = 160


class Inherited(ReadableSpan):
    """A span of a process that died, which this one tells in its place."""


class FailureSpanProcessor(BatchSpanProcessor):
    """A batch processor that exports soon after a span failed, and whose shutdown is short."""

    def __init__(self, exporter: SpanExporter) -> None:
        # Not the base's, which starts a thread; its settings and the rest of its methods stand.
        own = BatchSpanProcessor
        self._batch_processor: Any = Outbox[ReadableSpan](exporter, "spans", **_settings(own))
        self._forked_ns = 0
        self._unsampled = Unsampled(most_a_second(os.environ))
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._note_fork)

    def _note_fork(self) -> None:
        self._forked_ns = time.time_ns()
        self._unsampled.forget()

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; send it at once if it failed. One that was begun before a fork is the parent's to tell."""
        if (span.start_time or 0) < self._forked_ns and not isinstance(span, Inherited):
            return
        if span.context and not span.context.trace_flags.sampled:
            for kept in self._unsampled.take(span):
                self._batch_processor.emit(kept)
        super().on_end(span)
        if span.status.status_code is StatusCode.ERROR:
            self._batch_processor.hurry()


class BriefLogProcessor(BatchLogRecordProcessor):
    """A batch processor of log records that exports soon after an error, and whose shutdown is short."""

    def __init__(self, exporter: LogRecordExporter) -> None:
        own = BatchLogRecordProcessor
        self._batch_processor: Any = Outbox[ReadableLogRecord](exporter, "log records", **_settings(own))

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue the record; send it at once if it tells of an error."""
        super().on_emit(log_record)
        severity = log_record.log_record.severity_number
        if severity is not None and severity.value >= SeverityNumber.ERROR.value:
            self._batch_processor.hurry()


def _settings(processor: Any) -> dict[str, Any]:
    """Return what OTEL_BSP_* or OTEL_BLRP_* ask for, within reason."""
    capacity = max(processor._default_max_queue_size(), 1)
    return {
        "capacity": capacity,
        "delay_ms": max(processor._default_schedule_delay_millis(), 1),
        "batch": min(max(processor._default_max_export_batch_size(), 1), capacity),
    }


class OneLine(logging.Filter):
    """Turn the complaints of exporters that do not send by our own sender into one line of ours."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = shown(endpoint)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this record may pass."""
        if record.levelno < logging.WARNING:
            return True
        say_unreachable(Trouble("gone", _reason(record.getMessage())), self._endpoint)
        return False


def _reason(text: str) -> str:
    """Return what an exporter's complaint, which wraps one exception's text in another's, comes down to."""
    if "timed out" in text.lower() or "due to timeout" in text:
        return "no answer in time"
    system, status = _SYSTEM.search(text), _STATUS.search(text)
    if system:
        return system["words"]
    if status:
        return f"it answers HTTP {status['code']}" + (
            ", set OTEL_EXPORTER_OTLP_HEADERS" if status["code"] == "401" else ""
        )
    return text[:_MOST_OF_REASON]


_quiet: list[OneLine] = []


def quieten(endpoint: str) -> None:
    """Reduce what the exporters say about an absent collector to one line per process."""
    once = OneLine(endpoint)
    _quiet.append(once)
    for name in _NOISY:
        logging.getLogger(name).addFilter(once)


def speak_again() -> None:
    """Undo `quieten`: the program has exporters of its own, and what they say is the program's."""
    for once in _quiet:
        for name in _NOISY:
            logging.getLogger(name).removeFilter(once)
