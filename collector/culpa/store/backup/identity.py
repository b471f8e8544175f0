"""What tells one sealed file from every other, also from one of the same name and size."""

from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

#: The engine's three headers. They hold a number that it draws for each file that it makes, and what the last
#: checkpoint wrote.
_HEADERS_BYTES = 3 * 4096


def identity(path: Path) -> str:
    """Return it; it never changes. Errors: OSError."""
    with path.open("rb") as file:
        return identity_of(file, path.stat().st_size)


def identity_of(file: BinaryIO, size: int) -> str:
    """Return it of an open file of `size` bytes, and leave that at its start."""
    head = file.read(_HEADERS_BYTES)
    file.seek(0)
    return f"{size}-{blake2b(head, digest_size=16).hexdigest()}"
