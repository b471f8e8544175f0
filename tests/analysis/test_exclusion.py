"""An exception that names no request is that of the only one that failed then, and no surer than that."""

from typing import Any

import pytest

WORDS = "connect ECONNREFUSED 10.0.0.5:5432"


def logged(scene: Any, message: str = WORDS, **columns: Any) -> str:
    log = scene.server_log("node_output", "", f"Error: {message}", **columns)
    scene.logs_exception(log, "Error", message, at=columns.get("at", 5), fingerprint=message)
    return str(log)


def combined(scene: Any, **columns: Any) -> None:
    scene.access(500, format="nginx_combined", connection_id="", process_pid=0, lasts=0, **columns)


@pytest.mark.parametrize(("when", "most"), [({}, 0.75), ({"time": 0, "observed_time": 0}, 0.6)])
def test_the_only_exception_is_that_of_the_only_failure(scene: Any, when: dict[str, int], most: float) -> None:
    """With a time it is surer than without one."""
    combined(scene)
    logged(scene, **when)
    verdict = scene.verdict()
    assert "unreachable" in verdict["cause"]
    assert 0.5 <= verdict["confidence"] <= most
    assert "a guess" in verdict["evidence"][0]["statement"]


def test_of_two_exceptions_none_is_taken(scene: Any) -> None:
    combined(scene)
    logged(scene)
    logged(scene, "another matter altogether", at=6)
    assert "unknown" == scene.verdict()["cause"]


def test_of_two_failures_the_cause_is_not_named(scene: Any) -> None:
    combined(scene)
    combined(scene, trace_id=f"f{scene.trace[1:]}", at=20)
    logged(scene)
    verdicts = scene.verdicts()
    assert ["unknown", "unknown"] == [one["cause"] for one in verdicts]
    assert 0.5 > max(one["confidence"] for one in verdicts) > 0


def test_as_many_failures_as_lines_of_the_same_exception_are_one_each(scene: Any) -> None:
    for nth in range(3):
        combined(scene, trace_id=f"{nth}f{scene.trace[2:]}", at=100 * nth)
        logged(scene, at=100 * nth)
    verdicts = scene.verdicts()
    assert 3 == len(verdicts)
    assert all("unreachable" in one["cause"] and 0.5 <= one["confidence"] <= 0.7 for one in verdicts)


def test_more_failures_than_lines_are_left_alone(scene: Any) -> None:
    for nth in range(3):
        combined(scene, trace_id=f"{nth}f{scene.trace[2:]}", at=100 * nth)
    logged(scene)
    logged(scene, at=100)
    assert {"unknown"} == {one["cause"] for one in scene.verdicts()}


@pytest.mark.parametrize(("event", "cause"), [("request.failed", "unreachable"), ("", "unknown")])
def test_a_line_may_bear_the_begin_of_the_only_request_that_a_framework_says_failed(
    scene: Any, event: str, cause: str
) -> None:
    """Of a line that nginx as well as Apache may have written nobody knows whether it is the begin."""
    combined(scene)
    logged(scene, at=10_000, event_name=event)
    verdict = scene.verdict()
    assert cause in verdict["cause"] and verdict["confidence"] <= 0.6


@pytest.mark.parametrize(("others", "cause"), [([], "unreachable"), (["another matter altogether"], "unhandled")])
def test_a_warning_is_that_of_the_only_failure_if_nobody_said_more(scene: Any, others: list[str], cause: str) -> None:
    combined(scene)
    logged(scene, severity_number=13)
    for other in others:
        logged(scene, other, at=6)
    verdict = scene.verdict()
    assert cause in verdict["cause"] and verdict["confidence"] <= 0.75


def test_one_that_names_another_path_is_left_alone(scene: Any) -> None:
    combined(scene)
    logged(scene, url_path="/somewhere/else")
    assert "unknown" == scene.verdict()["cause"]


def test_an_exception_of_another_minute_is_left_alone(scene: Any) -> None:
    combined(scene)
    logged(scene, at=-60_000)
    assert "unknown" == scene.verdict()["cause"]
