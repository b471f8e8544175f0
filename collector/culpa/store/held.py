"""The files that the engines of this process hold open. Nothing else in the process may open one of them.

The engine's lock belongs to the process, not to a descriptor: whoever opens the file once more and closes that again
gives the lock up, and another process may then write into the same file.
"""

import errno
import os
import threading
from pathlib import Path

#: (device, inode), and how often it is held.
_held: dict[tuple[int, int], int] = {}
_lock = threading.Lock()


def hold(path: Path) -> tuple[int, int]:
    """Remember a file that an engine has just opened; return what `let_go` wants. Errors: OSError."""
    status = path.stat()
    identity = (status.st_dev, status.st_ino)
    with _lock:
        _held[identity] = _held.get(identity, 0) + 1
    return identity


def let_go(identity: tuple[int, int]) -> None:
    """Forget a file that an engine has closed."""
    with _lock:
        _held[identity] -= 1
        if not _held[identity]:
            del _held[identity]


def open_other(place: Path, flags: int) -> int:
    """Open a file for reading, whatever its name leads to, unless an engine of this process holds it.

    Errors: OSError; EBUSY for a file that is held.
    """
    # A descriptor that only names the file gives up no lock when it is closed.
    named = os.open(place, os.O_PATH | os.O_CLOEXEC | (flags & os.O_NOFOLLOW))
    try:
        status = os.fstat(named)
        if (status.st_dev, status.st_ino) in _held:
            raise OSError(errno.EBUSY, "it is a file of the store itself", str(place))
        # What was looked at is what is opened, even if the name leads elsewhere by now.
        return os.open(f"/proc/self/fd/{named}", flags & ~os.O_NOFOLLOW)
    finally:
        os.close(named)
