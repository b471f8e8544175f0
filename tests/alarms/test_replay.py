"""A replay says of days that are past what a collector would have told, and nothing else."""

import json
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from culpa.alarms.commands import command

from .days import DAY_NS, MINUTE_NS, Days

DAY = 24 * 60


def _replayed(store: Path, *more: str) -> list[tuple[str, str, int]]:
    done = CliRunner().invoke(command, ["replay", "--store", str(store), "--json", *more])
    assert 0 == done.exit_code, done.output
    return [(row["rule"], row["state"], row["time"]) for row in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a week: a problem that begins, ends and comes back; one that fails a little each day, and once much more."""
    days = Days()
    days.asked(range(0, 7 * DAY, 5))
    days.failed([6 * DAY - minute for minute in range(10)])
    days.failed([2 * DAY - minute for minute in range(3)])
    for day in range(1, 7):
        days.failed([day * DAY + 300, day * DAY + 310], problem=2, route="/search")
    days.asked(range(0, 7 * DAY), route="/search", each=2)
    days.failed([300 - minute / 2 for minute in range(20)], problem=2, route="/search")
    return days.write(tmp_path_factory.mktemp("days") / "store.duckdb")


def test_a_week_is_told_as_it_would_have_been(store: Path, tmp_path: Path) -> None:
    """Each at its minute; problem 2 is none of `new`, as it never failed three times within an hour when it was."""
    rules = tmp_path / "alarms.toml"
    rules.write_text(
        '[[rules]]\nkind = "new"\n[[rules]]\nkind = "regressed"\nquiet_hours = 48\n[[rules]]\nkind = "spike"\n'
    )
    now = time.time_ns()
    told = [
        (rule, state, round((now - _ns(at)) / MINUTE_NS))
        for rule, state, at in _replayed(store, "--alarms", str(rules))
    ]
    names = [(rule, state) for rule, state, _ in told]
    pairs = [("new", "firing"), ("new", "resolved"), ("regressed", "firing"), ("regressed", "resolved"), ("spike", "firing"), ("spike", "resolved")]  # fmt: skip
    assert pairs == names
    wanted = [6 * DAY - 2, 6 * DAY - 25, 2 * DAY, 2 * DAY - 18, 295, 230]
    assert [] == [(one, ago) for (*_, ago), one in zip(told, wanted, strict=True) if abs(ago - one) > 10], told


def _ns(text: str) -> int:
    from culpa.store import since_ns

    return since_ns(text)


def test_what_was_muted_is_left_out(tmp_path: Path) -> None:
    days = Days()
    days.asked(range(0, 200))
    days.failed([100, 99, 98])
    told = days.write(tmp_path / "loud.duckdb")
    days.rows["problem_states"].append(
        {"time": days.now_ns - 2 * DAY_NS, "fingerprint": f"1:{1:016x}", "state": "muted", "until": 0, "note": ""}
    )
    quiet = days.write(tmp_path / "quiet.duckdb")
    assert [1, 0] == [
        sum(rule == "new" and state == "firing" for rule, state, _ in _replayed(one, "--since", "1d"))
        for one in (told, quiet)
    ]


def test_an_empty_store_tells_nothing(tmp_path: Path) -> None:
    assert [] == _replayed(Days().write(tmp_path / "empty.duckdb"))


def test_the_answer_for_people_names_time_rule_and_problem(store: Path) -> None:
    done = CliRunner().invoke(command, ["replay", "--store", str(store), "--since", "6h"])
    assert "firing    spike: postgresql://db/shop database.deadlock" in done.stdout
    # Where the hour of the clock begins between the two of each day, one is usual.
    assert re.search(r"\d failures within an hour, where [12] are usual at this hour of day", done.stdout)
