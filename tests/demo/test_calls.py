"""The demo's requests cover what the demo promises."""

from collections.abc import Iterator

from culpa.demo import calls
from culpa.demo.places import Places
from culpa.demo.truth import Call, Sent, Truth, new_trace
from culpa.knowledge import causes

PLACES = Places("caddy", 1, 2, 3)


def every_failing_call() -> Iterator[Call]:
    for chapter in (
        calls.app_faults,
        calls.database_faults,
        calls.upstream_faults,
        calls.setup_faults,
        calls.last_fault,
    ):
        for group in chapter(PLACES):
            yield from (call for call in group if call.truth.cause)


def test_every_truth_is_a_cause_of_the_contract() -> None:
    """A truth can only be met if culpa may say it."""
    assert set() == {call.truth.cause for call in every_failing_call()} - set(causes())


def test_at_least_ten_causes_over_five_layers_are_brought_about() -> None:
    """The demo shows more than one kind of trouble."""
    causes = {call.truth.cause for call in every_failing_call()}
    assert len(causes) >= 10
    assert len({cause.partition(".")[0] for cause in causes}) >= 5


def test_healthy_requests_and_traps_deserve_no_verdict() -> None:
    """What works, or only looks bad, must stay without verdict."""
    quiet = [call for chapter in (calls.healthy(), calls.traps()) for group in chapter for call in group]
    assert {""} == {call.truth.cause for call in quiet}


def test_a_rival_that_wins_has_not_failed() -> None:
    """Of two transfers that wait for each other one is answered well."""
    rival = Call("rival", "POST", "/", Truth("database.deadlock", "db"), may_win=True)
    assert ["", "database.deadlock"] == [Sent(rival, "t", status).truth.cause for status in (200, 500)]


def test_a_fault_that_does_not_show_is_not_as_planned() -> None:
    """A demo whose fault was answered with 200 must not call itself right."""
    failing = Call("fails", "GET", "/", Truth("app.slow", "shop"))
    quiet = Call("works", "GET", "/")
    assert [False, True] == [Sent(failing, "t", status).is_as_planned for status in (200, 504)]
    assert [True, True, False] == [Sent(quiet, "t", status).is_as_planned for status in (404, 0, 500)]


def test_each_request_has_a_trace_of_its_own() -> None:
    """The verdict of a request is found by the id in its traceparent."""
    first, second = new_trace(), new_trace()
    assert first[0] != second[0]
    assert f"00-{first[0]}-" == first[1][:36]
