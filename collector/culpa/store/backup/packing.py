"""The process that packs a backup: it reads a `PackingOrder` from its input and writes a tar stream to its output.

Before the first byte leaves it, all of the picture is held: the hot file and its log as a copy without a name, so that
their owner may make checkpoints again, and the sealed files by open descriptors, so that they may be dropped.
"""

import io
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import duckdb

from culpa.store.alone import alone
from culpa.store.backup.identity import identity_of
from culpa.store.backup.order import CONTENTS, HOT, LOG, MARK, Contents, PackingOrder
from culpa.store.errors import StoreError, StoreFull
from culpa.store.ledger import mark_of, wal_of
from culpa.store.segments.listing import HOT_SEGMENT, Segment, standing
from culpa.store.snapshot import Snapshot

_COPY_BYTES = 1024**2
#: Ingest and whoever asks go first.
_NICENESS = 5

#: A member of the stream: its name, what it is read from, and how much of that.
_Member = tuple[str, IO[bytes], int]


def pack(order: PackingOrder, out: BinaryIO) -> None:
    """Write the stream. Errors: StoreError, OSError, duckdb.Error; before anything is written if it can be known."""
    with ExitStack() as stack:
        members, listed = stack.enter_context(_owned(order) if order.wal_bytes >= 0 else _quiet(order))
        sealed, missing = _sealed(order, listed, stack)
        contents = Contents({name: known for name, known, _, _ in sealed}, missing)
        members += [(name, file, size) for name, known, file, size in sealed if order.known.get(name) != known]
        text = contents.text().encode()
        members.append((CONTENTS, io.BytesIO(text), len(text)))
        with tarfile.open(fileobj=out, mode="w|", bufsize=_COPY_BYTES) as tar:
            for name, file, size in members:
                head = tarfile.TarInfo(name)
                head.size, head.mode = size, 0o600
                tar.addfile(head, file)


@contextmanager
def _owned(order: PackingOrder) -> Generator[tuple[list[_Member], list[Segment]]]:
    """Copy the hot file and its log while their owner makes no checkpoint."""
    # Its library comes with the collector.
    from culpa.store.snapshot_reader import Reading

    hot = Path(order.path)
    size = hot.stat().st_size
    _check_room(order, size + order.wal_bytes)
    with (
        duckdb.connect(":memory:") as connection,
        tempfile.TemporaryFile(dir=hot.parent) as copy,
        tempfile.TemporaryFile(dir=hot.parent) as log,
    ):
        picture = Reading(connection, Snapshot(order.path, order.wal_bytes))
        listed = list(standing(connection))
        _copy(hot, copy, size)
        if order.wal_bytes:
            _copy(wal_of(hot), log, order.wal_bytes)
        picture.check()
        members: list[_Member] = [(HOT, copy, size)]
        if order.wal_bytes:
            members.append((LOG, log, order.wal_bytes))
        yield members, listed


@contextmanager
def _quiet(order: PackingOrder) -> Generator[tuple[list[_Member], list[Segment]]]:
    """Hold the files of a store that nobody writes; the engine's lock keeps it so."""
    hot = Path(order.path)
    with alone(hot) as connection, ExitStack() as stack:
        listed = list(standing(connection)) if hot.name == HOT_SEGMENT else []
        members: list[_Member] = []
        for name, path in ((HOT, hot), (LOG, wal_of(hot)), (MARK, mark_of(hot))):
            if path.exists():
                # Not closed before the end: that gives up the engine's lock.
                file = stack.enter_context(path.open("rb"))
                members.append((name, file, os.fstat(file.fileno()).st_size))
        yield members, listed


def _sealed(
    order: PackingOrder, listed: list[Segment], stack: ExitStack
) -> tuple[list[tuple[str, str, IO[bytes], int]], list[str]]:
    """Open the sealed files; return name, identity, file and size of each, and the names of those that are gone."""
    found: list[tuple[str, str, IO[bytes], int]] = []
    missing: list[str] = []
    for one in listed:
        try:
            file = stack.enter_context(one.place(Path(order.path).parent).open("rb"))
        except FileNotFoundError:
            missing.append(one.name)
            continue
        size = os.fstat(file.fileno()).st_size
        found.append((one.name, identity_of(file, size), file, size))
    return found, missing


def _check_room(order: PackingOrder, wanted: int) -> None:
    free = shutil.disk_usage(Path(order.path).parent).free
    if free - wanted < order.free_bytes:
        raise StoreFull(
            f"a backup needs {wanted >> 20} MiB beside the store for a while, and {free >> 20} MiB are free, of which "
            f"{order.free_bytes >> 20} MiB are to stay so (min_free_bytes); free some"
        )


def _copy(path: Path, to: IO[bytes], size: int) -> None:
    with path.open("rb") as file:
        left = size
        while left and (part := file.read(min(left, _COPY_BYTES))):
            to.write(part)
            left -= len(part)
    if left:
        raise OSError(f"{path} has become shorter")
    to.seek(0)


def main() -> None:
    """Do what the order says; an error goes to standard error, with its kind in front, and ends with status 1."""
    os.nice(_NICENESS)
    order = PackingOrder.of(sys.stdin.readline())
    try:
        pack(order, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except (StoreError, OSError, duckdb.Error) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
