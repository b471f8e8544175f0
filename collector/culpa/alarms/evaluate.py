"""Decide what begins and what is over. Pure: (rules, counts, episodes, words of people, now) -> events.

- A rule and a subject have one open episode at a time.
- A problem is told once to a channel: while an episode of it is open there, other rules say nothing of it there.
- `new` is told once of a problem, `regressed` once for each time that it comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from culpa.alarms.conditions import Found, Words, find
from culpa.alarms.counts import BIN_NS, HOUR_NS, MINUTE_NS, Counts, minute_of
from culpa.alarms.episode import Event, State, episode_of
from culpa.alarms.rules import Rule

#: A service that never speaks again was taken away.
_FORGOTTEN_NS: Final = 24 * HOUR_NS
#: Verdicts that come late move the begin of what was told already by less than this.
_SAME_NS: Final = 10 * MINUTE_NS
_ONCE: Final = ("new", "regressed")


@dataclass
class Standing:
    """What was told before. `opened` holds, of each rule and subject, when its latest episode began (ns)."""

    open: dict[str, Event] = field(default_factory=dict[str, Event])
    opened: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    def note(self, event: Event) -> None:
        """Take in an event; they come in their order."""
        if event.state == "firing":
            self.open[event.episode] = event
            key = (event.rule, event.subject)
            self.opened[key] = max(event.opened_ns, self.opened.get(key, 0))
        else:
            self.open.pop(event.episode, None)

    def hears(self, subject: str) -> set[str]:
        """Return the channels that were told of a subject and wait for its end."""
        return {name for event in self.open.values() if event.subject == subject for name in event.channels}


def evaluate(
    rules: Sequence[Rule], counts: Counts, standing: Standing, words: Words, now_ns: int, started_ns: int = 0
) -> list[Event]:
    """Return what is to be told now, and note it in `standing`: first what is over, then what begins.

    Before `started_ns` nobody looked: what did not come then says nothing.
    """
    told: list[Event] = []
    held = _Held(counts, words, now_ns)
    by_name = {rule.name: rule for rule in rules}
    for event in list(standing.open.values()):
        if why := _over(by_name.get(event.rule), event, held, started_ns):
            details = {**event.details, "why": why}
            told.append(_event("resolved", event.rule, event.subject, event.opened_ns, now_ns, event.channels, details))
            standing.note(told[-1])
    for rule in rules:
        for found in find(rule, counts, words, now_ns):
            if _is_news(rule, found, standing, now_ns, started_ns):
                told.append(_firing(rule, found, counts, now_ns))
                standing.note(told[-1])
    return told


def _is_news(rule: Rule, found: Found, standing: Standing, now_ns: int, started_ns: int) -> bool:
    is_open = any(event.subject == found.subject for event in standing.open.values())
    if any((event.rule, event.subject) == (rule.name, found.subject) for event in standing.open.values()):
        return False
    if is_open and standing.hears(found.subject) >= set(rule.channels):
        return False
    before_ns = standing.opened.get((rule.name, found.subject))
    if rule.kind == "blind" and found.subject.startswith("service:"):
        return now_ns - started_ns >= rule.number("silent_minutes") * MINUTE_NS
    if rule.kind not in _ONCE or before_ns is None:
        return True
    return rule.kind == "regressed" and found.opened_ns > before_ns + _SAME_NS


def _firing(rule: Rule, found: Found, counts: Counts, now_ns: int) -> Event:
    details: dict[str, object] = {"kind": rule.kind, "why": found.why, **found.figures}
    if problem := counts.problems.get(found.subject):
        details |= {
            "fingerprint": problem.fingerprint,
            "layer": problem.layer,
            "component": problem.component,
            "cause": problem.cause,
            "object": problem.object,
            "places": sorted({one.place.name for one in problem.parts})[:5],
        }
        details |= {**_share_of(found.subject, counts, now_ns), **found.figures}
    return _event("firing", rule.name, found.subject, found.opened_ns, now_ns, rule.channels, details)


def _share_of(fingerprint: str, counts: Counts, now_ns: int) -> Mapping[str, object]:
    """Return a problem's failures of the last hour, and their share of the requests of its places."""
    problem, last = counts.problems[fingerprint], minute_of(now_ns)
    places = {one.place for one in problem.parts if one.failed.between(last - 59, last)}
    failed = problem.failed(last - 59, last)
    requests = max(failed, sum(counts.served(place, last - 59, last) for place in places))
    is_estimate = any(one.kept is not one for place in places for one in counts.series(place))
    told = {"is_estimate": True} if is_estimate else {}
    return {"requests": round(requests), "share": failed / requests, **told} if requests else {}


def _event(
    state: State,
    rule: str,
    subject: str,
    opened_ns: int,
    now_ns: int,
    channels: tuple[str, ...],
    details: Mapping[str, object],
) -> Event:
    return Event(episode_of(rule, subject, opened_ns), rule, subject, state, opened_ns, now_ns, channels, "", details)


class _Held:
    """What the rules found in the last minutes, each looked for once, however many episodes ask."""

    def __init__(self, counts: Counts, words: Words, now_ns: int) -> None:
        self.counts = counts
        self.words = words
        self.now_ns = now_ns
        self._subjects: dict[tuple[str, int], set[str]] = {}

    def lately(self, rule: Rule, subject: str, back_ns: int) -> bool:
        """Say whether a rule found a subject within so many nanoseconds, minute by minute."""
        return any(
            subject in self._found(rule, at_ns) for at_ns in range(self.now_ns, self.now_ns - back_ns - 1, -MINUTE_NS)
        )

    def _found(self, rule: Rule, at_ns: int) -> set[str]:
        key = (rule.name, at_ns)
        if key not in self._subjects:
            self._subjects[key] = {found.subject for found in find(rule, self.counts, self.words, at_ns)}
        return self._subjects[key]


def _over(rule: Rule | None, event: Event, held: _Held, started_ns: int) -> str:
    """Return why an episode is over, '' while it is not."""
    if rule is None:
        return "its rule is gone"
    counts, now_ns = held.counts, held.now_ns
    if rule.kind == "blind":
        return _seen_again(rule, event, held)
    if said := _said(event, counts, held.words, now_ns):
        return said
    resolve_ns = int(rule.number("resolve_minutes") * MINUTE_NS)
    if now_ns - started_ns < resolve_ns:
        return ""
    if rule.kind not in _ONCE:
        is_on = held.lately(rule, event.subject, resolve_ns)
        return "" if is_on else f"it did not hold for {_minutes(resolve_ns)}"
    problem = counts.problems.get(event.subject)
    latest = problem.latest(minute_of(now_ns)) if problem else -1
    is_quiet = latest < 0 or now_ns - latest * MINUTE_NS >= resolve_ns + MINUTE_NS
    return f"no request failed of it for {_minutes(resolve_ns)}" if is_quiet else ""


def _said(event: Event, counts: Counts, words: Words, now_ns: int) -> str:
    word = words.get(event.subject)
    if word is None or not event.opened_ns <= word.said_ns <= now_ns:
        return ""
    if word.mutes(now_ns):
        return "it was muted"
    problem = counts.problems.get(event.subject)
    latest = problem.latest(minute_of(now_ns)) if problem else -1
    return "it was called resolved" if word.state == "resolved" and latest <= minute_of(word.said_ns) else ""


def _seen_again(rule: Rule, event: Event, held: _Held) -> str:
    kind, _, name = event.subject.partition(":")
    if kind == "culpa":
        return "" if held.lately(rule, event.subject, 0) else "culpa is well again"
    one = held.counts.presence.get(name)
    if one and one.last_bin(held.now_ns // BIN_NS) * BIN_NS > event.opened_ns:
        return f"{name} sends again"
    return "it was silent for a day, and is forgotten" if held.now_ns - event.opened_ns > _FORGOTTEN_NS else ""


def _minutes(ns: int) -> str:
    return f"{ns / MINUTE_NS:g} min" if ns >= MINUTE_NS else f"{ns / 1e9:g} s"
