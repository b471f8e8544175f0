"""An exception that names no request is that of the only one that failed then, and no surer than that."""

from typing import Any

import pytest

WORDS = "connect ECONNREFUSED 10.0.0.5:5432"


def logged(scene: Any, message: str = WORDS, **columns: Any) -> str:
    log = scene.server_log("node_output", "", f"Error: {message}", **columns)
    scene.logs_exception(log, "Error", message, at=columns.get("at", 5))
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


def test_one_that_names_another_path_is_left_alone(scene: Any) -> None:
    combined(scene)
    logged(scene, url_path="/somewhere/else")
    assert "unknown" == scene.verdict()["cause"]


def test_an_exception_of_another_minute_is_left_alone(scene: Any) -> None:
    combined(scene)
    logged(scene, at=-60_000)
    assert "unknown" == scene.verdict()["cause"]
