"""What a recording leaves open about its times: the year, the zone, the time itself."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from culpa.collector.recorded import beside

SYSLOG = "{day} 23:59:58 host1 systemd[1]: shop.service: Main process exited, code=killed, status=9/KILL\n"
KLOG = "E{day} 23:59:58.123456       7 controller.go:775] no endpoints\n"
ACCESS = '192.0.2.1 - - [{day}/{year}:00:00:01 +0000] "GET /a HTTP/1.1" 500 5 "-" "curl/8.5"\n'


def _days(segment: Path, relation: str = "logs", column: str = '"time"') -> list[str]:
    with duckdb.connect(str(segment), read_only=True) as connection:
        return [
            day for (day,) in connection.execute(f"select strftime({column}, '%Y-%m-%d') from {relation}").fetchall()
        ]


@pytest.mark.parametrize(
    ("line", "day", "newest", "expected"),
    [
        (SYSLOG, "May  1", ("02/May", 2019), "2019-05-01"),
        (SYSLOG, "Dec 31", ("01/Jan", 2020), "2019-12-31"),
        (SYSLOG, "Jan  1", ("31/Dec", 2019), "2020-01-01"),
        (KLOG, "1231", ("01/Jan", 2020), "2019-12-31"),
    ],
)
def test_a_date_without_a_year_is_near_what_else_was_recorded(ingest, tmp_path, line, day, newest, expected) -> None:
    """In whatever order the files are handed in."""
    for name in ("a", "z"):
        (tmp_path / f"{name}.log").write_text(line.format(day=day) * 3)
        (tmp_path / "access.log").write_text(ACCESS.format(day=newest[0], year=newest[1]) * 3)
        files = [tmp_path / f"{name}.log", tmp_path / "access.log"]
        done = ingest(*files, db=tmp_path / f"{name}.duckdb")
        assert {expected} == set(_days(done.segment))


def test_a_date_without_a_year_and_nothing_beside_it_is_the_last_one_that_was(ingest, tmp_path) -> None:
    (tmp_path / "syslog").write_text(SYSLOG.format(day="May  1") * 3)
    done = ingest(tmp_path / "syslog")
    assert 1 == len(set(_days(done.segment)))
    assert "2026-05-01" <= _days(done.segment)[0]


def test_files_of_two_zones_are_read_into_one_store_one_after_the_other(ingest, tmp_path) -> None:
    access = '{"ts":"1795334722.820","connection":1,"request_uri":"/a","status":500}\n'
    (tmp_path / "access.json").write_text(access)
    for zone, hour in (("Asia/Tokyo", "17"), ("America/New_York", "03")):
        (tmp_path / f"{hour}.log").write_text(f"2026/11/22 {hour}:05:22 [error] 7#7: *1 no, client: 192.0.2.1\n")
        ingest(tmp_path / f"{hour}.log", "--timezone", zone)
    done = ingest(tmp_path / "access.json")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute("select distinct strftime(\"time\", '%H:%M:%S') from logs").fetchall()
    assert [("08:05:22",)] == found


def test_the_only_exception_without_a_time_belongs_to_the_only_failure_and_not_surely(ingest, tmp_path) -> None:
    (tmp_path / "access.log").write_text(ACCESS.format(day="02/May", year=2026))
    (tmp_path / "app.log").write_text(
        "Error: connect ECONNREFUSED 10.0.0.5:5432\n"
        "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {\n"
        "  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '10.0.0.5',\n  port: 5432\n}\n"
    )
    done = ingest(tmp_path)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        ((cause, confidence, kind),) = connection.execute(
            "select cause, confidence, exception_type from verdicts"
        ).fetchall()
    assert "Error" in kind
    assert confidence < 0.8, cause


def test_whole_seconds_do_not_part_an_error_line_from_its_request(ingest, tmp_path) -> None:
    """The access line is written when the answer left, in the next second; neither has a fraction."""
    (tmp_path / "access.log").write_text(
        '192.0.2.1 - - [02/May/2026:10:00:02 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl/8.5"\n'
    )
    (tmp_path / "error.log").write_text(
        "2026/05/02 10:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, "
        'client: 192.0.2.1, server: _, request: "GET /a HTTP/1.1", upstream: "http://10.0.0.5:8000/a", host: "shop"\n'
    )
    done = ingest(tmp_path)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        assert [("app.down",)] == connection.execute("select cause from verdicts").fetchall()


BERLIN = '192.0.2.1 - - [01/May/2026:12:00:01 +0200] "GET /a HTTP/1.1" 500 5 "-" "curl/8.5"\n'
APACHE = "[Fri May 01 12:00:01.123456 2026] [core:error] [pid 7] [client 192.0.2.1:4711] End of script output before headers: a.php\n"


def test_the_machines_own_time_is_that_of_the_access_log_beside_it(tmp_path) -> None:
    """And who wrote an access log that all can write is told by the error log."""
    (tmp_path / "access.log").write_text(BERLIN)
    (tmp_path / "error.log").write_text(APACHE)
    known = beside(tmp_path.iterdir())
    assert "apache" == known.server
    assert datetime(2026, 5, 1, tzinfo=known.zone(UTC)).isoformat().endswith("+02:00")


def test_access_logs_that_name_two_zones_tell_none(tmp_path) -> None:
    (tmp_path / "access.log").write_text(BERLIN + BERLIN.replace("+0200", "+0000"))
    (tmp_path / "error.log").write_text(APACHE)
    (tmp_path / "nginx.log").write_text("2026/05/01 12:00:01 [error] 7#7: *1 open() failed\n")
    known = beside(tmp_path.iterdir())
    assert ("", UTC) == (known.server, known.zone(UTC))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("10:00:09", "04:30:09"), ("04:30:09", "04:30:09"), ("18:00:00", "18:00:00")],
)
def test_times_that_lie_among_those_of_the_access_log_are_of_its_zone(ingest, tmp_path, clock, expected) -> None:
    """Where they would not as UTC; a file of another hour tells nothing."""
    access = '192.0.2.1 - - [01/May/2024:10:%02d:00 +0530] "GET /a HTTP/1.1" 500 5 "-" "curl/8.5"\n'
    (tmp_path / "access.log").write_text(access % 0 + access % 30)
    (tmp_path / "app.log").write_text(f"2024-05-01 {clock} ERROR could not list\n" * 3)
    done = ingest(tmp_path / "app.log", tmp_path / "access.log")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute("select distinct strftime(\"time\", '%H:%M:%S') from logs").fetchall()
    assert [(expected,)] == found


def test_a_journal_alone_has_the_year_and_the_zone_of_the_access_lines_in_it(ingest, tmp_path) -> None:
    """Whatever language its months are in."""
    line = 'sep 12 11:4%d:09 box gunicorn[7]: 192.0.2.1 - - [12/Sep/2023:11:4%d:09 -0500] "GET /a HTTP/1.1" 200 5 "-" "x"\n'
    (tmp_path / "journal").write_text(
        line % (1, 1) * 3 + "sep 12 11:44:09 box gunicorn[7]: Traceback (most recent call last):\n"
    )
    done = ingest(tmp_path / "journal")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute('select distinct "time"::varchar from logs').fetchall()
    assert [("2023-09-12 16:44:09",)] == found
