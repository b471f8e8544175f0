"""Send what is queued now, because the process is about to end in a way that asks nobody."""

import threading
import time
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import get_logger_provider

from culpa.instrumentation.report import guarded


@guarded("sending what is left")
def flush(seconds: float) -> None:
    """Send all spans and log records that are queued; return after at most this many seconds."""
    end = time.monotonic() + seconds
    # The SDK's own time limit does not hold: a flush waits for the exporter, which tries again and again.
    threads = [
        threading.Thread(target=_flush, args=(provider,), daemon=True, name="culpa-last-flush")
        for provider in (trace.get_tracer_provider(), get_logger_provider())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


@guarded("sending the last telemetry")
def _flush(provider: Any) -> None:
    if hasattr(provider, "force_flush"):
        provider.force_flush()
