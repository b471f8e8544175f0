"""An episode: one rule found one trouble, from when it began until it was over; and the two events that tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

State = Literal["firing", "resolved"]


@dataclass(frozen=True)
class Event:
    """What is told of an episode: that it began, or that it is over.

    `details` are all that a message is written from, as JSON knows them. Units: nanoseconds since 1970.
    """

    episode: str
    rule: str
    subject: str
    state: State
    opened_ns: int
    time_ns: int
    channels: tuple[str, ...] = ()
    summary: str = ""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def event_id(self) -> str:
        """Return the event's name, which a receiver may know it by when it comes twice."""
        return f"{self.episode}-{self.state}"


def episode_of(rule: str, subject: str, opened_ns: int) -> str:
    """Return the name of an episode, the same whenever it is made: 16 hex."""
    return blake2b(f"{rule}\n{subject}\n{opened_ns}".encode(), digest_size=8).hexdigest()
