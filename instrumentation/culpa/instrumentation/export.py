"""Send failures within moments, and never make the program wait for the collector, also not when it ends."""

import logging
import os
import re
import threading
import time

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import ReadWriteLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode

from culpa.instrumentation.report import guarded

#: Spans of the same failure end within this time of each other and go out in one request.
_GATHER_S = 0.03
#: Per signal; traces and logs end one after the other, so a program ends at most two of these later.
_EXIT_MS = 800
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


class FailureSpanProcessor(BatchSpanProcessor):
    """A batch processor that exports soon after a span failed, and whose shutdown is short."""

    waker: "_Waker | None" = None

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span; wake the exporter if it failed."""
        super().on_end(span)
        if span.status.status_code is StatusCode.ERROR:
            _hurry(self)

    def shutdown(self) -> None:
        """Export what is queued, for at most 0.8 s."""
        self._batch_processor.shutdown(timeout_millis=_EXIT_MS)


class BriefLogProcessor(BatchLogRecordProcessor):
    """A batch processor of log records that exports soon after an error, and whose shutdown is short."""

    waker: "_Waker | None" = None

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue the record; wake the exporter if it tells of an error."""
        super().on_emit(log_record)
        severity = log_record.log_record.severity_number
        if severity is not None and severity.value >= SeverityNumber.ERROR.value:
            _hurry(self)

    def shutdown(self) -> None:
        """Export what is queued, for at most 0.8 s."""
        self._batch_processor.shutdown(timeout_millis=_EXIT_MS)


@guarded("sending a failure at once")
def _hurry(processor: FailureSpanProcessor | BriefLogProcessor) -> None:
    if processor.waker is None or processor.waker.pid != os.getpid():
        processor.waker = _Waker(processor)
    processor.waker.wake()


class _Waker:
    """A daemon thread that flushes a processor a moment after it was woken; one per process."""

    def __init__(self, processor: BatchSpanProcessor | BatchLogRecordProcessor) -> None:
        self.pid = os.getpid()
        self._processor = processor
        self._failed = threading.Event()
        threading.Thread(target=self._run, daemon=True, name="culpa-flush").start()

    def wake(self) -> None:
        """Ask for a flush; returns at once."""
        self._failed.set()

    def _run(self) -> None:
        while True:
            self._failed.wait()
            time.sleep(_GATHER_S)
            self._failed.clear()
            self._processor.force_flush()


class OneLine(logging.Filter):
    """Let the first complaint of all the exporters through, in our words, and no other."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._said = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this record may pass."""
        if record.levelno < logging.WARNING:
            return True
        if self._said:
            return False
        self._said = True
        record.msg = f"culpa: telemetry does not reach {self._endpoint}: {_reason(record.getMessage())} (said once)"
        record.args, record.exc_info = (), None
        return True


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


def quieten(endpoint: str) -> None:
    """Reduce what the exporters say about an absent collector to one line per process."""
    once = OneLine(endpoint)
    for name in _NOISY:
        logging.getLogger(name).addFilter(once)
