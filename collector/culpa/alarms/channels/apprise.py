"""Slack, Teams, PagerDuty, ntfy and a hundred others, through Apprise: pip install 'culpa[alarms]'.

It dials by itself: each of its look-ups is judged as it is made. It follows no redirect.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from culpa.alarms.channels._channel import Channel, NotSent
from culpa.alarms.channels._dial import not_public
from culpa.alarms.channels._guard import only_public
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
        asset = apprise.AppriseAsset(http_redirects=False)
        service = apprise.Apprise.instantiate(self.url.read(), asset=asset, suppress_exceptions=True)
        if service is None:
            raise NotSent(f"channel {self.name!r}: its address is none that Apprise knows")
        _tie(service, message)
        kind = {"firing": "failure", "resolved": "success"}.get(message.state, "info")
        # Its own log has addresses in it.
        looking = nullcontext(None) if self.may_be_private else only_public()
        with apprise.LogCapture(level=apprise.logging.CRITICAL), looking as guard:
            done = service.notify(title=message.title[:_MOST_TITLE], body=message.text, notify_type=kind)
        if not done and guard is not None and guard.refused:
            raise not_public(self.name, guard.refused)
        if not done:
            raise NotSent(f"channel {self.name!r}: {service.service_name} did not take it")


def _tie(service: Any, message: Message) -> None:
    """Have the end of an alarm resolve what its begin raised, where a service keeps incidents, as PagerDuty does.

    By itself Apprise raises one more, or looks for the title of the begin. A key that the address has is kept.
    """
    if getattr(service, "dedup", "") is not None or not message.episode:
        return
    service.dedup = message.episode
    choices = service.template_args.get("action", {})
    if "map" in choices.get("values", ()) and service.action == choices.get("default"):
        service.action = "map"


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadGiven."""
    try:
        import_module("apprise")
    except ImportError as error:
        raise given.wrong("Apprise is not installed; pip install 'culpa[alarms]'") from error
    url = given.secret("url", is_needed=True)
    assert url is not None  # noqa: S101 - it is needed
    return Apprise(given.name, url, given.switch("allow_private"))
