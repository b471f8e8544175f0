"""What a process can spare that soon ends."""

import atexit
import gc

#: Python's own is 700, by which what is imported, half a million objects that stay, is looked through again and again.
_OBJECTS = 100_000


def spare_garbage() -> None:
    """Look for garbage seldom, and at the end for none: some hundredths of a command's CPU.

    Not for a process that stays, as it may grow.
    """
    gc.set_threshold(_OBJECTS)
    atexit.register(gc.freeze)
