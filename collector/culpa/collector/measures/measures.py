"""The collector's own counters. Each is written where the thing happens, and read by `/metrics`.

Names follow Prometheus' conventions: seconds, bytes, `_total` for what only grows.
"""

import time
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from culpa.collector.measures.requests import RequestMeasures
from culpa.collector.measures.verdicts import Settled, VerdictMeasures

#: Relations whose rows say which service sent them.
_OF_SERVICES = ("spans", "logs", "access", "metric_points")
#: A sender that makes up names must not fill the memory of whoever scrapes.
_MOST_SERVICES = 500
_COMMIT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAG_BUCKETS = (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300)


class Measures:
    """One collector's counters. Any thread may count."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = self._counter("requests", "OTLP requests answered.", "signal", "transport", "code")
        self._rejected = self._counter("rejected_items", "Items of accepted bodies that could not be kept.", "signal")
        self._rows = self._counter("stored_rows", "Rows that were committed.", "relation")
        self._repeated = self._counter("repeated_rows", "Rows that the store held already.", "relation")
        self._commit = Histogram(
            "culpa_commit_seconds", "Time of a commit.", buckets=_COMMIT_BUCKETS, registry=self.registry
        )
        self._failed_commits = self._counter("failed_commits", "Commits given up; their senders were told.")
        self._lag = Histogram(
            "culpa_verdict_lag_seconds",
            "From the first sign of a failure to a provisional verdict, from a trace's last row to the settled one.",
            ("kind",),
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )
        self._served = RequestMeasures()
        self._verdicts = VerdictMeasures()
        self.add(self._served)
        self.add(self._verdicts)
        #: How many commits there were.
        self.commits = 0
        #: How often traces were judged.
        self.judgements = 0
        self._services: dict[str, float] = {}
        self._last_row = Gauge(
            "culpa_last_row_timestamp_seconds",
            "When the newest row of a service came, seconds since 1970.",
            ("service_name",),
            registry=self.registry,
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"culpa_{name}", text, labels, registry=self.registry)

    def add(self, collector: Collector) -> None:
        """Have `collector` asked, too, whenever somebody reads."""
        self.registry.register(collector)

    def answered(self, signal: str, transport: str, code: int | str) -> None:
        """Count an answer to a sender."""
        self._requests.labels(signal, transport, code).inc()

    def rejected(self, signal: str, items: int) -> None:
        """Count what a sender was told that it is not kept."""
        if items:
            self._rejected.labels(signal).inc(items)

    def committed(self, taken: Mapping[str, pa.Table], stored: Mapping[str, pa.Table], seconds: float) -> None:
        """Count a commit: rows as they came, and those of them that were new."""
        self.commits += 1
        self._commit.observe(seconds)
        for relation, rows in taken.items():
            new = stored[relation].num_rows
            if new:
                self._rows.labels(relation).inc(new)
            if rows.num_rows > new:
                self._repeated.labels(relation).inc(rows.num_rows - new)
        self._served.committed(stored)
        now = time.time()
        for relation in _OF_SERVICES:
            if relation in taken and taken[relation].num_rows:
                self._heard(pc.unique(taken[relation].column("service_name")).to_pylist(), now)

    def _heard(self, services: Sequence[str | None], now: float) -> None:
        for name in services:
            if name and (name in self._services or len(self._services) < _MOST_SERVICES):
                self._services[name] = now

    def gave_up(self) -> None:
        """Count a commit that failed for good."""
        self._failed_commits.inc()

    def judged(self, lags_s: Sequence[float], *, settled: bool) -> None:
        """Count judgements, each with the time that it took to come."""
        self.judgements += 1
        lag = self._lag.labels("settled" if settled else "provisional")
        for lag_s in lags_s:
            lag.observe(lag_s)

    def settled(self, failures: Sequence[Settled]) -> None:
        """Count failed requests that were judged for good."""
        self._verdicts.settled(failures)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """Return all of it and its content type: Prometheus' text, or OpenMetrics, which has exemplars, where asked."""
        for name, heard_at in list(self._services.items()):
            self._last_row.labels(name).set(heard_at)
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
