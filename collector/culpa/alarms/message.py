"""What people read of an event: a title, the verdict in a sentence, what to do first, figures, and three links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

from culpa.alarms.episode import Event
from culpa.analysis.explanation.sentence import not_named, percent
from culpa.analysis.plain import flowing, shortened
from culpa.store import iso

#: Slack and others take no longer titles.
_TITLE_CHARS: Final = 150
_TEXT_CHARS: Final = 600
_LISTED: Final = 20


@dataclass(frozen=True)
class Message:
    """One message. `key` is the same when it is sent again. Units: nanoseconds since 1970; `said_ns` is now."""

    key: str
    state: str
    title: str
    said_ns: int
    episode: str = ""
    rule: str = ""
    subject: str = ""
    component: str = ""
    cause: str = ""
    opened_ns: int = 0
    time_ns: int = 0
    why: str = ""
    sentence: str = ""
    first_action: str = ""
    change: str = ""
    share: float | None = None
    failed: int = 0
    is_estimate: bool = False
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    listed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the body as plain text, one fact a line."""
        found = [self.sentence, *self.listed]
        facts = {
            "Why now": self.why,
            "First": self.first_action,
            "Began after": self.change,
            "Share": self._of_its_places if self.share else "",
            "Since": f"{iso(self.opened_ns)[:19]} UTC" if self.opened_ns else "",
            "Problem": self.links.get("problem", ""),
            "Request": self.links.get("request", ""),
            "Runbook": self.links.get("runbook", ""),
        }
        found += [f"{name}: {value}" for name, value in facts.items() if value]
        return "\n".join(line for line in found if line) + "\n"

    @property
    def _of_its_places(self) -> str:
        told = " (estimated, as spans were sampled)" if self.is_estimate else ""
        return f"{self.failed} failed, {percent(self.share or 0.0)} of the requests of its places{told}"

    def record(self) -> dict[str, Any]:
        """Return it as JSON knows it; `text` is what a chat shows."""
        return {
            "version": 1,
            "event_id": self.key,
            "episode": self.episode,
            "state": self.state,
            "rule": self.rule,
            "subject": self.subject,
            "component": self.component,
            "cause": self.cause,
            "opened_at": iso(self.opened_ns) if self.opened_ns else "",
            "time": iso(self.time_ns) if self.time_ns else "",
            "title": self.title,
            "why": self.why,
            "sentence": self.sentence,
            "first_action": self.first_action,
            "change": self.change,
            "share": self.share,
            "failed": self.failed,
            "is_estimate": self.is_estimate,
            "links": dict(self.links),
            "text": f"{self.title}\n{self.text}",
        }


def message_of(event: Event, base: str, now_ns: int) -> Message:
    """Return the message of an event; `base` is where the page is, '' where nobody said."""
    details = event.details
    share = details.get("share")
    return Message(
        key=event.event_id,
        state=event.state,
        title=_line(f"{event.state.upper()} {event.rule}: {event.summary}", _TITLE_CHARS),
        said_ns=now_ns,
        episode=event.episode,
        rule=event.rule,
        subject=event.subject,
        component=_line(details.get("component", "")),
        cause=_line(details.get("cause", "")),
        opened_ns=event.opened_ns,
        time_ns=event.time_ns,
        why=_line(details.get("why", "")),
        sentence=_line(details.get("sentence", "")),
        first_action=_line(details.get("first_action", "")),
        change=_line(details.get("change", "")),
        share=float(share) if isinstance(share, (int, float)) else None,
        failed=int(details.get("failed", 0) or 0),
        is_estimate=bool(details.get("is_estimate")),
        links=links(details, base),
    )


def summary_line(subject: str, details: Mapping[str, Any]) -> str:
    """Return an event in a few words."""
    if "cause" in details:
        component = str(details.get("component") or not_named(str(details.get("layer", ""))))
        return _line(f"{component} {details['cause']}")
    return _line(details.get("why", "") if details.get("kind") == "blind" else subject.removeprefix("service:"))


def links(details: Mapping[str, Any], base: str) -> dict[str, str]:
    """Return what to open: the problem, a request that shows it, what to do; else the page's list of alarms."""
    if not base:
        return {}
    found: dict[str, str] = {}
    if fingerprint := str(details.get("fingerprint", "")):
        found["problem"] = f"{base}/problems/{quote(fingerprint, safe=':')}"
        found["runbook"] = f"{found['problem']}#todo-title"
    else:
        found["problem"] = f"{base}/alarms"
    if trace_id := str(details.get("example", "")):
        found["request"] = f"{base}/requests/{quote(trace_id, safe='')}"
    return found


def together(channel: str, events: Sequence[Event], base: str, now_ns: int) -> Message:
    """Return one message for several events that began, where a channel has had its hourly number."""
    names = "\n".join(event.event_id for event in events)
    listed = [f"- {event.rule}: {_line(event.summary, _TITLE_CHARS)}" for event in events[:_LISTED]]
    if len(events) > _LISTED:
        listed.append(f"- and {len(events) - _LISTED} more")
    return Message(
        key=f"{blake2b(f'{channel}|{names}'.encode(), digest_size=8).hexdigest()}-summary",
        state="summary",
        title=f"{len(events)} more {'alarm' if len(events) == 1 else 'alarms'}",
        said_ns=now_ns,
        time_ns=now_ns,
        sentence="This channel has had as many alarms within an hour as it may get; these came besides:",
        links={"problem": f"{base}/alarms"} if base else {},
        listed=tuple(listed),
    )


def trial(channel: str, base: str, now_ns: int) -> Message:
    """Return a message that only shows that a channel works."""
    return Message(
        key=f"{blake2b(f'{channel}|{now_ns}'.encode(), digest_size=8).hexdigest()}-test",
        state="test",
        title="TEST: culpa reaches this channel",
        said_ns=now_ns,
        time_ns=now_ns,
        opened_ns=now_ns,
        rule="test",
        subject="culpa:test",
        sentence=f"Somebody tries the channel {channel!r} with `culpa alarms test`; nothing is wrong.",
        links={"problem": f"{base}/alarms"} if base else {},
    )


def _line(value: object, chars: int = _TEXT_CHARS) -> str:
    """Return text from telemetry on one line, nothing hidden in it, and not too long."""
    return shortened(flowing(str(value)), chars)
