"""Counts as rules see them, written by the minute before now."""

from collections.abc import Mapping, Sequence

from culpa.alarms.conditions import Word
from culpa.alarms.counts import (
    BIN_NS,
    HOUR_NS,
    MINUTE_NS,
    Counts,
    Part,
    Place,
    Presence,
    Problem,
    Series,
    Stretch,
)
from culpa.alarms.evaluate import Standing, evaluate
from culpa.alarms.kinds import KINDS
from culpa.alarms.rules import Rule

#: 2026-11-20 12:00:30 UTC.
NOW = 1_795_176_030 * 10**9
LAST = NOW // MINUTE_NS
P = "1:00000000000000aa"
ROUTE = Place("/checkout", True)


def rule(
    kind: str, name: str = "", *, channels: Sequence[str] = (), only: Mapping[str, str] = {}, **numbers: float
) -> Rule:
    """Return a rule with its usual numbers but these."""
    usual = {one.name: one.default for one in KINDS[kind]}
    assert set(numbers) <= set(usual)
    return Rule(name or kind, kind, usual | numbers, only, tuple(channels))


def problem(
    failed: Mapping[int, int],
    *,
    name: str = P,
    first_ago_m: float | None = None,
    earlier: Sequence[tuple[float, int]] = (),
    service: str = "shop",
    place: Place = ROUTE,
    one_in: int = 1,
) -> Problem:
    """Return a problem: `failed` by minutes before now, of which `one_in` was kept; `earlier` are (hours before, failures)."""
    stretches = [Stretch(int(NOW - h * HOUR_NS), int(NOW - h * HOUR_NS), n) for h, n in sorted(earlier, reverse=True)]
    stretches += [
        Stretch((LAST - m) * MINUTE_NS, (LAST - m) * MINUTE_NS, n) for m, n in sorted(failed.items(), reverse=True)
    ]
    by_hour: dict[int, int] = {}
    for one in stretches:
        by_hour[one.first_ns // HOUR_NS] = by_hour.get(one.first_ns // HOUR_NS, 0) + one.number
    first_ns = stretches[0].first_ns if first_ago_m is None else int(NOW - first_ago_m * MINUTE_NS)
    series = _series(failed, one_in)
    part = Part(service, place, series)
    return Problem(name, "app", service, "app.exception", "", (part,), first_ns, 0, tuple(stretches), by_hour)


def counts(
    *problems: Problem,
    requests: Mapping[int, int] | None = None,
    asked: bool | None = None,
    presence: Mapping[str, Presence] | None = None,
    troubles: Mapping[str, str] | None = None,
    one_in: int = 1,
) -> Counts:
    """Return counts; `requests` came to the shop's checkout by minutes before now, of which `one_in` was kept."""
    served = {("shop", ROUTE): _series(requests or {}, one_in)}
    again = {
        (one.fingerprint, each.first_ns // MINUTE_NS * MINUTE_NS): True
        for one in problems
        for each in one.stretches
        if asked
    }
    return Counts({one.fingerprint: one for one in problems}, served, presence or {}, again, troubles or {})


def _series(by_minute: Mapping[int, int], one_in: int) -> Series:
    kept = Series((LAST - m, n // one_in) for m, n in by_minute.items())
    return Series(((LAST - m, n) for m, n in by_minute.items()), kept) if one_in > 1 else kept


def sent(first_ago_m: int, last_ago_m: int) -> Presence:
    """Return a service that sent all the time from one minute before now to another."""
    bins = tuple(range((NOW - first_ago_m * MINUTE_NS) // BIN_NS, (NOW - last_ago_m * MINUTE_NS) // BIN_NS + 1))
    return Presence(NOW - last_ago_m * MINUTE_NS, bins)


def told(
    rules: Sequence[Rule],
    seen: Counts,
    standing: Standing | None = None,
    words: Mapping[str, Word] | None = None,
    after_m: float = 0,
    started_ns: int = 0,
) -> list[tuple[str, str, str]]:
    """Return rule, subject and state of what is told so many minutes after now."""
    events = evaluate(rules, seen, standing or Standing(), words or {}, int(NOW + after_m * MINUTE_NS), started_ns)
    return [(event.rule, event.subject, event.state) for event in events]
