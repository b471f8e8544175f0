"""The seam between the outbox and what carries a message."""

from typing import Protocol

from culpa.alarms.message import Message


class NotSent(Exception):
    """A message was not taken. Says why, without address or secret; it may be tried again."""


class Channel(Protocol):
    """Carries messages. Called in one thread, and never waits longer than its time-out for each wait."""

    @property
    def repeat_s(self) -> float:
        """Return after how many seconds a firing alarm is said again; 0 where it is said once."""
        ...

    def send(self, message: Message) -> None:
        """Hand over one message; whoever receives it has it when this returns. Errors: NotSent."""
        ...
