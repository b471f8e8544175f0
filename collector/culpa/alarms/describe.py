"""Give events their words: the verdict's sentence, what to do first, the change before it, a request that shows it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from culpa.alarms.asking import Asker
from culpa.alarms.episode import Event
from culpa.alarms.message import summary_line
from culpa.analysis.explanation.sentence import sentence
from culpa.knowledge import cause_files, read_runbook
from culpa.store import StoreError


def described(events: Sequence[Event], asker: Asker, since_ns: int, now_ns: int) -> list[Event]:
    """Return the events with words and a summary; what is over keeps the words of its begin.

    Without a verdict, where the store cannot be asked, an event has the figures that it came with.
    """
    begun = sorted({str(event.details["fingerprint"]) for event in events if _is_of_problem(event)})
    newest: dict[str, Mapping[str, Any]] = {}
    if begun:
        with suppress(StoreError):
            rows = asker.rows("newest_failures", fingerprints=begun, since_ns=since_ns, until_ns=now_ns)
            newest = {row["fingerprint"]: row for row in rows}
    return [_described(event, newest.get(str(event.details.get("fingerprint", "")))) for event in events]


def _is_of_problem(event: Event) -> bool:
    return event.state == "firing" and "fingerprint" in event.details


def _described(event: Event, verdict: Mapping[str, Any] | None) -> Event:
    details = dict(event.details)
    if verdict and event.state == "firing":
        details |= {
            "sentence": sentence(verdict),
            "first_action": _first_action(verdict),
            "change": verdict["first_change"],
            "example": verdict["trace_id"],
            "runbook": verdict["runbook"],
        }
    return replace(event, summary=summary_line(event.subject, details), details=details)


def _first_action(verdict: Mapping[str, Any]) -> str:
    key = str(verdict["runbook"])
    return read_runbook(key, is_changed=bool(verdict["first_change"])).first_step if key in cause_files() else ""
