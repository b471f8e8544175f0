"""What a verdict names as missing is what would have told more, of the right witness."""

from typing import Any


def test_an_app_without_spans_is_asked_for_them(scene: Any) -> None:
    """And for the web server's own words, which nobody reads."""
    scene.access(504, upstream="10.0.0.7:8000", upstream_status="504", upstream_connect_ns=1)
    first, second = scene.verdict()["missing"]
    assert first.startswith("spans of http://10.0.0.7:8000: start it with `culpa run -- …`")
    assert "what nginx logged of it: `culpa collect --tail nginx_error=PATH`" == second


def test_a_web_server_that_answered_by_itself_is_not_told_to_send_spans(scene: Any) -> None:
    """Its error log says why it did."""
    scene.access(500)
    assert ["what nginx logged of it: `culpa collect --tail nginx_error=PATH`"] == scene.verdict()["missing"]


def test_a_line_of_the_common_format_is_told_to_say_more(scene: Any) -> None:
    """It knows neither the address nor the time of the app behind."""
    scene.access(502, format="nginx_combined", connection_id="", process_pid=0, duration_ns=0)
    found = " ".join(scene.verdict()["missing"])
    assert "the log format of `culpa snippet nginx`" in found
    assert "culpa run" not in found


def test_a_call_that_failed_without_a_word_is_named(scene: Any) -> None:
    """Layer and component are known, and what would tell the cause."""
    scene.query("shop", scene.server("shop", 500))
    verdict = scene.verdict()
    assert ("database", "postgresql://db:5432/shop", "unknown") == (
        verdict["layer"],
        verdict["component"],
        verdict["cause"],
    )
    assert "the error of the call to postgresql://db:5432/shop" in " ".join(verdict["missing"])


def test_a_verdict_that_is_sure_misses_nothing(scene: Any) -> None:
    """What is absent did not matter."""
    entry = scene.server("shop", 500)
    scene.raises(entry, "ZeroDivisionError", "division by zero")
    assert [] == scene.verdict()["missing"]
