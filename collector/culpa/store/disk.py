"""What is left of the disk on which a store lies."""

import os
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """Return how much is free for us on the folder's disk. Errors: OSError."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
