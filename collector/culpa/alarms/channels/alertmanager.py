"""A Prometheus Alertmanager (API v2), which groups, silences and passes on by its own rules."""

from dataclasses import dataclass
from typing import Any, Final

from culpa.alarms.channels._channel import Channel
from culpa.alarms.channels._endpoint import Endpoint
from culpa.alarms.message import Message
from culpa.given import Given
from culpa.store import iso

#: It takes for resolved what nobody says again; so it is told every minute, and believes that for five.
_REPEAT_S: Final = 60.0
_BELIEVED_NS: Final = 300 * 10**9


@dataclass(frozen=True)
class Alertmanager:
    """Posts alerts to one Alertmanager."""

    endpoint: Endpoint
    repeat_s: float = _REPEAT_S

    def send(self, message: Message) -> None:
        """Say that an alert fires, still fires, or is over. Errors: NotSent."""
        self.endpoint.post([_alert(message)], below="/api/v2/alerts")


def _alert(message: Message) -> dict[str, Any]:
    labels = {
        "alertname": f"culpa {message.rule}",
        "rule": message.rule,
        "subject": message.subject,
        "component": message.component,
        "cause": message.cause,
        "episode": message.episode,
    }
    notes = {
        "summary": message.title,
        "description": message.text,
        "first_action": message.first_action,
        "runbook_url": message.links.get("runbook", ""),
        "request_url": message.links.get("request", ""),
    }
    is_over = message.state == "resolved"
    return {
        "labels": {key: value for key, value in labels.items() if value},
        "annotations": {key: value for key, value in notes.items() if value},
        "startsAt": iso(message.opened_ns),
        "endsAt": iso(message.time_ns if is_over else message.said_ns + _BELIEVED_NS),
        "generatorURL": message.links.get("problem", ""),
    }


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadGiven."""
    return Alertmanager(Endpoint.of(given))
