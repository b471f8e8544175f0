"""Ctrl-C and its kin: they end the demo, but never between starting a process and remembering it."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

#: Signals that end the demo: Ctrl-C, `kill`, a closed terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Let every ending signal raise KeyboardInterrupt in the block."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back(*, is_final: bool = False) -> Generator[None]:
    """Finish the block whatever comes; then raise KeyboardInterrupt for what came, if there is more to do."""
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came and not is_final:
        raise KeyboardInterrupt
