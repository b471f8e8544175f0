"""Find what a log file became when it was rotated away, and which of that was not read yet."""

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from culpa.collector.tail.positions import Position, head_bytes, is_head
from culpa.store import open_other

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz", ".lz4", ".Z")
#: What rotation puts behind a log's name: a number or a date, or one of a few words. Another log may begin alike.
_SUFFIX = re.compile(r"[.-](?=[^\n]{0,40}\d|old|bak|prev)[A-Za-z0-9._:+-]{1,40}")
#: More than any rotation keeps; a folder full of names must not hold up the others.
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class _Sibling:
    """A file that once may have had the log's name."""

    place: Path
    inode: int
    size: int
    written_ns: int
    start: bytes


def unread(path: Path, positions: Sequence[Position], *, is_current_known: bool) -> list[tuple[Path, int]]:
    """Return the rotated files with lines that were not read, and from which byte on, oldest first.

    `positions` are all that are known of the log, oldest first. A file is told by its first bytes, because rotation
    may rename or copy it; what was read to its end is left out. A file without a position was written while nobody
    followed, if it is younger than the one that was read last and the log's current file is new too. Compressed ones
    are left out.
    """
    siblings = _siblings(path, {position.inode for position in positions})
    read = {sibling.place: _last_of(sibling, positions) for sibling in siblings}
    known = [(at[0], sibling.written_ns) for sibling in siblings if (at := read[sibling.place])]
    newest_ns = max(known)[1] if known and not is_current_known else None
    found: list[tuple[Path, int]] = []
    for sibling in siblings:
        at = read[sibling.place]
        if at is not None:
            if sibling.size > at[1]:
                found.append((sibling.place, at[1]))
        elif newest_ns is not None and sibling.written_ns > newest_ns and sibling.size:
            found.append((sibling.place, 0))
    return found


def is_of(position: Position, inode: int, start: bytes, size: int, written_ns: int) -> bool:
    """Return whether a file is the one of that position, grown or not."""
    if is_head(position.head, start):
        return position.offset <= size
    # It was empty when it was seen first: only its number tells it, which a later file may have.
    return position.head == "0:" and position.inode == inode and written_ns >= position.saved_ns


def _last_of(sibling: _Sibling, positions: Sequence[Position]) -> tuple[int, int] | None:
    """Return the newest position of a file, as its number in the order of saving, and how far it was read."""
    its = [
        (number, position.offset)
        for number, position in enumerate(positions)
        if is_of(position, sibling.inode, sibling.start, sibling.size, sibling.written_ns)
    ]
    return (its[-1][0], max(offset for _, offset in its)) if its else None


def _siblings(path: Path, inodes: Collection[int]) -> list[_Sibling]:
    """Return the log's uncompressed siblings (`access.log.1`, `access.log-20261124`), oldest first.

    A symbolic link is none: whoever may write in the folder could have any file read by it.
    """
    found = {one.inode: one for place in _places(path, inodes) if (one := _look(place)) is not None}
    return sorted(found.values(), key=lambda each: each.written_ns)


def _places(path: Path, inodes: Collection[int]) -> Iterator[Path]:
    """Yield what is named like a rotated file, or was followed under its number, where the log or its target lies."""
    for named in dict.fromkeys((path, _target(path))):
        try:
            with os.scandir(named.parent) as entries:
                yield from _likely(named, entries, inodes)
        except OSError:
            # The folder is gone, or may not be listed: the next look finds out.
            continue


def _likely(named: Path, entries: Iterable[os.DirEntry[str]], inodes: Collection[int]) -> Iterator[Path]:
    count = 0
    for entry in entries:
        suffix = entry.name.removeprefix(named.name)
        is_named = suffix != entry.name and _SUFFIX.fullmatch(suffix) is not None
        is_followed = entry.inode() in inodes and entry.name != named.name
        if (is_named or is_followed) and not entry.name.endswith(_COMPRESSED) and count < _MOST:
            count += 1
            yield Path(entry.path)


def _target(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _look(place: Path) -> _Sibling | None:
    try:
        descriptor = open_other(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        return _Sibling(place, status.st_ino, status.st_size, status.st_mtime_ns, head_bytes(descriptor))
    except OSError:
        return None
    finally:
        os.close(descriptor)
