"""Trouble with a ClickHouse is one line that says what to do, and never a password."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main

from .conftest import ChDB

Judge = Callable[..., tuple[int, str]]


@pytest.fixture
def judge(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Judge:
    """Run `culpa judge` in this process; return its status and all that it said."""

    def run(address: str, *options: str) -> tuple[int, str]:
        capfd.readouterr()
        status = main(["judge", "--store", address, "--into", str(tmp_path / "judged.duckdb"), *options])
        said = capfd.readouterr()
        return status, said.out + said.err

    return run


def test_over_http_who_may_not_is_told_what_to_do(
    chdb: ChDB, one_failure: Callable[[int, int], Path], port: int, judge: Judge, capfd: pytest.CaptureFixture[str]
) -> None:
    chdb.fill("map-old-logs", one_failure(1, time.time_ns() - 60_000_000_000))
    with chdb.served(port) as address:
        status, said = judge(address)
        assert (0, True) == (status, "1 judged" in said), said
        status, said = judge(address.replace("s3cret", "wrong"))
        assert (2, True) == (status, "check the user, and the password in CULPA_CLICKHOUSE_PASSWORD" in said), said
        assert "pass" not in said.replace("password", "").replace("PASSWORD", "")
        status, said = judge(f"{address}?traces=forbidden")
        assert (2, True) == (status, "grant it: GRANT SELECT ON default.* TO reader" in said), said
        status, said = judge(f"{address}?traces=other")
        assert (2, True) == (status, "name the tables with ?traces=" in said), said
        status, said = judge(f"{address}?traces=otel_logs")
        assert (2, True) == (status, "the table otel_logs has no column Duration, SpanName" in said), said
        assert 0 == main(["verdicts", "--store", address, "--since", "1h"])
        assert "app.unhandled_exception  shop" in capfd.readouterr().out
        status, said = judge(f"{address}?logs=other")
        assert (0, True) == (status, "has no table other; spans alone are judged" in said), said


def test_nobody_there(judge: Judge, port: int) -> None:
    status, said = judge(f"clickhouse://reader:hunter2secret@127.0.0.1:{port}/otel")
    assert (2, 1) == (status, len(said.splitlines())), said
    assert f"Error: clickhouse://reader@127.0.0.1:{port}/otel does not answer" in said
    assert "check that it runs" in said
    assert "hunter2secret" not in said


@pytest.mark.parametrize(
    "address",
    [
        "clickhouse://",
        "clickhouse://reader:hunter2secret@host:port/otel",
        "clickhouse://reader:hunter2secret@[host/otel",
        "clickhouse://reader:hunter2secret@host/otel?secure=true",
        "clickhouse://reader:hunter2secret@host/otel?x",
        "chdb://",
    ],
)
def test_what_is_no_address_is_not_repeated(judge: Judge, address: str) -> None:
    status, said = judge(address)
    assert (2, 1) == (status, len(said.splitlines())), said
    assert "address of a ClickHouse" in said
    assert "hunter2secret" not in said


@pytest.mark.parametrize("command", ["verdicts", "problems"])
def test_other_commands_say_so_in_one_line_too(command: str, port: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert 2 == main([command, "--store", f"clickhouse://reader:hunter2secret@127.0.0.1:{port}/otel"])
    said = capfd.readouterr().err
    assert f"Error: clickhouse://reader@127.0.0.1:{port}/otel does not answer" in said
    assert (1, False) == (len(said.splitlines()), "hunter2secret" in said)


def test_commands_that_need_a_file_say_how_to_get_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["store", "list", "clickhouse://reader:hunter2secret@host/otel"])
    said = capfd.readouterr().err
    assert "`culpa judge --store clickhouse://… --into FILE`" in said
    assert "hunter2secret" not in said


def test_options_for_another_system_are_not_taken_for_a_store(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for options in (["--follow"], ["--write"], ["--into", str(tmp_path / "x")], ["--until", "1h"], []):
        assert 2 == main(["judge", "--store", str(tmp_path), *options])
    assert "--again" in capfd.readouterr().err
