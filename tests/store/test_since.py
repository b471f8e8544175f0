"""What people write for "since"."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from culpa.store import NotATime, since_ns

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOON_NS = 1_772_366_400_000_000_000


@pytest.mark.parametrize(
    ("text", "seconds_back"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("1w", 604_800),
        (" 1h ", 3600),
    ],
)
def test_a_duration_counts_back_from_now(text: str, seconds_back: int) -> None:
    """Seconds, minutes, hours, days and weeks."""
    assert NOON_NS - seconds_back * 1_000_000_000 == since_ns(text, NOW)


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00Z", "2026-03-01T12:00", "2026-03-01 13:00:00+01:00"])
def test_a_time_is_itself(text: str) -> None:
    """Without a zone it is UTC."""
    assert NOON_NS == since_ns(text)


def test_python_values_do_too() -> None:
    """A datetime of any zone, and a timedelta."""
    assert NOON_NS == since_ns(datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2))))
    assert NOON_NS - 60_000_000_000 == since_ns(timedelta(minutes=1), NOW)


def test_nothing_means_all_time() -> None:
    """None and the empty text leave nothing out; neither do times before 1970."""
    assert [0, 0, 0] == [since_ns(None), since_ns(""), since_ns("0001-01-01")]


@pytest.mark.parametrize("text", ["yesterday", "1", "1 hour ago", "-1h", "2026-13-01", "9" * 30 + "d"])
def test_anything_else_is_an_error(text: str) -> None:
    """With examples of what would do."""
    with pytest.raises(NotATime, match="write 15m"):
        since_ns(text, NOW)
