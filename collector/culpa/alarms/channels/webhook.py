"""A webhook: the message as one JSON object, to any address that takes one."""

from dataclasses import dataclass

from culpa.alarms.channels._channel import Channel
from culpa.alarms.channels._endpoint import Endpoint
from culpa.alarms.message import Message
from culpa.given import Given


@dataclass(frozen=True)
class Webhook:
    """Posts to one address."""

    endpoint: Endpoint
    repeat_s: float = 0.0

    def send(self, message: Message) -> None:
        """Post it; a receiver knows what comes twice by its Idempotency-Key. Errors: NotSent."""
        self.endpoint.post(message.record(), headers={"Idempotency-Key": message.key})


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadGiven."""
    return Webhook(Endpoint.of(given))
