"""Memory, CPU, open files, threads and garbage collection of this process. Names: OpenTelemetry 1.37."""

import gc
import os
import resource
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from opentelemetry.metrics import CallbackOptions, Meter, Observation

_PAGE = resource.getpagesize()
_STATM = Path("/proc/self/statm")
_FILES, _TASKS = "/proc/self/fd", "/proc/self/task"
#: Seconds over which a share of CPU time says something.
LEAST_S = 1.0


def observe(meter: Meter) -> None:
    """Register what is measured; what this system cannot tell is left out."""
    meter.create_observable_gauge("process.cpu.utilization", [_Cpu()], "1", "Share of the CPUs it may use.")
    meter.create_observable_gauge("process.thread.count", [_threads], "{thread}")
    meter.create_observable_counter("cpython.gc.collections", [_collections], "{collection}")
    meter.create_observable_counter("cpython.gc.uncollectable_objects", [_uncollectable], "{object}")
    if _STATM.exists():
        meter.create_observable_gauge("process.memory.usage", [_resident], "By")
        meter.create_observable_gauge("process.memory.virtual", [_virtual], "By")
        meter.create_observable_gauge("process.memory.utilization", [_of_limit], "1", "Share of its address space.")
        meter.create_observable_gauge("process.unix.file_descriptor.count", [_open_files], "{file_descriptor}")
        meter.create_observable_gauge("process.unix.file_descriptor.limit", [_file_limit], "{file_descriptor}")


def usable_cpus() -> float:
    """Return how many CPUs this process may keep busy."""
    return float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class _Cpu:
    """The share of the time since it was last asked."""

    def __init__(self) -> None:
        self._time, self._busy = time.monotonic(), time.process_time()

    def __call__(self, _: CallbackOptions) -> Iterable[Observation]:
        now, busy = time.monotonic(), time.process_time()
        passed, used = now - self._time, busy - self._busy
        # A moment is no measure: an export alone would fill it. After a fork the clock of the process begins anew.
        if 0 <= passed < LEAST_S and used >= 0:
            return
        self._time, self._busy = now, busy
        if used >= 0:
            yield Observation(min(used / passed / usable_cpus(), 1.0))


def _pages(field: int) -> int:
    return int(_STATM.read_text().split()[field]) * _PAGE


def _resident(_: CallbackOptions) -> Iterable[Observation]:
    yield Observation(_pages(1))


def _virtual(_: CallbackOptions) -> Iterable[Observation]:
    yield Observation(_pages(0))


def _of_limit(_: CallbackOptions) -> Iterable[Observation]:
    limit, _hard = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        yield Observation(_pages(0) / limit)


def _open_files(_: CallbackOptions) -> Iterable[Observation]:
    # One of them is the listing itself.
    yield Observation(len(os.listdir(_FILES)) - 1)  # noqa: PTH208  # a Path for each file costs more


def _file_limit(_: CallbackOptions) -> Iterable[Observation]:
    limit, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY:
        yield Observation(limit)


def _threads(_: CallbackOptions) -> Iterable[Observation]:
    # The system's number: libraries, and we, have threads that `threading` does not know.
    known = os.path.isdir(_TASKS)  # noqa: PTH112  # a Path costs more
    yield Observation(len(os.listdir(_TASKS)) if known else threading.active_count())  # noqa: PTH208


def _collections(_: CallbackOptions) -> Iterable[Observation]:
    for generation, stats in enumerate(gc.get_stats()):
        yield Observation(stats["collections"], {"cpython.gc.generation": generation})


def _uncollectable(_: CallbackOptions) -> Iterable[Observation]:
    for generation, stats in enumerate(gc.get_stats()):
        yield Observation(stats["uncollectable"], {"cpython.gc.generation": generation})
