"""Tell a store that holds less than was acknowledged, before it is opened as if nothing were missing."""

import mmap
import os
import re
import struct
import time
from pathlib import Path
from shlex import quote

from culpa.store.errors import StoreDamaged
from culpa.store.held import open_other
from culpa.store.ledger import Mark, checkpoints_of, mark_of, read_mark, wal_head, wal_of

_MOST_LOOKS = 20
_PAUSE_S = 0.05
#: Of each entry of a write-ahead log: its size, and its checksum.
_ENTRY_HEAD_BYTES = 16
#: The first entry: kind 98, version 2, sixteen numbers that name the file, the number of checkpoints.
_WAL_START = re.compile(
    rb"d\x00be\x00\x02f\x00\x10(?:[\x80-\xff]{0,9}[\x00-\x7f]){16}g\x00[\x80-\xff]{0,9}[\x00-\x7f]\xff\xff"
)
_POSITION = re.compile(r"entry at byte position (\d+)")


def damaged(where: str, what: str) -> StoreDamaged:
    """Return the error that says what is damaged and what to do."""
    return StoreDamaged(
        f"store {where} is damaged: {what}. `culpa store salvage {quote(where)} NEW` "
        "writes all that can be read into a new store NEW and leaves this one as it is"
    )


def check_acknowledged(segment: Path, where: str) -> None:
    """Do nothing where all that was acknowledged is there, or where nothing is known. Errors: StoreDamaged."""
    try:
        what = missing(segment)
    except OSError:
        # Not to be reached at all: opening it says so.
        return
    if what:
        # A log may be a backup's own: the engine tells whether it belongs to the file.
        rest = mark_of(segment).name if segment.exists() else f"{segment.name}.*"
        raise damaged(where, f"{what} (if that is meant to be so, as after a backup was put back, delete {rest})")


def missing(segment: Path) -> str:
    """Return what is missing of what was acknowledged, '' for nothing.

    Looks again until two looks see the same: while its owner writes, mark, file and log may be of different moments.
    """
    what = _missing(segment)
    for _ in range(_MOST_LOOKS):
        if not what:
            break
        time.sleep(_PAUSE_S)
        before, what = what, _missing(segment)
        if what == before:
            break
    return what


def _missing(segment: Path) -> str:
    mark = read_mark(segment)
    if not segment.exists() and (mark or wal_head(wal_of(segment))[0]):
        return f"its file {segment.name} is gone, and what belongs to it is still there"
    if mark is None:
        return ""
    descriptor = open_other(segment, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        checkpoints = checkpoints_of(descriptor)
    finally:
        os.close(descriptor)
    if checkpoints < mark.checkpoints:
        return f"its segment file is older than what was acknowledged ({checkpoints} < {mark.checkpoints} checkpoints)"
    # What was in the log is in the file.
    return "" if checkpoints > mark.checkpoints else _missing_of_log(wal_of(segment), mark)


def _missing_of_log(wal: Path, mark: Mark) -> str:
    size, head = wal_head(wal)
    if size < mark.wal_bytes:
        state = f"is short ({size} of {mark.wal_bytes} bytes)" if wal.exists() else "is gone"
        return f"its write-ahead log {wal.name} {state}"
    if mark.wal_bytes and head != mark.head:
        return f"the start of its write-ahead log {wal.name} was overwritten"
    whole = whole_until(wal, mark.wal_bytes)
    if whole is not None and whole < mark.wal_bytes:
        return f"its write-ahead log {wal.name} is broken at byte {whole} of {mark.wal_bytes}"
    return ""


def whole_until(wal: Path, end: int) -> int | None:
    """Return where the chain of a log's entries breaks before byte `end`, else `end`; None for a log of a form unknown.

    Checksums are left to the engine, which refuses a wrong one; but it takes a chain that breaks for a log's end.
    """
    if end == 0:
        return 0
    with wal.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
        start = _WAL_START.match(log)
        if start is None:
            return None
        at = start.end()
        while at < end:
            if at + _ENTRY_HEAD_BYTES > len(log):
                return at
            size = struct.unpack_from("<Q", log, at)[0]
            if not size or at + _ENTRY_HEAD_BYTES + size > len(log):
                return at
            at += _ENTRY_HEAD_BYTES + size
        return end


def broken_at(message: str) -> int | None:
    """Return where the entry begins that the engine says is broken, None where it does not say."""
    found = _POSITION.search(message)
    # It names the byte behind the entry's size and checksum.
    return max(0, int(found.group(1)) - _ENTRY_HEAD_BYTES) if found else None


def cut_torn_end(segment: Path, message: str) -> bool:
    """Cut off what a power cut left of a commit that nobody was told of; return whether there was such.

    What is cut stays beside the log. Nothing is cut that may have been acknowledged.
    """
    at, mark = broken_at(message), read_mark(segment)
    if at is None or mark is None:
        return False
    with segment.open("rb") as file:
        is_acknowledged = checkpoints_of(file.fileno()) != mark.checkpoints or at < mark.wal_bytes
    if is_acknowledged:
        return False
    wal = wal_of(segment)
    with wal.open("r+b") as log:
        log.seek(at)
        wal.with_name(f"{wal.name}.torn").write_bytes(log.read())
        log.truncate(at)
        os.fsync(log.fileno())
    return True
