"""Threads, locks and sockets of the operating system, whatever gevent or eventlet put in their place since.

What we do in the background must not run inside of the program's own event loop: a greenlet of ours would be one that
the program forks and waits for, and a lock of ours would stop all of its greenlets. What stands here is bound when the
process starts, before a program can replace it, or taken from where the replacing library keeps it.
"""

import contextlib
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def _original(module: str, name: str) -> Any:
    gevent: Any = sys.modules.get("gevent.monkey")
    if gevent is not None:
        return gevent.get_original(module, name)
    eventlet: Any = sys.modules.get("eventlet.patcher")
    return getattr(eventlet.original(module) if eventlet is not None else import_module(module), name)


_start_new_thread: Callable[[Callable[[], None], tuple[()]], int] = _original("_thread", "start_new_thread")
_allocate_lock: Callable[[], Any] = _original("_thread", "allocate_lock")
sleep: Callable[[float], None] = _original("time", "sleep")
new_socket: Callable[..., Any] = _original("socket", "socket")
resolve: Callable[..., list[Any]] = _original("socket", "getaddrinfo")


def start(action: Callable[[], None]) -> None:
    """Run an action in a thread that nobody waits for. Errors: RuntimeError where no thread can be had.

    `threading` never hears of it: after a fork it looks through all threads that it knows, and gevent expects one.
    """
    _start_new_thread(action, ())


def is_replaced() -> bool:
    """Return whether the program runs on greenlets: `threading` then means something else than a thread."""
    return _start_new_thread is not import_module("_thread").start_new_thread


class Lock:
    """A lock between threads; a greenlet that waits for it stops all others, so it is held for moments only."""

    def __init__(self) -> None:
        self._lock = _allocate_lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Bell:
    """Wakes one thread that waits; ringing never blocks."""

    def __init__(self) -> None:
        self._lock = _allocate_lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake who waits, or who will."""
        with contextlib.suppress(RuntimeError):  # it has rung already
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, for so long at most; return whether it rang."""
        return bool(self._lock.acquire(timeout=max(0.0, seconds)))
