"""What the rules would have told of the past: evaluated minute by minute, over counts that are fetched once."""

from collections.abc import Iterator, Sequence
from typing import Final

from culpa.alarms.asking import WINDOW_NS, Asker
from culpa.alarms.conditions import Words
from culpa.alarms.counts import MINUTE_NS
from culpa.alarms.episode import Event
from culpa.alarms.evaluate import Standing, evaluate
from culpa.alarms.message import summary_line
from culpa.alarms.rules import Rule

_STEP_NS: Final = MINUTE_NS


def replay(rules: Sequence[Rule], asker: Asker, words: Words, since_ns: int, until_ns: int) -> Iterator[Event]:
    """Yield what would have been told from one time to another, the earliest first. Errors: StoreError.

    What was on before counts as told before. Of the collector's own troubles a store holds nothing.
    """
    counts = asker.counts(max(0, since_ns - WINDOW_NS), until_ns, is_live=False)
    standing = Standing()
    for now_ns in range(since_ns, until_ns + 1, _STEP_NS):
        yield from evaluate(rules, counts, standing, words, now_ns)


def line_of(event: Event) -> str:
    """Return in a few words what an event is about."""
    return summary_line(event.subject, event.details)
