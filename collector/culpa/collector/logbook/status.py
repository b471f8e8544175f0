"""How it is going, in one line below the log that is rewritten in place: on a terminal, and nowhere else."""

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final

from prometheus_client import CollectorRegistry

from culpa.store import bytes_text

_EVERY_S: Final = 1.0
#: Rates are of so many looks, lags and verdicts of the last minute.
_LOOKS: Final = 60
_RATE_LOOKS: Final = 5
#: To the line's begin, and what stands there away.
_CLEAR: Final = "\r\x1b[K"


@dataclass(frozen=True)
class Look:
    """What was measured at a moment; counts are since the start."""

    at_s: float
    spans: float
    verdicts: float
    lag_s: float
    lags: float
    store_bytes: float
    free_bytes: float


def look(registry: CollectorRegistry) -> Look:
    """Read the collector's own measures."""
    seen: dict[str, float] = {}
    for family in registry.collect():
        for sample in family.samples:
            if family.name == "culpa_stored_rows" and sample.labels.get("relation") != "spans":
                continue
            kind = sample.labels.get("kind", "")
            name = f"{sample.name}:{kind}" if kind else sample.name
            seen[name] = seen.get(name, 0) + sample.value
    return Look(
        time.monotonic(),
        seen.get("culpa_stored_rows_total", 0),
        seen.get("culpa_verdict_lag_seconds_count:settled", 0),
        seen.get("culpa_verdict_lag_seconds_sum:provisional", 0),
        seen.get("culpa_verdict_lag_seconds_count:provisional", 0),
        seen.get("culpa_store_bytes", 0),
        seen.get("culpa_disk_free_bytes", 0),
    )


def line_of(looks: "deque[Look]") -> str:
    """Return the line that the looks of the last minute make."""
    first, last = looks[0], looks[-1]
    before = looks[max(0, len(looks) - 1 - _RATE_LOOKS)]
    took_s = last.at_s - before.at_s
    rate = (last.spans - before.spans) / took_s if took_s else 0.0
    lags = last.lags - first.lags
    lag = f"{(last.lag_s - first.lag_s) / lags:.1f} s to a verdict" if lags else "nothing failed"
    verdicts = last.verdicts - first.verdicts
    parts = [f"{rate:,.0f} spans/s", f"{verdicts:,.0f} verdicts in the last minute", lag]
    return " · ".join([*parts, f"store {bytes_text(last.store_bytes)}", f"{bytes_text(last.free_bytes)} free"])


class Status:
    """A stream for the log, below which a line stands that is rewritten at most once a second. Any thread may write."""

    def __init__(self, stream: IO[str], *, is_shown: bool) -> None:
        """Draw nothing yet, and never anything if it is not shown."""
        self._stream = stream
        self._is_shown = is_shown
        self._is_drawn = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> int:
        """Write a part of the log above the line."""
        with self._lock:
            if self._is_drawn:
                self._stream.write(_CLEAR)
                self._is_drawn = False
            return self._stream.write(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()

    def follow(self, registry: CollectorRegistry) -> None:
        """Draw what is measured there, once a second until `close`."""
        if self._is_shown:
            self._thread = threading.Thread(target=self._draw, args=(lambda: look(registry),), daemon=True)
            self._thread.start()

    def _draw(self, see: Callable[[], Look]) -> None:
        looks: deque[Look] = deque([see()], maxlen=_LOOKS)
        while not self._ended.wait(_EVERY_S):
            looks.append(see())
            text = line_of(looks)[: shutil.get_terminal_size().columns - 1]
            with self._lock:
                if self._ended.is_set():
                    return
                self._stream.write(_CLEAR + text)
                self._stream.flush()
                self._is_drawn = True

    def close(self) -> None:
        """Take the line away. May be called twice."""
        self._ended.set()
        if self._thread:
            self._thread.join(_EVERY_S)
        self.write("")
        self.flush()
