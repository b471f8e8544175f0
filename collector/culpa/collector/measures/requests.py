"""Requests that were answered, by who answered, with how long they took: counted from the rows that are committed."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

#: Upper bounds of the buckets. Unit: seconds. Those of OpenTelemetry's http.server.request.duration.
_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_BOUNDS_NS: Final = np.array([round(bound * 1e9) for bound in _BOUNDS_S], dtype=np.int64)
_BUCKETS: Final = len(_BOUNDS_S) + 1
#: Each has two histograms; the requests of the others are counted together.
_MOST_SERVICES: Final = 200
#: Who is not told apart.
OTHERS: Final = "(others)"
#: OTLP's kind of a span that was asked from outside.
_SERVER: Final = 2
_COLUMNS: Final = ["service_name", "duration_ns", "http_response_status_code"]


@dataclass
class _Histogram:
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BUCKETS, dtype=np.int64))
    seconds: float = 0.0


class RequestMeasures(Collector):
    """Histograms by service and by whether it answered 5xx. Any thread may count."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._histograms: dict[tuple[str, bool], _Histogram] = {}

    def committed(self, stored: Mapping[str, pa.Table]) -> None:
        """Count the requests among new rows: spans of servers, and lines of web servers' access logs."""
        if "spans" in stored:
            spans = stored["spans"]
            served = np.flatnonzero(spans.column("kind").to_numpy() == _SERVER)
            self._count(spans.select(_COLUMNS).take(served))
        if "access" in stored:
            self._count(stored["access"].select(_COLUMNS))

    def _count(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        names: Any = rows.column("service_name")
        services = names.combine_chunks().dictionary_encode()
        durations = rows.column("duration_ns").to_numpy()
        failed = rows.column("http_response_status_code").to_numpy() >= 500
        buckets = np.searchsorted(_BOUNDS_NS, durations, side="left")
        groups = services.indices.to_numpy(zero_copy_only=False) * 2 + failed
        with self._lock:
            for group in np.unique(groups):
                here = groups == group
                histogram = self._histogram(str(services.dictionary[int(group) // 2]), bool(group % 2))
                histogram.counts += np.bincount(buckets[here], minlength=_BUCKETS)
                histogram.seconds += float(np.maximum(durations[here], 0).sum()) / 1e9

    def _histogram(self, service: str, failed: bool) -> _Histogram:
        key = (service, failed)
        if key not in self._histograms and len(self._histograms) >= 2 * _MOST_SERVICES:
            key = (OTHERS, failed)
        return self._histograms.setdefault(key, _Histogram())

    def collect(self) -> Iterator[Metric]:
        """Yield the histograms."""
        family = HistogramMetricFamily(
            "culpa_request_duration_seconds",
            "Requests that were answered, by who answered and whether with 5xx: spans of servers, access lines.",
            labels=["service_name", "failed"],
        )
        with self._lock:
            for (service, failed), histogram in self._histograms.items():
                below = np.cumsum(histogram.counts).tolist()
                named = zip([*map(str, _BOUNDS_S), "+Inf"], below, strict=True)
                labels = [service, "true" if failed else "false"]
                family.add_metric(labels, [(bound, count) for bound, count in named], histogram.seconds)
        yield family
