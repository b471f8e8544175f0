"""What one query may take, enforced by the kernel on the process that runs it."""

import ctypes
import os
import resource
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: Sockets, the two files of the store, and what the engine opens for itself.
_MAX_FILES = 64
#: Beyond the engine's own limit: what it takes without asking its own buffer manager.
_SLACK_BYTES = 64 * 1024**2
#: A query ends itself at its time-out, with words; this much later the kernel ends it.
_GRACE_S = 1.0
#: Who is asked nothing more for so much longer than a question may take ends itself.
IDLE_S = 60.0
#: A short query is answered at once also on a busy machine; one that lasts takes only what nobody else wants.
_NICE, _LASTING_NICE = 5, 19
#: Source: linux/prctl.h
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Limits:
    """Bounds of one query. Units: seconds, bytes, rows."""

    timeout_s: float
    memory_bytes: int
    max_rows: int
    threads: int
    #: A query that lasts longer takes only what nobody else wants.
    lasting_s: float = 1.0


def enforce(limits: Limits) -> None:
    """Bind this process, which runs nothing but queries, for the rest of its life."""
    _die_with_parent()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _allow_time(limits)
    _allow_processor(limits)
    os.nice(_NICE)
    with suppress(OSError):
        # Where memory is short after all, the kernel takes this process first.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    _bound(resource.RLIMIT_DATA, _data_bytes() + limits.memory_bytes + _SLACK_BYTES)
    # Nothing is spilled, and nothing can be written: no byte, in no file.
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_NOFILE, _MAX_FILES)
    _bound(resource.RLIMIT_CORE, 0)


@contextmanager
def time_for_one(limits: Limits) -> Generator[None]:
    """Answer one question inside the block: it ends the process if it takes too long, and gives way if it lasts."""
    _allow_time(limits)
    _allow_processor(limits)
    giving_way = threading.Timer(limits.lasting_s, _give_way)
    giving_way.daemon = True
    giving_way.start()
    try:
        yield
    finally:
        giving_way.cancel()
        signal.setitimer(signal.ITIMER_REAL, IDLE_S + limits.timeout_s)


def _allow_time(limits: Limits) -> None:
    signal.setitimer(signal.ITIMER_REAL, limits.timeout_s + _GRACE_S)


def _allow_processor(limits: Limits) -> None:
    """Bound what the next question may take of the processor, whatever those before it took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(used.ru_utime + used.ru_stime + (limits.timeout_s + _GRACE_S) * limits.threads) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it ends, however that happens."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_way() -> None:
    """Leave the processor to others, in every thread: the kernel keeps a priority for each."""
    with suppress(OSError):
        for thread in Path("/proc/self/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), _LASTING_NICE)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def held_bytes() -> int:
    """Return how much memory this process holds that is of no file, in bytes; 0 where nobody tells."""
    return _told("RssAnon:")


def _data_bytes() -> int:
    """Return what this process has of private memory before the query, in bytes; 0 where nobody tells."""
    return _told("VmData:")


def _told(name: str) -> int:
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024
    return 0
