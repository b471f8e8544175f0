"""The keys of a terminal, one by one, while something is shown on it."""

import os
import select
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

#: Ctrl-D.
END = "\x04"


@contextmanager
def pressed() -> Generator[Callable[[float], str]]:
    """Give what waits so many seconds for a key and returns it, '' for none; the terminal is left as it was found.

    Where stdin is no terminal, or keys cannot be read one by one, it only waits.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows has other ways
        yield _only_wait
        return
    if not sys.stdin.isatty():
        yield _only_wait
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def wait(seconds: float) -> str:
        ready, _, _ = select.select([terminal], [], [], seconds)
        if not ready:
            return ""
        # Not by way of sys.stdin, which would read ahead what select cannot see; a terminal that is gone has ended.
        return os.read(terminal, 1).decode("latin-1") or END

    try:
        tty.setcbreak(terminal)
        yield wait
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _only_wait(seconds: float) -> str:
    time.sleep(seconds)
    return ""
