"""What `/metrics` shows of this room."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Counts(Collector):
    """Bodies and verdicts by destination and outcome, and how full the queues are. Any thread may count."""

    def __init__(self, destinations: Sequence[str]) -> None:
        """Begin at nothing."""
        self._bodies = Counter({(name, how): 0 for name in destinations for how in ("sent", "dropped", "refused")})
        self.verdicts: Counter[tuple[str, str]] = Counter()
        #: Items of bodies that were taken, by destination and signal.
        self.rejected: Counter[tuple[str, str]] = Counter()
        #: Returns by destination the bytes that wait, and how many may.
        self.queues: Callable[[], Mapping[str, tuple[int, int]]] = dict

    def count(self, destination: str, outcome: str, number: int) -> None:
        """Count bodies: sent, refused by the backend, dropped for want of room, unreadable."""
        self._bodies[destination, outcome] += number

    def collect(self) -> Iterator[Metric]:
        """Yield each measure."""
        several = (
            ("culpa_onward_bodies", "Bodies that were to be handed on.", self._bodies),
            ("culpa_onward_verdicts", "Verdicts that were to be told.", self.verdicts),
        )
        for name, text, counted in several:
            family = CounterMetricFamily(name, text, labels=["destination", "outcome"])
            for (destination, outcome), number in list(counted.items()):
                family.add_metric([destination, outcome], number)
            yield family
        text = "Spans, log records and data points that the backend rejected of bodies that it took."
        rejected = CounterMetricFamily("culpa_onward_rejected_items", text, labels=["destination", "signal"])
        for (destination, signal), number in list(self.rejected.items()):
            rejected.add_metric([destination, signal], number)
        yield rejected
        held = GaugeMetricFamily("culpa_onward_queue_bytes", "Bodies that wait on the disk.", labels=["destination"])
        most = GaugeMetricFamily("culpa_onward_queue_limit_bytes", "queue_bytes of each.", labels=["destination"])
        for destination, (size, limit) in self.queues().items():
            held.add_metric([destination], size)
            most.add_metric([destination], limit)
        yield from (held, most)
