"""Failed requests by their verdicts, and the problems that were seen last: bounded, with an example of each."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from culpa.collector.measures.requests import OTHERS

#: Sets of service, component and cause that are told apart. Text from telemetry must not fill who scrapes.
_MOST_SETS: Final = 500
#: Problems that are told, those that were seen last.
_MOST_PROBLEMS: Final = 200
#: Failures that are remembered as counted: a trace may be judged again soon after.
_MOST_COUNTED: Final = 50_000
_MOST_CHARS: Final = 200


@dataclass(frozen=True)
class Settled:
    """A failed request, or other failed work (a `task`, a `message`, a `job`), that was judged for good."""

    trace_id: str
    request_span_id: str
    service: str
    component: str
    cause: str
    problem: str
    kind: str = "request"


@dataclass
class _Count:
    labels: list[str]
    number: int = 0
    trace_id: str = ""
    at: float = 0.0

    def add(self, one: Settled) -> None:
        self.number += 1
        self.trace_id, self.at = one.trace_id, time.time()


class VerdictMeasures(Collector):
    """Counts each failure once, by the verdict that it got when it was judged for good. Any thread may count."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._sets: dict[tuple[str, ...], _Count] = {}
        self._work: dict[tuple[str, ...], _Count] = {}
        self._problems: OrderedDict[str, _Count] = OrderedDict()
        self._counted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def settled(self, failures: Sequence[Settled]) -> None:
        """Count failures."""
        with self._lock:
            for one in failures:
                key = (one.trace_id, one.request_span_id)
                if key not in self._counted:
                    self._counted[key] = None
                    self._count(one)
            while len(self._counted) > _MOST_COUNTED:
                self._counted.popitem(last=False)

    def _count(self, one: Settled) -> None:
        key: tuple[str, ...] = (one.service[:_MOST_CHARS], one.component[:_MOST_CHARS], one.cause[:_MOST_CHARS])
        if one.kind != "request":
            _add(self._work, (one.kind, *key), one)
            return
        key = _add(self._sets, key, one)
        labels = [one.problem[:_MOST_CHARS], *key[1:]]
        self._problems.setdefault(labels[0], _Count(labels)).add(one)
        self._problems.move_to_end(labels[0])
        while len(self._problems) > _MOST_PROBLEMS:
            self._problems.popitem(last=False)

    def collect(self) -> Iterator[Metric]:
        """Yield the counters, each with the trace of the newest failure as its exemplar."""
        failed = CounterMetricFamily(
            "culpa_failed_requests",
            "Failed requests that were judged for good, by who answered, who is to blame, and why.",
            labels=["service", "component", "cause"],
        )
        work = CounterMetricFamily(
            "culpa_failed_work",
            "The same of failed work that is no request: tasks, messages, jobs.",
            labels=["kind", "service", "component", "cause"],
        )
        of_problem = CounterMetricFamily(
            "culpa_problem_requests",
            "The same by problem, of the problems that were seen last.",
            labels=["problem", "component", "cause"],
        )
        last = GaugeMetricFamily(
            "culpa_problem_last_seen_timestamp_seconds",
            "When a failure of a problem was last judged, seconds since 1970.",
            labels=["problem", "component", "cause"],
        )
        with self._lock:
            for count in self._sets.values():
                failed.add_metric(count.labels, count.number, exemplar=_exemplar(count))
            for count in self._work.values():
                work.add_metric(count.labels, count.number, exemplar=_exemplar(count))
            for count in self._problems.values():
                of_problem.add_metric(count.labels, count.number, exemplar=_exemplar(count))
                last.add_metric(count.labels, count.at)
        yield from (failed, work, of_problem, last)


def _add(sets: dict[tuple[str, ...], _Count], key: tuple[str, ...], one: Settled) -> tuple[str, ...]:
    """Count by a key, or with all others where there are too many; return by which."""
    if key not in sets and len(sets) >= _MOST_SETS:
        key = (OTHERS,) * len(key)
    sets.setdefault(key, _Count(list(key))).add(one)
    return key


def _exemplar(count: _Count) -> Exemplar:
    return Exemplar({"trace_id": count.trace_id}, 1.0, count.at)
