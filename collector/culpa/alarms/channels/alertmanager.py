"""A Prometheus Alertmanager (API v2), which groups, silences and passes on by its own rules."""

import json
from dataclasses import dataclass
from typing import Any, Final

from culpa.alarms.channels._channel import Channel
from culpa.alarms.channels._dial import post
from culpa.alarms.channels._given import Given, Secret
from culpa.alarms.message import Message
from culpa.analysis.values import iso

#: It takes for resolved what nobody says again; so it is told every minute, and believes that for five.
_REPEAT_S: Final = 60.0
_BELIEVED_NS: Final = 300 * 10**9


@dataclass(frozen=True)
class Alertmanager:
    """Posts alerts to one Alertmanager."""

    name: str
    url: Secret
    bearer: Secret | None
    may_be_private: bool
    timeout_s: float
    repeat_s: float = _REPEAT_S

    def send(self, message: Message) -> None:
        """Say that an alert fires, still fires, or is over. Errors: NotSent."""
        headers = {"Content-Type": "application/json", "User-Agent": "culpa"}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer.read()}"
        body = json.dumps([_alert(message)]).encode()
        url = self.url.read().rstrip("/") + "/api/v2/alerts"
        post(self.name, url, body, headers, may_be_private=self.may_be_private, timeout_s=self.timeout_s)


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
    """Return the channel. Errors: BadChannel."""
    url = given.secret("url", may_be_written=True, is_needed=True)
    assert url is not None  # noqa: S101 - it is needed
    return Alertmanager(
        given.name,
        url,
        given.secret("bearer"),
        given.switch("allow_private"),
        given.number("timeout_s", 10, 0.1, 60),
    )
