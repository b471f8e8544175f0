"""A webhook: the message as one JSON object, to any address that takes one."""

import json
from dataclasses import dataclass

from culpa.alarms.channels._channel import Channel
from culpa.alarms.channels._dial import post
from culpa.alarms.channels._given import Given, Secret
from culpa.alarms.message import Message


@dataclass(frozen=True)
class Webhook:
    """Posts to one address."""

    name: str
    url: Secret
    bearer: Secret | None
    may_be_private: bool
    timeout_s: float
    repeat_s: float = 0.0

    def send(self, message: Message) -> None:
        """Post it; a receiver knows what comes twice by its Idempotency-Key. Errors: NotSent."""
        headers = {"Content-Type": "application/json", "User-Agent": "culpa", "Idempotency-Key": message.key}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer.read()}"
        body = json.dumps(message.record()).encode()
        post(self.name, self.url.read(), body, headers, may_be_private=self.may_be_private, timeout_s=self.timeout_s)


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadChannel."""
    url = given.secret("url", may_be_written=True, is_needed=True)
    assert url is not None  # noqa: S101 - it is needed
    return Webhook(
        given.name,
        url,
        given.secret("bearer"),
        given.switch("allow_private"),
        given.number("timeout_s", 10, 0.1, 60),
    )
