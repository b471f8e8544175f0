"""Whoever is told of the bodies that were taken."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from culpa.collector.decode import Signal
from culpa.collector.writer import Receipt


class Listener(Protocol):
    """Called in the thread that commits: it returns at once, and calls `done` as soon as the body is safe with it."""

    def __call__(self, signal: Signal, body: bytes, done: Callable[[], None], *, is_json: bool) -> None:
        """Take a body that is stored. Never raises."""
        ...


def heard(
    answer: "Future[Receipt]", listener: Listener, signal: Signal, body: bytes, *, is_json: bool
) -> "Future[Receipt]":
    """Return a future of the same answer, which completes when the listener is done with the body."""
    later: Future[Receipt] = Future()
    later.set_running_or_notify_cancel()

    def tell(stored: "Future[Receipt]") -> None:
        if error := stored.exception():
            later.set_exception(error)
        else:
            listener(signal, body, lambda: later.set_result(stored.result()), is_json=is_json)

    answer.add_done_callback(tell)
    return later
