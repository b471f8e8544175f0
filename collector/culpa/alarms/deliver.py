"""Carry what is in the outbox to the channels: in order, within the hourly budget, until it is taken."""

import logging
from collections.abc import Sequence
from typing import Final

from culpa.alarms.channels import Channel, NotSent, hand_over
from culpa.alarms.message import Message, message_of, together
from culpa.alarms.outbox import GIVEN_UP_NS, Outbox, Task
from culpa.alarms.rules import Rules

logger = logging.getLogger("culpa.alarms")

_S: Final = 10**9
_HOUR_NS: Final = 3600 * _S
#: What came beside the budget is told together, at most so often.
_SUMMARY_NS: Final = 600 * _S


class Deliverer:
    """Delivers for one thread."""

    def __init__(self, outbox: Outbox, rules: Rules) -> None:
        """Deliver to the channels of the rules."""
        self._outbox = outbox
        self._rules = rules
        #: When a channel was told of an episode that goes on, ns since 1970.
        self._repeated: dict[tuple[str, str], int] = {}

    def deliver(self, now_ns: int) -> None:
        """Try all that is due; a channel that fails is left alone until the next time."""
        for task in list(self._outbox.tasks):
            if task.channel not in self._rules.channels:
                self._outbox.note([task], "given_up", now_ns, "the channel is gone")
        for name, channel in self._rules.channels.items():
            due = [task for task in self._outbox.tasks if task.channel == name and task.due_ns <= now_ns]
            due.sort(key=lambda task: (task.attempts, task.event.time_ns))
            self._deliver(name, channel, due, now_ns)
            if channel.repeat_s:
                self._repeat(name, channel, now_ns)

    def _deliver(self, name: str, channel: Channel, due: Sequence[Task], now_ns: int) -> None:
        held: list[Task] = []
        for task in due:
            event = task.event
            if now_ns - event.time_ns > GIVEN_UP_NS:
                self._outbox.note([task], "given_up", now_ns, "it was tried for a day")
                logger.error("alarm %s was not delivered to %s within a day", event.event_id, name)
            elif event.state == "resolved":
                if not self._resolve(name, channel, task, now_ns):
                    return
            elif not channel.repeat_s and self._is_spent(name, now_ns):
                held.append(task)
            elif not self._send(channel, [task], message_of(event, self._rules.base, now_ns), now_ns):
                return
        last_ns = now_ns - _SUMMARY_NS
        if held and not self._outbox.told_since(name, "summarised", last_ns):
            message = together(name, [task.event for task in held], self._rules.base, now_ns)
            self._send(channel, held, message, now_ns)

    def _is_spent(self, name: str, now_ns: int) -> bool:
        return self._outbox.told_since(name, "sent", now_ns - _HOUR_NS) >= self._rules.hourly_budget

    def _resolve(self, name: str, channel: Channel, task: Task, now_ns: int) -> bool:
        """Tell that an episode is over, to whom its begin was told; say whether the channel works."""
        begun = self._outbox.outcome(task.event.episode, name)
        if begun == "sent":
            return self._send(channel, [task], message_of(task.event, self._rules.base, now_ns), now_ns)
        if begun:
            # Nobody there waits for its end.
            self._outbox.note(
                [task], "given_up" if begun == "given_up" else "summarised", now_ns, f"its begin was {begun}"
            )
        return True

    def _send(self, channel: Channel, tasks: list[Task], message: Message, now_ns: int) -> bool:
        """Send, and note at once what came of it; say whether it was taken."""
        try:
            hand_over(tasks[0].channel, channel, message)
        except NotSent as error:
            self._outbox.note(tasks, "failed", now_ns, str(error))
            logger.warning("alarm %s waits: %s", message.key, error)
            return False
        self._outbox.note(tasks, "summarised" if message.state == "summary" else "sent", now_ns)
        return True

    def _repeat(self, name: str, channel: Channel, now_ns: int) -> None:
        """Say once more what goes on, to who forgets it otherwise; what fails is said again a minute later."""
        for event in list(self._outbox.standing.open.values()):
            key = (event.episode, name)
            how, told_ns = self._outbox.ended.get((event.event_id, name), ("", 0))
            if how != "sent" or now_ns - max(told_ns, self._repeated.get(key, 0)) < channel.repeat_s * _S:
                continue
            self._repeated[key] = now_ns
            try:
                hand_over(name, channel, message_of(event, self._rules.base, now_ns))
            except NotSent as error:
                logger.warning("alarm %s was not said again: %s", event.event_id, error)
                return
        is_open = self._outbox.standing.open
        self._repeated = {key: value for key, value in self._repeated.items() if key[0] in is_open}
