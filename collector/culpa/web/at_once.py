"""Two things at once in threads: each of them waits for the store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


def at_once(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return what both return; one is done in this thread. Errors: those of either, once both have ended."""
    with ThreadPoolExecutor(1, "culpa-ask") as pool:
        # The moment whose questions they are is known by the context.
        other = pool.submit(copy_context().run, second)
        return first(), other.result()
