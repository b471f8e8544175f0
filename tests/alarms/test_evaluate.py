"""What each kind of rule finds and what it leaves alone; when it is over; that nobody hears of it twice."""

from typing import Any

import pytest

from culpa.alarms.conditions import Word
from culpa.alarms.counts import MINUTE_NS, Counts, Lag, Place
from culpa.alarms.evaluate import Standing, evaluate

from .scene import NOW, P, counts, problem, rule, sent, told

STEADY = dict.fromkeys(range(360), 100)


@pytest.mark.parametrize(
    ("kind", "numbers", "seen", "fires"),
    [
        ("new", {}, counts(problem({0: 2, 1: 1})), True),
        ("new", {}, counts(problem({0: 2})), False),
        ("new", {"min_requests": 2}, counts(problem({0: 2})), True),
        ("new", {}, counts(problem({0: 9}, first_ago_m=61)), False),
        ("new", {}, counts(problem({30: 9})), False),
        ("regressed", {}, counts(problem({0: 1}, earlier=[(7, 5)]), asked=True), True),
        ("regressed", {}, counts(problem({0: 1}, earlier=[(7, 5)]), asked=False), False),
        ("regressed", {}, counts(problem({0: 1}, earlier=[(5, 5)]), asked=True), False),
        ("regressed", {"quiet_hours": 4}, counts(problem({0: 1}, earlier=[(5, 5)]), asked=True), True),
        ("regressed", {}, counts(problem({0: 1, 90: 1}, earlier=[(9, 5)]), asked=True), False),
        ("regressed", {}, counts(problem({0: 1}), asked=True), False),
        ("share", {}, counts(problem({0: 3, 1: 3}), requests=dict.fromkeys(range(5), 20)), True),
        ("share", {}, counts(problem({0: 3, 1: 2}), requests=dict.fromkeys(range(5), 20)), False),
        ("share", {}, counts(problem({0: 9}), requests={0: 10}), False),
        ("share", {}, counts(problem({5: 90}), requests=dict.fromkeys(range(6), 20)), False),
        ("new", {}, counts(problem({0: 8}, one_in=8)), True),
        ("share", {}, counts(problem({0: 10}, one_in=10), requests={0: 100}, one_in=10), False),
        ("share", {}, counts(problem({0: 20}, one_in=10), requests={0: 200}, one_in=10), True),
        ("spike", {}, counts(problem({0: 80}, earlier=[(24 * 7, 8)], one_in=8)), True),
        ("spike", {}, counts(problem({0: 72}, earlier=[(24 * 7, 8)], one_in=8)), False),
        ("burn", {}, counts(problem(dict.fromkeys(range(60), 8), one_in=8), requests=STEADY, one_in=4), True),
        ("burn", {}, counts(problem({0: 72}, one_in=8), requests={0: 100}, one_in=4), False),
        ("share", {"above": 0.5}, counts(problem({0: 30}), requests={0: 40}), True),
        (
            "spike",
            {},
            counts(problem(dict.fromkeys(range(13), 1), earlier=[(24 * d + 0.5, 4) for d in range(1, 8)])),
            True,
        ),
        (
            "spike",
            {},
            counts(problem(dict.fromkeys(range(12), 1), earlier=[(24 * d + 0.5, 4) for d in range(1, 8)])),
            False,
        ),
        ("spike", {}, counts(problem(dict.fromkeys(range(9), 1), earlier=[(24 * 7, 1)])), False),
        ("spike", {}, counts(problem(dict.fromkeys(range(9), 9), earlier=[(24 * 2, 1)])), False),
        ("burn", {}, counts(problem(dict.fromkeys(range(60), 2)), requests=STEADY), True),
        ("burn", {}, counts(problem(dict.fromkeys(range(60), 1)), requests=STEADY), False),
        ("burn", {}, counts(problem(dict.fromkeys(range(6, 60), 2)), requests=STEADY), False),
        ("burn", {}, counts(problem(dict.fromkeys(range(360), 1)), requests=STEADY), True),
        ("burn", {}, counts(problem(dict.fromkeys(range(3), 3)), requests={0: 9}), False),
        ("burn", {}, counts(problem(dict.fromkeys(range(60), 9), place=Place("/x", False))), False),
        ("blind", {}, counts(presence={"shop": sent(100, 20)}), True),
        ("blind", {}, counts(presence={"shop": sent(100, 10)}), False),
        ("blind", {}, counts(presence={"shop": sent(30, 20)}), False),
        ("blind", {"silent_minutes": 5}, counts(presence={"shop": sent(100, 12)}), True),
        ("blind", {}, counts(troubles={"store": "no room"}), True),
        ("blind", {}, Counts(lag=Lag(failing=5)), True),
        ("blind", {}, Counts(lag=Lag(failing=4)), False),
        ("blind", {}, Counts(lag=Lag(failing=9, judged=1, lag_ns=MINUTE_NS)), False),
        ("blind", {}, Counts(lag=Lag(failing=9, judged=9, lag_ns=6 * MINUTE_NS)), True),
    ],
)
def test_a_rule_fires_on_what_it_is_for_alone(kind: str, numbers: dict[str, float], seen: Counts, fires: bool) -> None:
    found = told([rule(kind, **numbers)], seen)
    assert ([(kind, "firing")] if fires else []) == [(name, state) for name, _, state in found]


@pytest.mark.parametrize(
    ("only", "fires"),
    [
        ({"component": "shop"}, True),
        ({"component": "db"}, False),
        ({"layer": "app"}, True),
        ({"layer": "database"}, False),
        ({"cause": "app.exception"}, True),
        ({"cause": "app"}, True),
        ({"cause": "app.timeout"}, False),
        ({"route": "/checkout"}, True),
        ({"route": "/basket"}, False),
        ({"service": "shop"}, True),
        ({"service": "shop", "route": "/basket"}, False),
    ],
)
def test_a_filter_leaves_out_what_it_does_not_name(only: dict[str, str], fires: bool) -> None:
    assert fires == bool(told([rule("new", only=only)], counts(problem({0: 3}))))


def test_a_problem_is_over_when_it_was_quiet_and_is_not_new_again() -> None:
    standing, new = Standing(), [rule("new")]
    seen = counts(problem({0: 3}))
    assert [("new", P, "firing")] == told(new, seen, standing)
    assert [] == told(new, seen, standing)
    assert [] == told(new, seen, standing, after_m=14)
    assert [("new", P, "resolved")] == told(new, seen, standing, after_m=16)
    assert [] == told(new, counts(problem({-20: 9, 0: 3})), standing, after_m=20)


def test_a_condition_is_over_when_it_did_not_hold_for_five_minutes() -> None:
    standing, share = Standing(), [rule("share")]
    seen = counts(problem({0: 30}), requests=dict.fromkeys(range(-20, 5), 20))
    assert [("share", P, "firing")] == told(share, seen, standing)
    assert [[], [("share", P, "resolved")]] == [told(share, seen, standing, after_m=m) for m in (9, 11)]
    assert [("share", P, "firing")] == told(share, counts(problem({-30: 30})), standing, after_m=30)


def test_after_a_start_nothing_is_over_for_what_nobody_saw() -> None:
    """Fifteen minutes of looking, not of being down."""
    standing, new = Standing(), [rule("new")]
    told(new, counts(problem({0: 3})), standing)
    started = NOW + 60 * MINUTE_NS
    assert [] == told(new, counts(), standing, after_m=70, started_ns=started)
    assert [("new", P, "resolved")] == told(new, counts(), standing, after_m=76, started_ns=started)
    assert [] == told([rule("blind")], counts(presence={"shop": sent(100, 20)}), started_ns=NOW)


@pytest.mark.parametrize(
    ("first", "second", "heard"),
    [
        ((), (), 1),
        (("a",), ("a",), 1),
        (("a", "b"), ("b",), 1),
        (("a",), ("b",), 2),
        (("a",), ("a", "b"), 2),
    ],
)
def test_a_channel_hears_once_of_a_problem(first: Any, second: Any, heard: int) -> None:
    """Another rule speaks where somebody has not heard of it."""
    rules = [rule("new", channels=first), rule("share", channels=second)]
    assert heard == len(told(rules, counts(problem({0: 30}), requests={0: 40})))


def test_a_muted_problem_is_over_and_makes_no_alarm_until_the_mute_ends() -> None:
    rules, standing = [rule("new"), rule("share"), rule("regressed"), rule("burn")], Standing()
    seen = counts(problem(dict.fromkeys(range(-90, 3), 9)))
    assert ["new", "burn"] == [one for one, _, _ in told(rules, seen, standing)]
    mute = {P: Word("muted", NOW + MINUTE_NS, NOW + 31 * MINUTE_NS)}
    assert ("new", P, "resolved") in told(rules, seen, standing, mute, after_m=2)
    assert [] == [one for one in told(rules, seen, standing, mute, after_m=30) if one[2] == "firing"]
    assert ("share", P, "firing") in told(rules, seen, standing, mute, after_m=33)
    assert [("regressed", P, "firing")] == told([rule("regressed")], seen, Standing(), mute, after_m=33)


def test_what_was_called_resolved_and_fails_again_has_regressed() -> None:
    word = {P: Word("resolved", NOW - 5 * MINUTE_NS)}
    regressed, standing = [rule("regressed")], Standing()
    assert [] == told(regressed, counts(problem({10: 9})), standing, word)
    assert [("regressed", P, "firing")] == told(regressed, counts(problem({10: 9, 2: 1})), standing, word)
    assert [] == told(regressed, counts(problem({10: 9, 2: 1, 0: 1})), standing, word)


def test_an_open_alarm_is_over_when_somebody_calls_it_resolved() -> None:
    standing, new = Standing(), [rule("new")]
    told(new, counts(problem({1: 3})), standing)
    word = {P: Word("resolved", NOW + MINUTE_NS)}
    assert [("new", P, "resolved")] == told(new, counts(problem({1: 3})), standing, word, after_m=2)


def test_an_alarm_whose_rule_is_gone_is_over() -> None:
    standing = Standing()
    told([rule("new")], counts(problem({0: 3})), standing)
    assert [("new", P, "resolved")] == told([], counts(problem({0: 3})), standing)


def test_a_service_that_sends_again_and_a_collector_that_is_well_again_are_over() -> None:
    standing, blind = Standing(), [rule("blind")]
    seen = counts(presence={"shop": sent(100, 20)}, troubles={"store": "no room"})
    assert [("blind", "service:shop", "firing"), ("blind", "culpa:store", "firing")] == told(blind, seen, standing)
    assert [] == told(blind, seen, standing, after_m=1)
    back = counts(presence={"shop": sent(100, 0)})
    assert [("blind", "service:shop", "resolved"), ("blind", "culpa:store", "resolved")] == told(
        blind, back, standing, after_m=2
    )


def test_a_service_that_never_sends_again_is_forgotten_after_a_day() -> None:
    standing, blind = Standing(), [rule("blind")]
    told(blind, counts(presence={"shop": sent(100, 20)}), standing)
    assert [[], [("blind", "service:shop", "resolved")]] == [
        told(blind, counts(), standing, after_m=60 * hours) for hours in (23, 24)
    ]


def test_an_event_has_the_same_name_whenever_it_is_made() -> None:
    """After a kill before it was kept it is made once more."""
    seen = counts(problem({0: 3}))
    made = [evaluate([rule("new")], seen, Standing(), {}, NOW + later * 10**9) for later in (0, 7)]
    assert made[0][0].event_id == made[1][0].event_id


def test_what_burns_is_told_with_the_problem_that_does_most_of_it() -> None:
    less, more = problem({0: 9}, name="1:00000000000000bb"), problem(dict.fromkeys(range(60), 2))
    [event] = evaluate([rule("burn")], counts(less, more, requests=STEADY), Standing(), {}, NOW)
    assert ("service:shop /checkout", P, 129) == (event.subject, event.details["fingerprint"], event.details["failed"])
