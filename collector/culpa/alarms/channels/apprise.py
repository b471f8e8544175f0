"""Slack, Teams, PagerDuty, ntfy and a hundred others, through Apprise: pip install 'culpa[alarms]'.

It dials by itself: a name is looked at before, but not pinned.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from culpa.alarms.channels._channel import Channel, NotSent
from culpa.alarms.channels._dial import addresses
from culpa.alarms.message import Message
from culpa.given import Given, Secret

_MOST_TITLE = 150


@dataclass(frozen=True)
class Apprise:
    """Notifies one service."""

    name: str
    url: Secret
    may_be_private: bool
    repeat_s: float = 0.0

    def send(self, message: Message) -> None:
        """Have it notified. Errors: NotSent."""
        # Any: it has no types.
        apprise: Any = import_module("apprise")
        service = apprise.Apprise.instantiate(self.url.read(), suppress_exceptions=True)
        if service is None:
            raise NotSent(f"channel {self.name!r}: its address is none that Apprise knows")
        # What stands in the place of a host is a token where the service has one address for all.
        if any("{host}" in str(form) for form in service.templates) and not self.may_be_private:
            addresses(self.name, str(service.host), int(service.port or 443), may_be_private=False)
        kind = {"firing": "failure", "resolved": "success"}.get(message.state, "info")
        # Its own log has addresses in it.
        with apprise.LogCapture(level=apprise.logging.CRITICAL):
            done = service.notify(title=message.title[:_MOST_TITLE], body=message.text, notify_type=kind)
        if not done:
            raise NotSent(f"channel {self.name!r}: {service.service_name} did not take it")


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadGiven."""
    try:
        import_module("apprise")
    except ImportError as error:
        raise given.wrong("Apprise is not installed; pip install 'culpa[alarms]'") from error
    url = given.secret("url", is_needed=True)
    assert url is not None  # noqa: S101 - it is needed
    return Apprise(given.name, url, given.switch("allow_private"))
