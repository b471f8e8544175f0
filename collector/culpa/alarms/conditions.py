"""What each kind of rule finds in the counts at one time. Pure.

Where spans were sampled, what is counted are estimates, and are said to be. Whether that is enough for a share, or
for a comparison, is asked of the requests that were kept: a single one may stand for a thousand.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from culpa.alarms.counts import (
    BIN_NS,
    HOUR_NS,
    LAG_NS,
    MINUTE_NS,
    PRESENCE_NS,
    Counts,
    Place,
    Problem,
    Series,
    minute_of,
    runs,
)
from culpa.alarms.rules import Rule

#: Of the SRE workbook: (times the budget, longer window, shorter window), minutes.
_BURN: Final = ((14.4, 60, 5), (6.0, 360, 30))
#: Five-minute stretches of the hour before it fell silent in which a steady service sent, at least.
_STEADY: Final = 10
#: Fewer failed requests without a verdict may be some that need none.
_UNJUDGED: Final = 5


@dataclass(frozen=True)
class Word:
    """What a person said of a problem. Units: nanoseconds since 1970, `until_ns` 0 has no end."""

    state: str
    said_ns: int
    until_ns: int = 0

    def mutes(self, now_ns: int) -> bool:
        """Say whether the problem shall be quiet now."""
        return self.state == "muted" and self.said_ns <= now_ns and (self.until_ns == 0 or now_ns < self.until_ns)

    def ended_ns(self, now_ns: int) -> int:
        """Return since when what happens is news again, by this word; 0 where it says nothing of that."""
        at_ns = self.until_ns if self.state == "muted" else self.said_ns
        return at_ns if 0 < at_ns <= now_ns and not self.mutes(now_ns) else 0


@dataclass(frozen=True)
class Found:
    """One trouble. `why` says in a few words what the rule saw; `figures` are its numbers."""

    subject: str
    opened_ns: int
    why: str
    figures: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class _Number:
    """How many there were, and of how many `kept` that is told."""

    value: float
    kept: float

    @property
    def is_estimate(self) -> bool:
        return self.value != self.kept

    def __str__(self) -> str:
        return f"{'about ' if self.is_estimate else ''}{round(self.value)}"


Words = Mapping[str, Word]


def find(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    """Return what a rule finds; of muted problems nothing."""
    return _KINDS[rule.kind](rule, counts, words, now_ns)


def loud(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Problem]:
    """Return the problems that a rule looks at: those that pass its filters and are not muted."""
    for problem in counts.problems.values():
        word = words.get(problem.fingerprint)
        if not (word and word.mutes(now_ns)) and _passes(rule, problem):
            yield problem


def _passes(rule: Rule, problem: Problem) -> bool:
    only = rule.only
    return (
        only.get("component", problem.component) == problem.component
        and only.get("layer", problem.layer) == problem.layer
        and only.get("cause", problem.cause) in (problem.cause, problem.layer)
        and any(
            only.get("route", one.place.name) == one.place.name and only.get("service", one.service) == one.service
            for one in problem.parts
        )
    )


def _new(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    for problem in loud(rule, counts, words, now_ns):
        opened_ns = problem.first_ns // MINUTE_NS * MINUTE_NS
        found = _since(rule, problem, opened_ns, now_ns)
        if found:
            yield Found(problem.fingerprint, opened_ns, "first seen", _figures(found))


def _regressed(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    quiet_ns = int(rule.number("quiet_hours") * HOUR_NS)
    for problem in loud(rule, counts, words, now_ns):
        opened_ns, why = 0, ""
        for again_ns, before_ns in runs(problem, quiet_ns, now_ns):
            if counts.asked.get((problem.fingerprint, again_ns)):
                opened_ns, why = (
                    again_ns,
                    f"fails again after {round((again_ns - before_ns) / HOUR_NS)} h without a failure",
                )
        word = words.get(problem.fingerprint)
        said_ns = word.ended_ns(now_ns) if word else 0
        if word and said_ns > max(opened_ns, problem.first_ns):
            again = [one.first_ns for one in problem.stretches if said_ns < one.first_ns <= now_ns]
            opened_ns = min(again, default=0) // MINUTE_NS * MINUTE_NS
            why = {
                "resolved": "fails again after it was called resolved",
                "muted": "still fails after its mute ended",
            }.get(word.state, "fails, and is open again")
        found = _since(rule, problem, opened_ns, now_ns)
        if found:
            yield Found(problem.fingerprint, opened_ns, why, _figures(found))


def _since(rule: Rule, problem: Problem, opened_ns: int, now_ns: int) -> _Number | None:
    """Return how often a problem failed since then; None where that is no news, or too little, or over."""
    if not 0 <= now_ns - opened_ns <= rule.number("within_minutes") * MINUTE_NS:
        return None
    failed = _failed(problem, minute_of(opened_ns), minute_of(now_ns))
    is_over = not problem.failed(minute_of(now_ns - int(rule.number("resolve_minutes") * MINUTE_NS)), minute_of(now_ns))
    return None if is_over or failed.value < rule.number("min_requests") else failed


def _failed(problem: Problem, first: int, last: int) -> _Number:
    return _sum((one.failed for one in problem.parts), first, last)


def _sum(several: Iterable[Series], first: int, last: int) -> _Number:
    together = list(several)
    return _Number(
        sum(one.between(first, last) for one in together), sum(one.kept.between(first, last) for one in together)
    )


def _figures(failed: _Number, served: _Number | None = None, **others: Any) -> dict[str, Any]:
    """Return the numbers of what was found; `is_estimate` only where one of them is."""
    told = {"is_estimate": True} if failed.is_estimate or (served and served.is_estimate) else {}
    return {"failed": round(failed.value), **others, **told}


def _share(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    last = minute_of(now_ns)
    first = last - int(rule.number("minutes")) + 1
    for problem in loud(rule, counts, words, now_ns):
        places = frozenset(one.place for one in problem.parts if one.place.name and one.failed.between(first, last))
        failed = _sum((one.failed for one in problem.parts if one.place in places), first, last)
        requests = _of(failed, _sum((one for place in places for one in counts.series(place)), first, last))
        is_enough = failed.value and requests.kept >= rule.number("min_requests")
        if is_enough and failed.value > rule.number("above") * requests.value:
            why = f"{failed} of {requests} requests failed of it within {rule.number('minutes'):g} min"
            figures = _figures(failed, requests, requests=round(requests.value), share=failed.value / requests.value)
            yield Found(problem.fingerprint, last * MINUTE_NS, why, figures)


def _spike(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    last = minute_of(now_ns)
    # The hour of the clock in which most of the last sixty minutes lie.
    hour = (now_ns - HOUR_NS // 2) // HOUR_NS
    for problem in loud(rule, counts, words, now_ns):
        if now_ns - problem.first_ns < rule.number("history_days") * 24 * HOUR_NS:
            continue
        known = [hour - 24 * day for day in range(1, 8) if hour - 24 * day >= problem.first_ns // HOUR_NS]
        usual = median(problem.by_hour.get(one, 0) for one in known) if known else 0
        failed = _failed(problem, last - 59, last)
        if failed.kept >= rule.number("min_failures") and failed.value > rule.number("times") * usual:
            why = f"{failed} failures within an hour, where {round(usual, 1):g} are usual at this hour of day"
            yield Found(problem.fingerprint, last * MINUTE_NS, why, _figures(failed, usual=usual))


def _burn(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    last, budget = minute_of(now_ns), 1 - rule.number("objective")
    by_route: dict[tuple[str, Place], list[tuple[str, Series]]] = {}
    for problem in loud(rule, counts, words, now_ns):
        for one in problem.parts:
            if one.place.is_route and one.failed.between(last - 359, last):
                by_route.setdefault((one.service, one.place), []).append((problem.fingerprint, one.failed))
    for (service, place), several in by_route.items():
        if rule.only.get("route", place.name) != place.name or rule.only.get("service", service) != service:
            continue
        for times, longer, shorter in _BURN:
            failed, served, share = _bad(counts, service, place, several, last, longer)
            recent = _bad(counts, service, place, several, last, shorter)[2]
            if failed.kept < rule.number("min_failures") or min(share, recent) <= times * budget:
                continue
            worst = max(several, key=lambda one: one[1].between(last - longer + 1, last))[0]
            why = f"{failed} failures in {longer // 60} h use up what is allowed {share / budget:.0f} times too fast"
            # What people read of it is about the problem that does most of it.
            figures = _figures(failed, served, share=share, fingerprint=worst)
            yield Found(f"service:{service} {place.name}", last * MINUTE_NS, why, figures)
            break


def _bad(
    counts: Counts, service: str, place: Place, several: Sequence[tuple[str, Series]], last: int, minutes: int
) -> tuple[_Number, _Number, float]:
    """Return how many requests of a service's route failed in the last minutes, of how many, and that share."""
    failed = _sum((one for _, one in several), last - minutes + 1, last)
    served = _of(failed, _sum(counts.series(place, service), last - minutes + 1, last))
    return failed, served, failed.value / served.value if served.value else 0.0


def _of(failed: _Number, served: _Number) -> _Number:
    """Return the requests of which some failed: at least those, whatever else of them was kept."""
    return served if served.value >= failed.value else failed


def _blind(rule: Rule, counts: Counts, words: Words, now_ns: int) -> Iterator[Found]:
    del words
    silent_ns = int(rule.number("silent_minutes") * MINUTE_NS)
    for service, one in counts.presence.items():
        if rule.only.get("service", service) != service:
            continue
        last_bin = one.last_bin(now_ns // BIN_NS)
        # Within a recording only the stretch is known; now the moment is.
        last_ns = min(one.last_ns, (last_bin + 1) * BIN_NS)
        is_steady = one.number(last_bin - 12, last_bin - 1) >= _STEADY
        if last_bin >= 0 and is_steady and silent_ns <= now_ns - last_ns < PRESENCE_NS - HOUR_NS:
            why = f"{service} sent steadily, and nothing for {(now_ns - last_ns) // MINUTE_NS} min"
            yield Found(f"service:{service}", last_bin * BIN_NS, why, {"service": service})
    if rule.only.get("service"):
        return
    for part, trouble in counts.troubles.items():
        yield Found(f"culpa:{part}", minute_of(now_ns) * MINUTE_NS, f"culpa itself is not well: {part}: {trouble}")
    lag = counts.lag
    if lag.failing >= _UNJUDGED and not lag.judged:
        why = f"{lag.failing} failed requests have no verdict after {LAG_NS // MINUTE_NS} min"
        yield Found("culpa:verdicts", minute_of(now_ns) * MINUTE_NS, why)
    elif lag.lag_ns > LAG_NS:
        why = f"verdicts take {lag.lag_ns // MINUTE_NS} min"
        yield Found("culpa:verdicts", minute_of(now_ns) * MINUTE_NS, why)


_KINDS: Final[Mapping[str, Callable[[Rule, Counts, Words, int], Iterator[Found]]]] = {
    "new": _new,
    "regressed": _regressed,
    "share": _share,
    "spike": _spike,
    "burn": _burn,
    "blind": _blind,
}
