"""Memory, CPU and file systems of the machine, and the memory limit of the container, as far as this process sees.

Refuses to replace an agent on the host: it tells only what a verdict about a failed request may need. Linux.
"""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from culpa.instrumentation.metrics.process import LEAST_S

_MEMORY, _CPU = Path("/proc/meminfo"), Path("/proc/stat")
_GROUP = Path("/sys/fs/cgroup")


class _Names(NamedTuple):
    """The files of a control group that tell of memory, and the row of cached pages that can be given up."""

    limit: str
    used: str
    details: str
    cached: str


#: The second version of control groups, then the first.
_LIMITS = (
    _Names("memory.max", "memory.current", "memory.stat", "inactive_file"),
    _Names("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
)
#: A file system is full for users while root's share is still free. Source: statvfs(3), f_bavail.
_USED = {"system.filesystem.state": "used"}


def observe(meter: Meter) -> None:
    """Register what is measured; what this system cannot tell is left out."""
    meter.create_observable_gauge("system.filesystem.utilization", [_file_systems], "1")
    if _MEMORY.exists():
        meter.create_observable_gauge("system.memory.utilization", [_memory], "1")
    if _CPU.exists():
        meter.create_observable_gauge("system.cpu.utilization", [_Idle()], "1")
    if _group_limit():
        meter.create_observable_gauge("container.memory.working_set", [_working_set], "By")
        meter.create_observable_gauge("container.memory.limit", [_limit], "By")


def _memory(_: CallbackOptions) -> Iterable[Observation]:
    lines = (line.split() for line in _MEMORY.read_text().splitlines())
    kilobytes = {words[0]: int(words[1]) for words in lines if words[0] in ("MemTotal:", "MemAvailable:")}
    if len(kilobytes) == 2:
        used = 1 - kilobytes["MemAvailable:"] / kilobytes["MemTotal:"]
        yield Observation(used, {"system.memory.state": "used"})


class _Idle:
    """The idle share of all CPUs since it was last asked."""

    def __init__(self) -> None:
        self._time, self._ticks = time.monotonic(), self._read()

    def __call__(self, _: CallbackOptions) -> Iterable[Observation]:
        now = time.monotonic()
        if now - self._time < LEAST_S:
            return
        self._time = now
        idle, total = self._read()
        before_idle, before_total = self._ticks
        self._ticks = (idle, total)
        if total > before_total:
            yield Observation((idle - before_idle) / (total - before_total), {"cpu.mode": "idle"})

    @staticmethod
    def _read() -> tuple[int, int]:
        with _CPU.open() as lines:
            # user nice system idle iowait irq softirq steal; guests are in user already
            ticks = [int(word) for word in next(lines).split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)


def _file_systems(_: CallbackOptions) -> Iterable[Observation]:
    for place in _mount_points():
        disk = os.statvfs(place)
        usable = disk.f_blocks - disk.f_bfree + disk.f_bavail
        if usable:
            full = (disk.f_blocks - disk.f_bfree) / usable
            yield Observation(full, {"system.filesystem.mountpoint": str(place)} | _USED)


def _mount_points() -> Iterator[Path]:
    """Find where the file systems of the working folder and of temporary files are mounted."""
    seen: set[int] = set()
    for folder in (".", tempfile.gettempdir()):
        place = Path(folder).resolve()
        device = place.stat().st_dev
        if device not in seen:
            seen.add(device)
            while place.parent != place and place.parent.stat().st_dev == device:
                place = place.parent
            yield place


def _group_limit() -> int:
    """Return the memory limit of this process's control group, 0 if it has none."""
    for names in _LIMITS:
        text = _read(names.limit)
        # Without a limit the second version says max, the first a number near 2**63.
        if text.isdigit() and int(text) < 1 << 60:
            return int(text)
    return 0


def _limit(_: CallbackOptions) -> Iterable[Observation]:
    limit = _group_limit()
    if limit:
        yield Observation(limit)


def _working_set(_: CallbackOptions) -> Iterable[Observation]:
    # Cached file pages fill any limit sooner or later and are given up when needed.
    for names in _LIMITS:
        used = _read(names.used)
        if used.isdigit():
            rows = dict(line.split() for line in _read(names.details).splitlines())
            yield Observation(max(int(used) - int(rows.get(names.cached, 0)), 0))
            return


def _read(name: str) -> str:
    """Read a file of the group that this process is in; in a container that is the root of what it sees."""
    for folder in _folders(name.startswith("memory/")):
        try:
            return (folder / name.removeprefix("memory/")).read_text().strip()
        except OSError:
            continue
    return ""


def _folders(is_first_version: bool) -> Iterator[Path]:
    root = _GROUP / "memory" if is_first_version else _GROUP
    try:
        lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        lines = []
    for _number, controllers, path in lines:
        if ("memory" in controllers.split(",")) if is_first_version else not controllers:
            yield root / path.lstrip("/")
    yield root
