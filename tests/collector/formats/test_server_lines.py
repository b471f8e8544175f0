"""Odd and partial lines of servers: other prefixes, records in pieces, words of clients, other clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from culpa.collector.formats import (
    LineSplitter,
    LogRow,
    Record,
    RecordAssembler,
    Source,
    Unreadable,
    by_name,
    mixture,
    recognise,
    tables_of,
)
from culpa.knowledge import declared_formats

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
COMMENT = f"/*traceparent='00-{TRACE}-{SPAN}-01'*/"


def rows_of(format_name, content, source=None):
    known = by_name(format_name)
    records = RecordAssembler(known)
    lines = LineSplitter()
    data = content.encode() if isinstance(content, str) else content
    found = [record for line in [*lines.feed(data), *lines.rest()] for record in records.add(line)]
    rows = [known.read(record, source or Source("some.log")) for record in [*found, *records.flush()]]
    return [row for row in rows if row is not None]


def attributes_of(row):
    return dict(zip(row.attr_keys, row.attr_vals, strict=True))


def at(*parts, zone=UTC):
    return int(datetime(*parts, tzinfo=zone).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("prefix", "pid", "user", "database", "client", "port"),
    [
        ("2026-11-22 07:58:57.564 UTC [8850] ", 8850, "", "", "", ""),
        ("2026-11-22 07:58:57.564 UTC [8850] app@shop ", 8850, "app", "shop", "", ""),
        ("2026-11-22 07:58:57 UTC:10.0.0.7(37036):app@shop:[8850]:", 8850, "app", "shop", "10.0.0.7", "37036"),
        ("2026-11-22 07:58:57 UTC [8850]: [3-1] user=app,db=shop,app=psql,client=10.0.0.7 ", 8850, "app", "shop", "10.0.0.7", ""),
        ("1795334337.564 [8850] host=10.0.0.7(37036) u=app d=shop ", 8850, "app", "shop", "10.0.0.7", "37036"),
        ("2026-11-22 07:58:57.564 UTC p=8850 u=app,d=shop,r= ", 8850, "app", "shop", "", ""),
        ("<2026-11-22 07:58:57.564 UTC [8850-2] app@shop 10.0.0.7(37036)> ", 8850, "app", "shop", "10.0.0.7", "37036"),
        ("2026-11-22 07:58:57.564 UTC [8850] [user=[unknown],db=[unknown],app=[unknown],client=::1] ", 8850, "", "", "::1", ""),
    ],
)  # fmt: skip
def test_postgresql_s_usual_prefixes_are_read(prefix, pid, user, database, client, port) -> None:
    """Whatever `log_line_prefix` tells is found; without `%e` the words give the code."""
    line = f'{prefix}ERROR:  relation "orders" does not exist at character 15'
    assert "postgresql_stderr" == recognise("x", [line]).name
    [row] = rows_of("postgresql_stderr", line + f"\n{prefix}STATEMENT:  select * from orders {COMMENT}\n")
    attributes = attributes_of(row)
    assert (pid, user, database, client, port) == (
        row.process_pid,
        *(attributes.get(key, "") for key in ("db.user", "db.namespace", "client.address", "client.port")),
    )
    assert ("42P01", 'relation "orders" does not exist', TRACE) == (row.error_code, row.body, row.trace_id)
    assert abs(row.time - at(2026, 11, 22, 7, 58, 57)) < 10**9


def test_lines_of_another_process_are_not_taken_for_this_one_s() -> None:
    """A STATEMENT that another backend wrote in between would blame the wrong request."""
    prefix = "2026-11-22 07:58:57.564 UTC [{}] "
    [row] = rows_of(
        "postgresql_stderr",
        f"{prefix.format(1)}ERROR:  deadlock detected\n"
        f"{prefix.format(2)}STATEMENT:  select 1 {COMMENT}\n"
        f"{prefix.format(1)}DETAIL:  first\n\tsecond\n",
    )
    assert ("", "first\nsecond") == (row.trace_id, attributes_of(row)["postgresql.detail"])
    assert "db.query.text" not in attributes_of(row)


def test_a_statement_may_hold_what_looks_like_the_log_itself() -> None:
    """Only a line that is not indented begins a record, and a quoted value of csvlog may hold lines."""
    fake = "2026-11-22 07:58:57.564 UTC [9] LOG:  database system is shut down"
    rows = rows_of(
        "postgresql_stderr",
        f'2026-11-22 07:58:57.564 UTC [8] ERROR:  syntax error at or near "x"\n'
        f"2026-11-22 07:58:57.564 UTC [8] STATEMENT:  select '\n\t{fake}\n\t'\n",
    )
    assert ["query.failed"] == [row.event_name for row in rows]


def test_two_messages_of_one_time_zone_and_another_are_hours_apart() -> None:
    """A zone that is written wins over the source's; an unknown one leaves the source's."""
    line = "2026-07-01 12:00:00.000 {} [8] ERROR:  x"
    vienna = Source("x", ZoneInfo("Europe/Vienna"))
    [utc], [cest], [local] = (
        rows_of("postgresql_stderr", line.format(zone), vienna) for zone in ("UTC", "CEST", "XYZT")
    )
    assert (2 * 3600 * 10**9, 0) == (utc.time - cest.time, cest.time - local.time)


def test_short_statements_are_dropped_unless_they_tell_a_trace() -> None:
    """Where all statements are logged, that must cost no storage."""
    line = "2026-11-22 07:58:57.564 UTC [8] LOG:  duration: {} ms  statement: select 1 {}\n"
    assert [] == rows_of("postgresql_stderr", line.format("0.411", ""))
    [slow] = rows_of("postgresql_stderr", line.format("2500.411", ""))
    [traced] = rows_of("postgresql_stderr", line.format("0.411", COMMENT))
    assert ("slow.query", "", "", TRACE) == (
        slow.event_name,
        slow.trace_id,
        traced.event_name,
        traced.trace_id,
    )


def test_apache_s_script_output_is_one_record_with_the_time_of_the_line_before() -> None:
    """It has no time of its own; a traceback in it becomes an exception."""
    first = "[Tue Nov 24 11:02:31.420161 2026] [mpm_event:notice] [pid 7:tid 7] AH00489: Apache configured -- resuming normal operations\n"
    script = (
        "Traceback (most recent call last):\n  File \"/srv/die.cgi\", line 4, in <module>\n    x()\nKeyError: 'SHOP'\n"
    )
    last = "[Tue Nov 24 11:02:32.420161 2026] [cgid:error] [pid 8:tid 9] [client 127.0.0.1:5] End of script output before headers: die.cgi\n"
    ready, said, ended = rows_of("apache_error", first + "about to die\n" + script + last)
    assert (ready.time, "script", 0) == (said.time, said.scope_name, said.process_pid)
    assert said.body.startswith("about to die") and script.strip() == said.stacktrace
    assert ("cgid", 8, "127.0.0.1") == (
        ended.scope_name,
        ended.process_pid,
        attributes_of(ended)["client.address"],
    )
    assert "KeyError" == tables_of([said])["exceptions"].to_pylist()[0]["type"]
    [alone] = rows_of("apache_error", script)
    assert 0 == alone.time


def test_two_requests_tracebacks_in_one_apache_log_are_kept_apart() -> None:
    """Lines of two threads alternate; none of one is given to the other."""
    line = "[2026-11-24 11:02:53.1] [wsgi:error] [pid:7] [tid:{}] [L:{}] [trace:{}] {}\n"
    texts = ["mod_wsgi (pid=7): Exception occurred processing WSGI script '/a.wsgi'.", "Traceback (most recent call last):",
             '  File "/a.wsgi", line 1, in f', "ValueError: x"]  # fmt: skip
    rows = rows_of(
        "apache_error",
        "".join(line.format(tid, tid, str(tid) * 32, text) for text in texts for tid in (1, 2)),
    )
    assert {"1" * 32, "2" * 32} == {row.trace_id for row in rows}
    for row in rows:
        assert all(str(row.thread_id) * 32 == row.trace_id for _ in [0])
    whole = rows_of("apache_error", "".join(line.format(1, 1, "1" * 32, text) for text in texts))
    assert [f"{texts[1]}\n{texts[2]}\n{texts[3]}"] == [row.stacktrace for row in whole]


def test_a_deadlock_of_innodb_is_one_record_without_the_rows_it_prints() -> None:
    """The victim's connection, statement and trace; the hex dump of its rows is data."""
    head = "2026-11-22  7:55:01 88 [Note] InnoDB: "
    dump = (
        f"{head}Transactions deadlock detected, dumping detailed information.\n"
        f"{head}\n*** (1) TRANSACTION:\n\nTRANSACTION 63, ACTIVE 0 sec\nMariaDB thread id 88, OS thread handle 1, query id 3 app Updating\n"
        "update acct set name='joe' where id=1\n"
        f"{head}*** WAITING FOR THIS LOCK TO BE GRANTED:\n\nRECORD LOCKS space id 5 index PRIMARY of table `shop`.`acct` trx id 63\n"
        " 3: len 3; hex 6a6f65; asc joe;;\n\n"
        f"{head}\n*** (2) TRANSACTION:\n\nMariaDB thread id 87, OS thread handle 2, query id 4 app Updating\n"
        f"update acct set name='joe' where id=2 {COMMENT}\n"
        f"{head}*** WE ROLL BACK TRANSACTION (2)\n\n"
    )
    last = "2026-11-22  7:55:01 87 [ERROR] InnoDB: Transaction was aborted due to Deadlock\n"
    told, aborted = rows_of("mariadb_error", dump + last)
    assert (TRACE, "87", "1213", "deadlock") == (
        told.trace_id,
        told.connection_id,
        told.error_code,
        told.event_name,
    )
    assert ("87", "deadlock") == (aborted.connection_id, aborted.event_name)
    stored = str(tables_of([told])["logs"].to_pylist())
    assert "`shop`.`acct` PRIMARY" in stored and "update acct set name=?" in stored
    assert "joe" not in stored and "6a6f65" not in stored


def test_mysql_8_s_logs_are_read_too() -> None:
    """Its error log has codes and parts, its slow log times in UTC and no thread line."""
    line = "2026-11-22T07:55:02.123456Z 63 [ERROR] [MY-013183] [InnoDB] Out of memory in x\n"
    [row] = rows_of("mariadb_error", line)
    assert ("memory.exhausted", "MY-013183", "63", at(2026, 11, 22, 7, 55, 2) + 123_456_000) == (
        row.event_name,
        row.error_code,
        row.connection_id,
        row.time,
    )
    slow = (
        "# Time: 2026-11-22T07:55:02.123456Z\n# User@Host: app[app] @ web1 [10.0.0.7]  Id:    36\n"
        "# Query_time: 8.000513  Lock_time: 0.000001 Rows_sent: 1  Rows_examined: 5\nuse shop;\n"
        f"SET timestamp=1795334094;\nselect 1\n  from x {COMMENT};\n"
    )
    assert "mysql_slow" == recognise("x", slow.split("\n")).name
    [row] = rows_of("mysql_slow", slow)
    assert (TRACE, "36", 1795334094 * 10**9) == (row.trace_id, row.connection_id, row.time)
    assert ("shop", "8000.51", "10.0.0.7", "5") == tuple(
        attributes_of(row)[key] for key in ("db.namespace", "duration_ms", "client.address", "mysql.rows_examined")
    )


KILLED = "Out of memory: Killed process 4242 (java) total-vm:1kB, anon-rss:3kB"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"2026-11-22T08:40:26,675014+00:00 {KILLED}", at(2026, 11, 22, 8, 40, 26) + 675_014_000),
        (f"2026-11-22T08:40:26+0100 web1 kernel: {KILLED}", at(2026, 11, 22, 7, 40, 26)),
        (f"2026-11-22T08:40:26.675014+00:00 web1 kernel: [ 12.345678] {KILLED}", at(2026, 11, 22, 8, 40, 26) + 675_014_000),
        (f"Nov 22 08:40:26 web1 kernel: [ 12.345678] {KILLED}", at(2026, 11, 22, 8, 40, 26)),
        (f"Nov  2 08:40:26.675014 web1 kernel: {KILLED}", at(2026, 11, 2, 8, 40, 26) + 675_014_000),
        (f"[Sun Nov 22 08:40:26 2026] {KILLED}", at(2026, 11, 22, 8, 40, 26)),
        (f"[   12.345678] {KILLED}", at(2026, 11, 24, 0, 0, 0)),
        (f"<3>[   12.345678] {KILLED}", at(2026, 11, 24, 0, 0, 0)),
    ],
)  # fmt: skip
def test_the_kernel_s_line_is_found_in_every_place_it_is_written_to(line, expected) -> None:
    """The killed process joins by its pid; a date without a year is the last such day before the reading."""
    assert "kernel" == recognise("kern.log", [line]).name
    [row] = rows_of("kernel", line, Source("kern.log", UTC, at(2026, 11, 24, 0, 0, 0)))
    assert ("process.oom_killed", 4242, expected) == (row.event_name, row.process_pid, row.time)
    assert "java" == attributes_of(row)["process.killed.name"]


def test_other_programs_in_a_syslog_cannot_kill_processes() -> None:
    """What sshd or an app writes there is theirs, whatever the words."""
    assert [] == rows_of("kernel", f"Nov 22 08:40:26 web1 sshd[99]: kernel: {KILLED}\n")
    assert [] == rows_of("kernel", "Nov 22 08:40:26 web1 kernel: usb 1-1: new device\n")


@pytest.mark.parametrize(
    ("why", "event"),
    [
        ("Cannot allocate memory (12)", "memory.exhausted"),
        ("Resource temporarily unavailable (11)", "workers.exhausted"),
    ],
)
def test_fpm_says_why_it_could_start_no_worker(why: str, event: str) -> None:
    """There was no memory, or no process more was allowed."""
    [row] = rows_of("php_fpm_log", f"[13-Jul-2022 21:48:42] ERROR: fork() failed: {why}")
    assert event == row.event_name


def test_redis_says_when_it_starts_stops_and_fails() -> None:
    """Its banner is dropped; the dump below a crash is kept short."""
    head = "7:M 22 Nov 2026 08:05:19.764 "
    rows = rows_of(
        "redis_server",
        f"{head}# Server initialized\n{head}* Ready to accept connections tcp\n{head}- 0 clients connected\n"
        f"{head}# User requested shutdown...\n{head}# Can't save in background: fork: Cannot allocate memory\n"
        f"\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n"
        f"{head}# Redis 7.0.15 crashed by signal: 11, si_code: 0\n------ STACK TRACE ------\n" + "x" * 9_000,
    )
    assert ["server.ready", "server.shutdown", "memory.exhausted", "server.crashed"] == [row.event_name for row in rows]
    assert len(rows[-1].body) <= 4_000 and "11" == attributes_of(rows[-1])["process.killed.signal"]


@pytest.mark.parametrize(
    ("line", "event", "pid", "expected"),
    [
        ("[1249] 05 May 14:40:16.963 # Server started, Redis version 2.8.4", "server.started", 1249, (5, 5, 14, 40, 16)),
        ("[1249] 05 May 14:41:13 * The server is now ready to accept connections on port 6379", "server.ready", 1249,
         (5, 5, 14, 41, 13)),
        ("1255:M 14 Oct 03:00:46.069 # Can't save in background: fork: Cannot allocate memory", "memory.exhausted", 1255,
         (10, 14, 3, 0, 46)),
        ("25043:M 24 Aug 12:28:33 # Accepting client connection: accept: Too many open files", "files.exhausted", 25043,
         (8, 24, 12, 28, 33)),
        ("[3612] 17 Mar 13:42:19 # Opening port 6379: bind: Address already in use", "process.boot_failed", 3612,
         (3, 17, 13, 42, 19)),
        ("7:M 24 Aug 12:28:33 # Creating Server TCP listening socket *:6379: bind: Address already in use",
         "process.boot_failed", 7, (8, 24, 12, 28, 33)),
        ("[3612] 17 Mar 13:42:19 # Connection with slave 10.0.0.7:6379 lost.", "connection.lost", 3612,
         (3, 17, 13, 42, 19)),
    ],
)  # fmt: skip
def test_what_redis_wrote_before_it_told_the_year_and_its_role(line, event, pid, expected) -> None:
    """The date is the last such day before the reading."""
    assert "redis_server" == recognise("some.log", [line]).name
    [row] = rows_of("redis_server", line, Source("some.log", UTC, at(2026, 11, 24, 0, 0, 0)))
    assert (event, pid, at(2026, *expected)) == (row.event_name, row.process_pid, row.time // 10**9 * 10**9)


@pytest.mark.parametrize(
    "format_name",
    ["apache_error", "postgresql_stderr", "postgresql_csv", "mariadb_error", "mysql_slow", "mariadb_sql_errlog",
     "redis_server"],
)  # fmt: skip
def test_the_rest_of_a_record_whose_start_is_in_another_file_is_told_or_left(format_name) -> None:
    """A log that was rotated inside a record begins in the middle: no error but Unreadable comes of it."""
    known = by_name(format_name)
    for text in (
        "\tfrom orders where id = 5",
        "    at x",
        "STATEMENT:  select 1",
        '",,,,"x"',
        "*** (2) TRANSACTION:",
    ):
        try:
            row = known.read(Record(text, 0, len(text), 1), Source("some.log"))
        except Unreadable:
            continue
        assert row is None or tables_of([row])["logs"].num_rows == 1


def test_rotation_inside_a_record_costs_that_record_and_no_other() -> None:
    """The part before keeps what it has; the part after is not taken for a record of its own."""
    whole = [
        "2026-11-22 07:58:57.564 UTC [8] ERROR:  deadlock detected",
        "2026-11-22 07:58:57.564 UTC [8] DETAIL:  Process 8 waits for ShareLock",
        f"2026-11-22 07:58:57.564 UTC [8] STATEMENT:  select 1 {COMMENT}",
        "2026-11-22 07:58:58.000 UTC [9] FATAL:  sorry, too many clients already",
    ]
    [before] = rows_of("postgresql_stderr", "\n".join(whole[:2]))
    assert ("40P01", "") == (before.error_code, before.trace_id)
    known = by_name("postgresql_stderr")
    records = RecordAssembler(known)
    found = [r for line in LineSplitter().feed(("\n".join(whole[2:]) + "\n").encode()) for r in records.add(line)]
    first, second = [*found, *records.flush()]
    with pytest.raises(Unreadable):
        known.read(first, Source("x"))
    assert "workers.exhausted" == known.read(second, Source("x")).event_name


@pytest.mark.parametrize(
    "message",
    [
        "mysqli_real_connect(): (HY000/2002): Connection refused",
        "Unknown: failed to open stream: Permission denied in Unknown on line 0; Unable to open primary script",
    ],
)
def test_a_warning_that_leaves_a_script_nothing_to_go_on_with_is_an_error(message: str) -> None:
    """PHP has no exception for it; any other warning stays what it is."""
    place = " in /var/www/wp-db.php on line 1653"
    line = '2026/05/01 10:01:54 [error] 29#29: *138 FastCGI sent in stderr: "PHP message: PHP Warning:  {}" while '
    line += 'reading response header from upstream, client: 192.0.2.39, server: shop, request: "GET /a HTTP/1.1"'
    [row] = rows_of("nginx_error", line.format(message if " in " in message else message + place) + "\n")
    assert "Warning" == row.exception_type
    [row] = rows_of("nginx_error", line.format("Undefined variable $total" + place) + "\n")
    assert "" == row.exception_type


def test_what_mod_php_writes_is_an_exception() -> None:
    """It stands in Apache's log under the name of its module, with its ends of lines written out."""
    line = (
        "[Sat Apr 29 12:27:14.966877 2023] [php:error] [pid 35825] [client 192.0.2.54:58366] PHP Fatal error:  Uncaught "
        r"PDOException: SQLSTATE[HY000] [1045] Access denied for user in /srv/a.php:70\nStack trace:\n"
        r"#0 /srv/a.php(70): PDO->__construct()\n#1 {main}\n  thrown in /srv/a.php on line 70"
    )
    [row] = rows_of("apache_error", line + "\n")
    assert row.stacktrace.startswith("PDOException: SQLSTATE[HY000] [1045]")
    assert "\n#0 /srv/a.php(70): PDO->__construct()" in row.stacktrace


def test_a_process_that_tells_no_thread_is_its_own() -> None:
    """Apache's prefork: what it says of the backend and what it says of the client are of one request."""
    line = (
        "[Sat Apr 27 01:20:15.417555 2019] [proxy:error] [pid 15675] (13)Permission denied: AH00957: HTTP: attempt to"
    )
    [row] = rows_of("apache_error", line + " connect to 127.0.0.1:8080 (127.0.0.1) failed\n")
    assert "15675" == row.thread_id


@pytest.mark.parametrize(
    "line",
    [
        "[pid: 7|app: 0|req: 1/1] 10.0.0.9 () {28 vars in 300 bytes} [Wed May  1 10:00:00 2024] GET /pay?token=x9y8z7w6 => "
        "generated 21 bytes in 3 msecs (HTTP/1.1 500) 2 headers in 86 bytes (1 switches on core 0)",
        "Wed May  1 10:00:00 2024 - HARAKIRI [core 0] 10.0.0.9 - GET /pay?token=x9y8z7w6 since 1714557600",
    ],
)
def test_the_query_of_what_uwsgi_was_asked_is_no_part_of_its_words(line: str) -> None:
    [row] = rows_of("uwsgi_log", line + "\n")
    assert "/pay" == row.url_path
    assert "GET /pay " in row.body
    assert "x9y8z7w6" not in row.body
    assert "token=x9y8z7w6" == attributes_of(row)["url.query"]


def test_a_log_of_rubys_own_logger_stands_back_where_rails_writes_the_same_lines() -> None:
    prefix = "[2024-05-01T10:00:01.123456 #7]"
    lines = [f'I, {prefix}  INFO -- : [a1] Started GET "/a" for 192.0.2.1 at x', f"E, {prefix} ERROR -- : [a1] no"]
    for shown in (lines, lines[:1]):
        found = mixture("production.log", shown)
        assert found is not None
        assert "rails_log" == (found.opener(lines[0], found.fallback) or found.fallback).name
        assert found.opener(lines[1], found.fallback) is None
    alone = mixture("app.log", lines[1:])
    assert alone is not None and ("ruby_logger",) == alone.names


@pytest.mark.parametrize(
    ("name", "line", "event"),
    [
        ("mongodb_json", '"msg":"Connection refused because there are too many open connections"', "workers.exhausted"),
        ("mongodb_log", "NETWORK  [listener] connection refused because too many", "workers.exhausted"),
        ("pgbouncer_log", "closing because: query_wait_timeout", "workers.exhausted"),
        ("pgbouncer_log", "server login failed", "connection.refused"),
        ("elasticsearch_log", "flood stage", "disk.full"),
        ("elasticsearch_json", "flood stage", "disk.full"),
        ("rabbitmq_log", "missed heartbeats", "connection.lost"),
        ("rabbitmq_log", "memory resource limit", "memory.exhausted"),
        ("systemd_unit", "status=9/KILL", "server.crashed"),
        ("systemd_unit", "oom-kill", "process.oom_killed"),
        ("docker_events", "container oom", "process.oom_killed"),
        ("docker_events", "exitCode=137", "server.crashed"),
    ],
)
def test_what_a_server_says_of_its_state_has_its_meaning(name, line, event) -> None:
    entry = next(one for one in declared_formats() if one.name == name)
    sample = next(sample.line for sample in entry.samples if line in sample.line)
    row = by_name(name).read(Record(sample, 0, len(sample), 1), Source("some.log"))
    assert isinstance(row, LogRow) and event == row.event_name


def test_an_exception_of_symfony_ends_before_its_place() -> None:
    line = (
        '[2026-09-09T10:00:00.09+02:00] request.CRITICAL: Uncaught PHP Exception App\\Missing: "Product 42" at '
        '/srv/src/Show.php line 88 {"exception":"[object] (App\\\\Missing(code: 0): Product 42 at /srv/src/Show.php:88)"} '
        '{"token":"a"}'
    )
    row = by_name("laravel_log").read(Record(line, 0, len(line), 1), Source("prod.log"))
    assert isinstance(row, LogRow)
    assert ("App\\Missing", "Product 42") == (row.exception_type, row.exception_message)


@pytest.mark.parametrize(
    "context",
    [
        # Monolog before 1.18 writes no code, and Symfony's words may be all that is left.
        '{"exception":"[object] (App\\\\Lost: no, Cart: 7 at /srv/a.php:88, PDOException: SQLSTATE[42S02] at /srv/b.php:770)"} []',
        '{"exception":"[object] (App\\\\Lost(code: 0): no, Cart: 7 at /srv/a.php:88, PDOException(code: 42S02): SQLSTATE[42S02] at /srv/b.php:770)"}',
    ],
)
def test_a_chain_in_one_line_of_symfony_is_read_whole(context: str) -> None:
    line = f'[2016-03-09 14:02:11] request.CRITICAL: Uncaught PHP Exception App\\Lost: "no, Cart: 7" at /srv/a.php line 88 {context}'
    row = by_name("laravel_log").read(Record(line, 0, len(line), 1), Source("prod.log"))
    assert isinstance(row, LogRow)
    assert ("App\\Lost", "no, Cart: 7") == (row.exception_type, row.exception_message)
    assert row.stacktrace.startswith("PDOException: SQLSTATE[42S02] in /srv/b.php:770")


def test_symfonys_words_alone_tell_what_was_raised() -> None:
    line = '[2016-03-09 14:02:11] request.CRITICAL: Uncaught PHP Exception App\\Lost: "no cart" at /srv/a.php line 88'
    row = by_name("laravel_log").read(Record(line, 0, len(line), 1), Source("prod.log"))
    assert isinstance(row, LogRow)
    assert ("App\\Lost", "no cart") == (row.exception_type, row.exception_message)


@pytest.mark.parametrize(
    ("upstream", "address"),
    [
        ("http://unix:/run/shop.socket/archive?a=1", "http://unix:/run/shop.socket"),
        ("http://unix:/run/shop.socket:/archive?a=1", "http://unix:/run/shop.socket"),
        ("http://10.0.0.5:8000/archive?a=1", "http://10.0.0.5:8000"),
    ],
)
def test_nginx_writes_the_path_behind_a_socket(upstream: str, address: str) -> None:
    line = (
        "2021/11/20 18:34:23 [error] 588#588: *21 upstream timed out (110: Connection timed out) while reading response "
        f'header from upstream, client: 192.168.1.20, server: _, request: "GET /archive?a=1 HTTP/1.1", upstream: "{upstream}"'
    )
    row = by_name("nginx_error").read(Record(line, 0, len(line), 1), Source("error.log"))
    assert isinstance(row, LogRow) and address == row.upstream_address


def test_what_a_function_puts_before_its_words_is_none_of_them() -> None:
    entry = next(one for one in declared_formats() if one.name == "vercel_log")
    line = entry.samples[0].line
    row = by_name("vercel_log").read(Record(line, 0, len(line), 1), Source("some.log"))
    assert isinstance(row, LogRow)
    assert ("Error: no cart", "request.failed", "/api/cart") == (row.body.split("\n")[0], row.event_name, row.url_path)
    assert row.stacktrace.startswith("Error: no cart\n    at handler (")


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ('- -  01/Jul/2020:15:34:08 +0000 "GET /index.php" 200', ""),
        ('- -  01/Jul/2020:15:34:08 +0000 "GET /index.php" 500', "request.failed"),
        ('- -  01/Jul/2020:15:34:08 +0000 "GET /cart.php" 200', "request.failed"),
        ("", "request.failed"),
    ],
)
def test_a_script_that_had_answered_well_did_not_fail_its_request(before: str, event: str) -> None:
    line = "NOTICE: PHP message: PHP Fatal error:  Uncaught Error: no cart in /srv/pub/index.php:11\nStack trace:\n#0 {main}\n  thrown in /srv/pub/index.php on line 11"
    row = by_name("php_fpm_log").read(Record(line, 0, len(line), 1, dated=before), Source("some.log"))
    assert isinstance(row, LogRow) and event == row.event_name
