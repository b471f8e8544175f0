"""The outbox: events that are durable before anybody hears of them, and what is still to be delivered of them.

An event is told to a channel once: it is pending until a delivery of it is `sent`, `summarised` or `given_up`. Only a
kill after the receiver took it and before that is noted here can make it come twice. While the store takes nothing, as
with a full disk, what happens is told all the same, and written down when it takes something again.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from culpa.alarms.asking import text_of
from culpa.alarms.episode import Event
from culpa.alarms.evaluate import Standing
from culpa.alarms.house import House
from culpa.store import StoreError, json_rows

logger = logging.getLogger("culpa.alarms")

Outcome = Literal["sent", "failed", "given_up", "summarised"]

_S: Final = 10**9
#: Between attempts, doubled each time up to the second; and how long it is tried at all. Seconds.
_FIRST_PAUSE_S: Final = 5
_LONGEST_PAUSE_S: Final = 600
GIVEN_UP_NS: Final = 24 * 3600 * _S
#: What a restart must know of the past: more than anything is tried, and than any rule looks back.
_REMEMBERED_NS: Final = 2 * 24 * 3600 * _S


@dataclass
class Task:
    """One event that one channel has not had yet. `due_ns` is when it may be tried, ns since 1970."""

    event: Event
    channel: str
    attempts: int = 0
    due_ns: int = 0


@dataclass
class Outbox:
    """Kept in the store; what is in memory is made of it at the start, and follows it."""

    house: House
    standing: Standing = field(default_factory=Standing)
    tasks: list[Task] = field(default_factory=list[Task])
    #: By (event, channel), what ended its delivery, and when it was: ns since 1970.
    ended: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict[tuple[str, str], tuple[str, int]])
    _unsaved: dict[str, list[dict[str, object]]] = field(default_factory=dict[str, list[dict[str, object]]])

    def load(self, now_ns: int) -> None:
        """Learn what a collector of before left behind. Errors: StoreError."""
        parameters = {"since_ns": max(0, now_ns - _REMEMBERED_NS)}
        for row in json_rows(self.house.query(text_of("outbox"), parameters)):
            event = _event(row)
            self.standing.note(event)
            tasks = {name: Task(event, name) for name in event.channels}
            for one in row["deliveries"]:
                task = tasks.setdefault(one["channel"], Task(event, one["channel"]))
                task.attempts = max(task.attempts, one["attempt"])
                task.due_ns = one["time_ns"] + pause_ns(task.attempts)
                if one["outcome"] != "failed":
                    self.ended[event.event_id, task.channel] = (one["outcome"], one["time_ns"])
            self.tasks += [one for one in tasks.values() if (event.event_id, one.channel) not in self.ended]

    def keep(self, events: Sequence[Event]) -> None:
        """Make events durable; then they wait to be delivered."""
        self._unsaved.setdefault("alarm_events", []).extend(_row(event) for event in events)
        self.save()
        self.tasks += [Task(event, name) for event in events for name in event.channels]

    def note(self, tasks: Sequence[Task], outcome: Outcome, now_ns: int, message: str = "") -> None:
        """Make durable what came of trying to deliver."""
        rows: list[dict[str, object]] = [
            {
                "event_id": task.event.event_id,
                "channel": task.channel,
                "time": now_ns,
                "attempt": task.attempts + 1,
                "outcome": outcome,
                "message": message,
            }
            for task in tasks
        ]
        self._unsaved.setdefault("alarm_deliveries", []).extend(rows)
        self.save()
        for task in tasks:
            task.attempts += 1
            task.due_ns = now_ns + pause_ns(task.attempts)
            if outcome != "failed":
                self.ended[task.event.event_id, task.channel] = (outcome, now_ns)
                self.tasks.remove(task)

    def save(self) -> None:
        """Write down what is not yet; what the store does not take is tried again when this is called again."""
        if not self._unsaved:
            return
        try:
            self.house.add(self._unsaved)
        except StoreError as error:
            logger.warning("what came of the alarms is written down later: %s", error)
        else:
            self._unsaved = {}

    def outcome(self, episode: str, channel: str) -> str:
        """Return what ended the delivery of an episode's begin on a channel; '' while nothing did."""
        return self.ended.get((f"{episode}-firing", channel), ("", 0))[0]

    def told_since(self, channel: str, outcome: Outcome, since_ns: int) -> int:
        """Return how many begins of episodes a channel got since then."""
        return sum(
            1
            for (event_id, name), (how, at_ns) in self.ended.items()
            if name == channel and how == outcome and at_ns >= since_ns and event_id.endswith("-firing")
        )

    def forget(self, now_ns: int) -> None:
        """Let go of what nobody asks for again."""
        is_open = {event.event_id for event in self.standing.open.values()}
        self.ended = {
            key: value for key, value in self.ended.items() if value[1] > now_ns - _REMEMBERED_NS or key[0] in is_open
        }


def pause_ns(attempts: int) -> int:
    """Return how long to wait after so many attempts, in nanoseconds."""
    return min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S << min(max(attempts - 1, 0), 20)) * _S


def _row(event: Event) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "episode": event.episode,
        "time": event.time_ns,
        "rule": event.rule,
        "subject": event.subject,
        "state": event.state,
        "opened_at": event.opened_ns,
        "summary": event.summary,
        "details": json.dumps(dict(event.details), ensure_ascii=False),
        "channels": list(event.channels),
    }


def _event(row: dict[str, Any]) -> Event:
    return Event(
        row["episode"],
        row["rule"],
        row["subject"],
        row["state"],
        row["opened_ns"],
        row["time_ns"],
        tuple(row["channels"]),
        row["summary"],
        json.loads(row["details"]),
    )
