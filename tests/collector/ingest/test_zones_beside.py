"""Times without a zone or a day, where other files of the same recording tell them."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from culpa.collector.recorded.spans import Spans
from culpa.collector.recorded.zone import day_of

_ZONE = timezone(timedelta(hours=2))
_ACCESS = "".join(
    f'10.0.0.9 - - [01/May/2026:10:{minute:02}:03 +0200] "GET /orders/{minute} HTTP/1.1" {status} 12 "-" "curl/8"\n'
    for minute, status in enumerate((200, 200, 500, 200))
)
_LINE = "{time} ERROR [io.undertow.request] (default task-6) UT005023: Exception handling request to /orders/2: "
_RAISED = "java.net.ConnectException: Connection refused\n\tat shop.Cart.total(Cart.java:31)\n"


@pytest.mark.parametrize(
    ("log", "zone"),
    [
        (b"2026-05-01 10:02:03,123 ERROR no cart", _ZONE),
        (b"01-May-2026 10:02:03.123 SEVERE no cart", _ZONE),
        (b"2026-05-01 08:02:03,123 ERROR no cart", None),
        (b"2026-05-01 10:02:03.123Z ERROR no cart", None),
        (b"2026-05-02 10:02:03,123 ERROR no cart", None),
        (b"2026-05-01 07:00:00,000 INFO up\n2026-05-01 10:02:03,123 ERROR no cart", None),
        (b"no time at all", None),
    ],
)
def test_a_log_has_the_zone_by_which_alone_it_is_of_the_access_lines_while(log: bytes, zone: timezone | None) -> None:
    """One that may as well have been written in UTC says nothing."""
    spans = Spans()
    spans.look(_ACCESS.encode())
    assert zone == spans.zone_of(log, _ZONE)


@pytest.mark.parametrize("time", ["2026-05-01 10:02:03,123", "10:02:03,123"])
def test_a_server_s_log_meets_the_access_lines_beside_it(ingest: Any, tmp_path: Path, time: str) -> None:
    (tmp_path / "access.log").write_text(_ACCESS)
    (tmp_path / "server.log").write_text(_LINE.format(time=time) + _RAISED)
    done = ingest(tmp_path / "server.log", tmp_path / "access.log")
    assert 0 == done.status, done.stderr
    with duckdb.connect(str(done.segment), read_only=True) as store:
        assert [("2026-05-01 08:02:03.123",)] == store.execute('select "time"::varchar from logs').fetchall()
        assert ["/orders/2"] == [path for (path,) in store.execute("select path from verdicts").fetchall()]


def test_the_day_is_known_where_all_else_is_of_one() -> None:
    first, last = 1_777_629_600 * 10**9, 1_777_640_000 * 10**9
    assert 1_777_586_400 * 10**9 == day_of(first, last, _ZONE)
    assert 0 == day_of(first, last + 86_400 * 10**9, _ZONE) == day_of(0, 0, _ZONE)


def test_a_year_is_told_by_a_file_that_bears_it_behind_a_syslogs_date(ingest: Any, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text('May  1 10:00:03 web proxy[7]: 10.0.0.9 - "GET /a HTTP/1.1" 500 1 "-" "curl/8"\n')
    (tmp_path / "core.log").write_text("May  1 10:00:03 web core[8]: 2019-05-01T10:00:03Z [ERROR] [/a.go:1]: no cart\n")
    done = ingest(tmp_path / "a.log", tmp_path / "core.log")
    with duckdb.connect(str(done.segment), read_only=True) as store:
        assert [(2019,)] == store.execute("select distinct year(start_time) from access").fetchall()
