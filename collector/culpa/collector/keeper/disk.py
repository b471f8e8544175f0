"""What a store takes of its disk."""

from contextlib import suppress
from pathlib import Path

from culpa.store import HOT_SEGMENT


def bytes_in(folder: Path) -> int:
    """Return what the files of the store in this folder come to."""
    total = 0
    for path in (*folder.glob(f"{HOT_SEGMENT}*"), *folder.glob("sealed-*")):
        with suppress(OSError):
            total += path.stat().st_size
    return total
