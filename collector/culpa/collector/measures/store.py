"""What is read of the store, its disk and the queue at the moment at which somebody asks."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from culpa.store import DuckDBStore, free_bytes, wal_of


class StoreMeasures(Collector):
    """Sizes and states, none of which costs a query."""

    def __init__(
        self, store: DuckDBStore, queue: Callable[[], tuple[int, int]], troubles: Callable[[], Mapping[str, str]]
    ) -> None:
        """Ask `queue` for the bytes that wait and may wait, `troubles` for what is wrong by part."""
        self._store = store
        self._queue = queue
        self._troubles = troubles

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge."""
        files = GaugeMetricFamily("culpa_store_bytes", "Size of the store's files.", labels=["file"])
        for name, size in self._sizes().items():
            files.add_metric([name], size)
        yield files
        yield GaugeMetricFamily("culpa_sealed_files", "Sealed files of the store.", len(self._store.sealed.parts))
        yield GaugeMetricFamily("culpa_disk_free_bytes", "Free room on the store's disk.", self._free_bytes())
        held, most = self._queue()
        yield GaugeMetricFamily("culpa_queue_bytes", "Bodies that are not durable yet.", held)
        yield GaugeMetricFamily("culpa_queue_limit_bytes", "queue_bytes of the settings.", most)
        troubles = GaugeMetricFamily("culpa_trouble", "1 for each part that keeps it from working.", labels=["part"])
        for part in self._troubles():
            troubles.add_metric([part], 1)
        yield troubles

    def _sizes(self) -> dict[str, int]:
        return {
            "hot": _size(self._store.path),
            "log": _size(wal_of(self._store.path)),
            "sealed": sum(one.bytes for one in self._store.sealed.parts),
        }

    def _free_bytes(self) -> int:
        with suppress(OSError):
            return free_bytes(self._store.path.parent)
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
