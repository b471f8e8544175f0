"""A file per process that says what it is working on. It survives the process: the kernel has it, not we.

The process holds a lock on its file; the kernel lets go of the lock when the process dies, however it dies.
"""

import errno
import fcntl
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind

from culpa.instrumentation.report import say_once

#: The variable that says where the files are; set to nothing, none are written.
FOLDER = "CULPA_INFLIGHT_DIR"
SUFFIX = ".inflight"
#: Bytes. A header with the resource, then slots of one request each; one write never crosses a slot.
HEADER = 8192
SLOT = 512
#: Requests at a time that are written down; those beyond are served unrecorded.
_SLOTS = 2048
_MAX_TEXT = 160
#: What of a span's first attributes tells one request from another, in the new and the old names; no query string.
_KEPT = ("http.request.method", "url.path", "url.scheme")
_KEPT_OLD = ("http.method", "http.target", "http.scheme")
#: Among them stands whose instrumentation began it: a task of a queue is often told from a message by that alone.
_SCOPE = "otel.scope.name"
#: A WebSocket has no answer that could be missing; every deployment ends some.
_LASTING = ("ws", "wss")
#: Between the fields of a line; no name or path has it.
_GAP = "\x1f"


def folder(environ: Mapping[str, str]) -> Path | None:
    """Return where this user's processes that send to this collector leave their files; None if nowhere.

    Those who report a death send it where they send all else, so each collector has a folder of its own.
    """
    given = environ.get(FOLDER)
    if given == "":
        return None
    root = Path(given) if given else Path(_shared(environ)) / f"culpa-{os.getuid()}"
    return root / re.sub(r"[^\w.-]+", "_", environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"))


def _shared(environ: Mapping[str, str]) -> str:
    # In memory, and not private to one run of a service as its /tmp often is. Owner and mode of ours are checked.
    memory = "/dev/shm"  # noqa: S108
    return memory if os.access(memory, os.W_OK | os.X_OK) else environ.get("TMPDIR") or "/tmp"  # noqa: S108


class Journal:
    """The requests of this process that are under way. The file is made with the first of them."""

    def __init__(self, place: Path | None, resource: Callable[[], Mapping[str, Any]]) -> None:
        self._place = place
        self._resource = resource
        self.on_open: Callable[[], None] = lambda: None
        self._fd = -1
        self.forget()

    def forget(self) -> None:
        """Start anew, as a forked child must: the file is its parent's, and so is the lock."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
        self._is_broken = self._place is None
        self.path: Path | None = None
        self._left: list[int] = []
        self._free = list(range(_SLOTS - 1, -1, -1))

    def begin(self, span: Span) -> int:
        """Write a request down; return its slot, -1 if it is not written."""
        if self._is_broken or not self._free or (span.attributes or {}).get("url.scheme") in _LASTING:
            return -1
        if self._fd < 0 and not self._open():
            return -1
        slot = self._free.pop()
        try:
            os.pwrite(self._fd, _line(span), HEADER + slot * SLOT)
        except OSError as error:  # the file system is full, now
            self._free.append(slot)
            self._say(error)
            return -1
        return slot

    def end(self, slot: int) -> None:
        """Strike a request out."""
        if slot >= 0 and self._fd >= 0:
            os.pwrite(self._fd, b"\n", HEADER + slot * SLOT)
            self._free.append(slot)

    def leave(self, slot: int) -> None:
        """Leave a request that is over written down, until `sent` says that others need not tell of it."""
        self._left.append(slot)

    def sent(self) -> None:
        """Strike out what was left: the process lived long enough to tell of it."""
        while self._left:
            self.end(self._left.pop())

    def beat(self) -> None:
        """Say that the process is alive, while it has requests; the time of the file is then that of its death."""
        if self._fd >= 0 and len(self._free) < _SLOTS:
            os.utime(self._fd)

    def close(self) -> None:
        """Remove the file at a proper end; requests that are still under way are left for others to tell."""
        if self.path is not None and len(self._free) == _SLOTS:
            self.path.unlink(missing_ok=True)

    def _open(self) -> bool:
        assert self._place is not None  # noqa: S101  # or it would be broken
        try:
            own_folder(self._place)
            self._fd, self.path = _new_file(self._place, _head(self._resource()))
        except OSError as error:
            self._is_broken = True
            self._say(error)
            return False
        self.on_open()
        return True

    def _say(self, error: OSError) -> None:
        say_once(
            "inflight",
            f"cannot write {self._place} ({error.strerror or error}): requests of a process that is killed "
            f"will be missing; give another folder as {FOLDER}",
        )


def _new_file(place: Path, head: bytes) -> tuple[int, Path]:
    name = f"{os.getpid()}-{os.urandom(4).hex()}"
    hidden, path = place / f".{name}", place / f"{name}{SUFFIX}"
    # Never a file, or a link to one, that stands there already.
    fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.pwrite(fd, head, 0)
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Only now under its name: without the lock it would look like a dead process's.
        hidden.rename(path)
    except OSError:
        os.close(fd)
        hidden.unlink(missing_ok=True)
        raise
    return fd, path


def own_folder(place: Path) -> None:
    """Make a folder and its parent for this user alone. Errors: PermissionError if one is somebody else's."""
    for one in (place.parent, place):
        one.mkdir(mode=0o700, exist_ok=True, parents=True)
        # A link of another user's leads where that user wants, also to a folder of ours.
        if not {one.stat().st_uid, one.lstat().st_uid} <= {os.getuid(), 0}:
            raise PermissionError(errno.EPERM, f"{one} belongs to another user")


def is_ours(fd: int) -> bool:
    """Return whether an open file may be one of these: a regular one of this user's or root's, of a possible size."""
    found = os.fstat(fd)
    return stat.S_ISREG(found.st_mode) and found.st_uid in (os.getuid(), 0) and found.st_size <= HEADER + _SLOTS * SLOT


def _head(resource: Mapping[str, Any]) -> bytes:
    plain = (bool, int, float)
    header = {key: value if isinstance(value, plain) else str(value)[:_MAX_TEXT] for key, value in resource.items()}
    while len(head := json.dumps(header).encode()) >= HEADER:
        header.popitem()
    return head + b"\n"


def _line(span: Span) -> bytes:
    """Write a request down in one line: this runs once in every request, so it is kept short."""
    own, parent, given = span.context, span.parent, span.attributes or {}
    kept = _KEPT if _KEPT[0] in given else _KEPT_OLD
    ids = f"{own.trace_id:032x}{_GAP}{own.span_id:016x}{_GAP}{parent.span_id if parent else 0:016x}" if own else ""
    scope = span.instrumentation_scope
    told = {key: given[key] for key in kept if key in given} | ({_SCOPE: scope.name} if scope is not None else {})
    pairs = _GAP.join(f"{key}{_GAP}{str(value)[:_MAX_TEXT]}" for key, value in told.items())
    line = f"{ids}{_GAP}{span.kind.name}{_GAP}{span.start_time}{_GAP}{span.name[:_MAX_TEXT]}{_GAP}{pairs}"
    return line.replace("\n", " ").encode("utf-8", "replace")[: SLOT - 1] + b"\n"


@dataclass(frozen=True)
class Unfinished:
    """A request as it was written down when it began."""

    trace_id: int
    span_id: int
    parent_id: int
    kind: SpanKind
    start_ns: int
    name: str
    attributes: dict[str, str]
    scope: str


def read(content: bytes) -> tuple[dict[str, Any], list[Unfinished]]:
    """Return the resource and the unfinished requests of a file. Errors: ValueError and the like for nonsense."""
    lines = (content[at : at + SLOT].partition(b"\n")[0] for at in range(HEADER, len(content), SLOT))
    found = [_parse(line) for line in lines if line.strip(b"\0")]
    return json.loads(content[:HEADER].partition(b"\n")[0]), [one for one in found if one is not None]


def _parse(line: bytes) -> Unfinished | None:
    try:
        return _parsed(line)
    except (ValueError, KeyError):
        return None  # cut off by a full disk, or by a kill: the others stand


def _parsed(line: bytes) -> Unfinished:
    trace_id, span_id, parent_id, kind, start_ns, name, *pairs = line.decode("utf-8", "replace").split(_GAP)
    told = dict(zip(pairs[::2], pairs[1::2], strict=False))
    scope = told.pop(_SCOPE, "")
    return Unfinished(
        int(trace_id, 16), int(span_id, 16), int(parent_id, 16), SpanKind[kind], int(start_ns), name, told, scope
    )
