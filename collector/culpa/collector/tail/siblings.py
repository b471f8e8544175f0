"""Find what a log file became when it was rotated away."""

import os
from pathlib import Path

from culpa.collector.tail.positions import Position, head_bytes, is_head

_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")


def generations_after(position: Position) -> list[tuple[Path, int]]:
    """Return the rotated files with lines behind a position, and from which byte on, oldest first.

    The file of the position is told by its first bytes, because rotation may rename or copy it; then come the
    files that were rotated after it. Empty when it is gone, or was compressed.
    """
    path = Path(position.path)
    stopped_at = next((each for each in _rotated(path) if _is_continued(each, position)), None)
    if stopped_at is None:
        return []
    found: list[tuple[Path, int]] = []
    last = stopped_at.stat()
    if last.st_size > position.offset:
        found.append((stopped_at, position.offset))
    younger = [each for each in _rotated(path) if each != stopped_at and each.stat().st_mtime_ns > last.st_mtime_ns]
    found += [(each, 0) for each in younger if each.stat().st_size]
    return found


def _rotated(path: Path) -> list[Path]:
    """Return the log's uncompressed siblings (`access.log.1`, `access.log-20261124`), oldest first."""
    try:
        found = [
            each
            for each in path.parent.iterdir()
            if each.name.startswith(f"{path.name}.") or each.name.startswith(f"{path.name}-")
        ]
        plain = [each for each in found if not each.name.endswith(_COMPRESSED) and each.is_file()]
        return sorted(plain, key=lambda each: each.stat().st_mtime_ns)
    except OSError:
        # The folder is gone, or a file went while we looked: the next poll looks again.
        return []


def _is_continued(place: Path, position: Position) -> bool:
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.fstat(descriptor).st_size >= position.offset and is_head(position.head, head_bytes(descriptor))
    finally:
        os.close(descriptor)
