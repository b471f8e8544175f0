"""Send what is queued now, because the process is about to end in a way that asks nobody."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from culpa.instrumentation import native
from culpa.instrumentation.export import providers
from culpa.instrumentation.report import guarded


@guarded("sending what is left")
def flush(seconds: float) -> None:
    """Send all spans and log records that are queued; return after at most this many seconds."""
    end_s = monotonic() + seconds
    # In threads: a processor of the user's own may not keep to a time limit.
    done = [_flushing(provider, seconds) for provider in (providers.tracers(), providers.loggers())]
    for bell in done:
        bell.wait(end_s - monotonic())


def _flushing(provider: Any, seconds: float) -> native.Bell:
    return in_thread(lambda: provider.force_flush(int(seconds * 1000)) if hasattr(provider, "force_flush") else None)


def in_thread(action: Callable[[], object]) -> native.Bell:
    """Run an action in a thread of its own; the bell rings when it is done. Errors: RuntimeError without a thread."""
    done = native.Bell()

    @guarded("the last work of the process")
    def run() -> None:
        try:
            action()
        finally:
            done.ring()

    native.start(run)
    return done
