"""Report the requests of processes that died over them, in place of the spans that those could not send any more."""

import fcntl
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import cast

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

from culpa.instrumentation import native
from culpa.instrumentation.export import providers
from culpa.instrumentation.export.processors import Inherited
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.inflight import SUFFIX, Journal, Unfinished, is_ours, read

#: Seconds between two looks. A sibling tells of a death at most this much later.
_EVERY_S = 1.0
#: Seconds a process that starts leaves to its program before it looks after its predecessor.
_FIRST_S = 0.3


class Watch:
    """Looks after the files of other processes of this user that send to the same collector."""

    def __init__(self, journal: Journal, place: Path) -> None:
        self._journal = journal
        self._place = place
        self._is_running = False
        self._looked: dict[str, float] = {}
        # The kernel's locks tell processes apart, not threads.
        self._one = native.Lock()

    @guarded("starting the thread that looks for processes that died")
    def start(self) -> None:
        """Look once soon, and go on for as long as this process serves requests itself."""
        if not self._is_running:
            native.start(self._run)
            self._is_running = True

    def forget(self) -> None:
        """Start anew in a forked child, which has none of its parent's threads."""
        self._is_running = False
        self._one = native.Lock()

    @guarded("looking for processes that died")
    def look(self, gone: Collection[int] = ()) -> None:
        """Report the requests of each process that is gone; each is reported by one process only.

        `gone` are ids of processes that the caller knows to have died this moment.
        """
        if not isinstance(providers.tracers(), TracerProvider):
            return
        with self._one:
            self._look(gone)

    def _look(self, gone: Collection[int]) -> None:
        try:
            names = os.listdir(self._place)  # noqa: PTH208  # each second, in every process
        except FileNotFoundError:
            return
        own = self._journal.path.name if self._journal.path is not None else ""
        for name in names:
            if name.endswith(SUFFIX) and not name.startswith(".") and name != own:
                self._look_at(name, gone)

    def _run(self) -> None:
        native.sleep(_FIRST_S)
        self.look()
        while self._journal.path is not None:
            native.sleep(_EVERY_S)
            self._beat()
            self.look()
        self._is_running = False

    @guarded("telling that this process is alive")
    def _beat(self) -> None:
        self._journal.beat()

    def _look_at(self, name: str, gone: Collection[int]) -> None:
        path = self._place / name
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return  # reported by another process meanwhile, or not ours
        try:
            if not is_ours(fd):
                return
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._looked[name] = time.time()  # its lock is held: it lives
        else:
            if os.fstat(fd).st_nlink:
                just_now = name.partition("-")[0] in map(str, gone)
                self._tell(path, fd, time.time() if just_now else self._looked.pop(name, 0.0))
        finally:
            # Closing lets go of the lock; whoever gets it next finds the file unlinked.
            os.close(fd)

    def _tell(self, path: Path, fd: int, seen_alive: float) -> None:
        try:
            _report(os.pread(fd, os.fstat(fd).st_size, 0), _time_of_death(fd, seen_alive))
        finally:
            path.unlink(missing_ok=True)


#: This process's, once the SDK is configured.
watch: Watch | None = None


def look(gone: Collection[int]) -> None:
    """Report now what processes that have just died left behind."""
    if watch is not None:
        watch.look(gone)


def _time_of_death(fd: int, seen_alive: float) -> int:
    """Return nanoseconds: now, if it lived a moment ago, else its last sign of life."""
    now, signed = time.time(), os.fstat(fd).st_mtime
    return int((now if now - max(seen_alive, signed) < 3 * _EVERY_S else signed) * 1e9)


def _report(content: bytes, died_ns: int) -> None:
    provider = cast(TracerProvider, providers.tracers())
    attributes, requests = read(content)
    resource = Resource(attributes)
    for lost in requests:
        # The pipeline of finished spans is the only way to send one with ids that were given out before.
        provider._active_span_processor.on_end(_span(lost, resource, died_ns))  # pyright: ignore[reportPrivateUsage]


def _span(lost: Unfinished, resource: Resource, died_ns: int) -> Inherited:
    sampled = TraceFlags(TraceFlags.SAMPLED)
    pid = resource.attributes.get("process.pid", 0)
    return Inherited(
        name=lost.name,
        context=SpanContext(lost.trace_id, lost.span_id, is_remote=False, trace_flags=sampled),
        parent=SpanContext(lost.trace_id, lost.parent_id, is_remote=True, trace_flags=sampled)
        if lost.parent_id
        else None,
        resource=resource,
        instrumentation_scope=InstrumentationScope(lost.scope),
        attributes={**lost.attributes, "error.type": "process_died", "process.pid": pid},
        kind=lost.kind,
        status=Status(StatusCode.ERROR, f"process {pid} died while it worked on this request"),
        start_time=lost.start_ns,
        end_time=max(lost.start_ns, died_ns),
    )
