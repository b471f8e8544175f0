"""What holds for every format, and what a single odd line must not do."""

import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from culpa.collector.formats import (
    Format,
    LineSplitter,
    Record,
    RecordAssembler,
    Source,
    Unreadable,
    by_name,
    coded,
    declared,
    formats,
    recognise,
    source_name,
    suspects_of,
    tables_of,
)
from culpa.collector.formats._rows import AccessRow, LogRow
from culpa.store import arrow_schema

FOLDER = Path(str(__import__("culpa.collector.formats", fromlist=["x"]).__file__)).parent

NGINX_LINE = '{"ts":"1795334722.820","connection":1,"request_uri":"/a","status":502,"request_time":0.5}'


def records_of(format_name: str, content: bytes) -> list[Record]:
    records = RecordAssembler(by_name(format_name))
    lines = LineSplitter()
    found = [record for line in [*lines.feed(content), *lines.rest()] for record in records.add(line)]
    return [*found, *records.flush()]


def test_the_folder_is_the_registry() -> None:
    """Every module without a leading underscore is a format of its own name; those that are data come behind."""
    assert sorted(path.stem for path in FOLDER.glob("[!_]*.py")) == list(coded())
    assert [*coded(), *declared()] == list(formats())


def test_rows_have_the_columns_of_the_store() -> None:
    """A column that the schema gains or loses is noticed here."""
    elsewhere = {"exception_type", "exception_message", "exception_code", "stacktrace"}
    assert set(arrow_schema("access").names) == set(AccessRow.__struct_fields__)
    assert set(arrow_schema("logs").names) == set(LogRow.__struct_fields__) - elsewhere


def test_an_unknown_format_is_named_with_those_that_exist() -> None:
    """The message says what to write instead."""
    with pytest.raises(ValueError, match=r"no server-log format 'ngnix'; known: .*nginx_access"):
        by_name("ngnix")


@pytest.mark.parametrize(
    "lines",
    [
        ["Nov 24 09:59:33 lb haproxy[7]: 127.0.0.1:5 [24/Nov/2026:09:59:33.1] www app/a 0/0/1/2/3 502 9 - - ----"],
        ["[24.11.26 09:59:33:123 CET] 00000001 WebContainer  E   SRVE0293E: servlet failed"],
        ["2026-11-24 09:59:33,123 [main] ERROR: could not save, the database said: ERROR:  deadlock detected"],
        ['{"level":7,"ts":"soon","note":"another program that logs as it likes"}'],
        ['{"message":"boom","context":{},"status":500,"level":400}'],
        ['{"resourceSpans":[]}', "[1,2]", "null", "", "\x00\x01"],
    ],
)
def test_no_format_claims_what_is_not_its_own(lines) -> None:
    """Another log is left alone rather than misread: all that may be known of it is a time and a level."""
    found = recognise("access.log", lines)
    assert found is None or found.is_alone


def test_a_format_is_told_by_what_the_file_holds(read) -> None:
    """The name does not matter, nor does a half line at the start."""
    assert "nginx_access" == recognise("x", ['st":200}', NGINX_LINE]).name
    assert "nginx_error" == recognise("access.json", ["2026/11/22 08:06:21 [notice] 1#1: nginx/1.22.1"]).name


def test_a_request_without_ids_gets_those_that_the_contract_derives(read) -> None:
    """Reading the same place of the same file twice gives the same ids; another place gives others."""
    row = read("nginx_access", NGINX_LINE, "/var/log/access.log", 7)
    trace = hashlib.md5(f"access.log\0{7}\0{NGINX_LINE}".encode()).hexdigest()
    assert (trace, hashlib.md5(f"{trace}-request".encode()).hexdigest()[:16]) == (row.trace_id, row.span_id)
    assert row == read("nginx_access", NGINX_LINE, "/elsewhere/access.log.2.gz", 7)
    other = read("nginx_access", NGINX_LINE, "/var/log/access.log", 8)
    assert row.access_id != other.access_id and row.trace_id != other.trace_id


@pytest.mark.parametrize(
    "trace_id",
    ["-", "", "d41d8cd98f00b204e9800998ecf8427e", "0" * 32, "xyz", "AAAA", "9398644cebf1faa11487c91b1cef0d5"],
)
def test_an_id_that_cannot_be_one_request_s_is_not_taken(trace_id, read) -> None:
    """The md5 of nothing is what a wrongly placed Apache directive gives to every request."""
    line = f'{{"status":500,"dur_us":5,"ts_us":1,"trace_id":"{trace_id}","span_id":"-","unique_id":"abc"}}'
    row = read("apache_access", line)
    assert hashlib.md5(b"abc").hexdigest() == row.trace_id
    assert hashlib.md5(b"abc-span").hexdigest()[:16] == row.span_id


def test_upper_case_ids_are_the_same_ids(read) -> None:
    """Ids are stored in lower case."""
    line = NGINX_LINE.replace('"ts"', '"trace_id":"9398644CEBF1FAA11487C91B1CEF0D5E","ts"')
    assert "9398644cebf1faa11487c91b1cef0d5e" == read("nginx_access", line).trace_id


@pytest.mark.parametrize(
    ("told", "is_at_once"),
    [
        ('"handler":"-","file":"-"', True),
        ('"handler":"-"', True),
        ('"handler":"-","file":"/srv/x"', False),
        ('"pid":7', False),
    ],
)
def test_what_apache_answers_before_it_looks_for_a_file_is_told(told: str, is_at_once: bool, read) -> None:
    """Neither a handler nor a file was found; a format without handlers says nothing."""
    row = read("apache_access", f'{{"status":503,"dur_us":5,"ts_us":1,"unique_id":"abc",{told}}}')
    assert is_at_once == ("apache.answered_at_once" in row.attr_keys)


def test_apache_s_escapes_are_read_as_the_bytes_they_stand_for(read) -> None:
    """An escaped backslash before an x is no escape; `-` for a number is no number."""
    line = r'{"status":500,"dur_us":-,"ts_us":1,"uri":"/a\\x41\x01\xc3\xa9\v\"\xff","unique_id":"-"}'
    assert '/a\\x41\x01é\v"�' == read("apache_access", line).url_path


@pytest.mark.parametrize(
    ("format_name", "line"),
    [
        ("nginx_access", "not json"),
        ("nginx_access", '{"ts":1,"status":"-"}'),
        ("nginx_access", '["status"]'),
        ("apache_access", '{"status":500'),
        ("apache_access", "{" * 100_000),
        ("caddy_access", '{"level":"info","ts":1,"msg":"x","request":"GET"}'),
        ("nginx_error", "2026/13/45 08:05:33 [error] 1#1: no such day"),
        ("nginx_error", "    at boom (/srv/x.js:3)"),
    ],
)
def test_a_line_that_is_something_else_is_unreadable(format_name, line, read) -> None:
    """The reader is told, and nothing else is raised."""
    with pytest.raises(Unreadable):
        read(format_name, line)


@pytest.mark.parametrize(
    "value", ['"abc"', '"-"', '""', "null", "-5", "1e300", '"nan"', "[1]", "{}", '"99999999999999999999"']
)
def test_values_that_make_no_sense_are_absent_values(value, read) -> None:
    """A strange number costs its own column and nothing else; the table still fits the store."""
    keys = [
        "ts",
        "pid",
        "connection",
        "server_port",
        "bytes",
        "request_time",
        "upstream_response_time",
        "upstream_addr",
    ]
    line = "{" + ",".join(f'"{key}":{value}' for key in keys) + ',"status":502,"request_uri":"/a"}'
    row = read("nginx_access", line)
    assert ("/a", 502) == (row.url_path, row.http_response_status_code)
    assert 1 == tables_of([row])["access"].num_rows


def test_lines_that_continue_a_record_are_kept_with_it(read) -> None:
    """An exception of a script inside nginx is written over several lines."""
    text = (
        "2026/11/22 08:05:33 [error] 7#7: *1 js exception: Error: njs boom\n    at boom (/etc/nginx/x.js:3)\n"
        '    at native, client: 127.0.0.1, server: , request: "GET /js HTTP/1.1", host: "x"\n'
        "2026/11/22 08:05:34 [notice] 7#7: next\n"
    )
    first, second = records_of("nginx_error", text.encode())
    row = by_name("nginx_error").read(first, Source("error.log"))
    assert "js exception: Error: njs boom\n    at boom (/etc/nginx/x.js:3)\n    at native" == row.body
    assert ("/js", 1, 4) == (row.url_path, first.line, second.line)
    assert text.index("2026/11/22 08:05:34") == second.offset == first.end


def test_a_client_cannot_write_an_upstream_into_the_error_line(read) -> None:
    """What it sends as request line or referrer is not taken for what nginx says itself."""
    forged = (
        "2026/11/22 08:05:33 [info] 7#7: *1 client sent invalid request, client: 1.2.3.4, server: s, "
        'request: "GET /x", upstream: "http://victim", host: "h HTTP/1.1", host: "real"'
    )
    assert "" == read("nginx_error", forged).upstream_address


def test_times_of_a_zone_that_the_log_does_not_name_are_read_in_the_given_one(read) -> None:
    """The error log of nginx is written in local time."""
    record = Record("2026/07/01 12:00:00 [notice] 1#1: x", 0, 1, 1)
    in_vienna = by_name("nginx_error").read(record, Source("error.log", ZoneInfo("Europe/Vienna")))
    in_utc = by_name("nginx_error").read(record, Source("error.log"))
    assert 2 * 3600 * 10**9 == in_utc.time - in_vienna.time


def test_suspects_are_requests_that_failed_or_broke_off(read) -> None:
    """A client that left, or an error of its own making, is none."""
    rows = [
        read(
            "nginx_access",
            NGINX_LINE.replace("502", str(status)).replace('"ts"', f'"completion":"{done}","ts"'),
        )
        for status, done in [(500, "OK"), (200, "OK"), (200, ""), (404, "OK"), (499, "")]
    ]
    assert {rows[0].trace_id, rows[2].trace_id} == suspects_of(rows)


def test_a_failure_of_which_only_a_line_tells_is_a_suspect_too(read) -> None:
    """By the id that the analysis makes of the line; one that names neither request nor client tells of none."""
    own = read("python_server", '192.0.2.1 - - [01/May/2024:10:03:12 +0000] "GET /orders/ HTTP/1.1" 500 0 "-" "curl/8"')
    head = "2026/11/22 08:06:21 [error] 9#9: *4 connect() failed (111: Connection refused) while connecting to upstream"
    error = read("nginx_error", f'{head}, client: 10.0.0.9, server: _, request: "GET /a HTTP/1.1"')
    bare = read("nginx_error", "2026/11/22 08:06:21 [alert] 9#9: worker process 7 exited on signal 9")
    ids = {hashlib.md5(row.log_id.encode(), usedforsecurity=False).hexdigest() for row in (own, error)}
    assert ids == suspects_of([own, error, bare])


def test_secrets_in_lines_do_not_reach_the_tables(read) -> None:
    """Paths, queries, messages and headers are redacted before they are stored."""
    line = NGINX_LINE.replace("/a", "/a/jo.doe@example.com?token=hunter2secret").replace(
        '"ts"', '"user_agent":"x password=hunter3secret","http_authorization":"Bearer hunter4secret","ts"'
    )
    error = (
        '2026/11/22 08:05:33 [error] 7#7: *1 open() "/x" failed (2: No such file), client: 1.2.3.4, '
        'server: s, request: "GET /x?api_key=hunter5secret HTTP/1.1", '
        'upstream: "http://u:hunter6secret@h/x?token=hunter7secret", '
        'host: "h", referrer: "https://h/?access_token=hunter8secret"'
    )
    stored = str(
        [table.to_pylist() for table in tables_of([read("nginx_access", line), read("nginx_error", error)]).values()]
    )
    assert "hunter" not in stored
    assert "jo.doe" not in stored
    assert "/a/" in stored and "failed (2: No such file)" in stored


def test_a_line_longer_than_the_limit_is_cut_and_the_next_one_is_whole() -> None:
    """Memory stays bounded, offsets stay right."""
    lines = LineSplitter(max_line_bytes=10)
    found = list(lines.feed(b"x" * 25)) + list(lines.feed(b"y" * 5 + b"\nnext\nha"))
    assert [(b"x" * 10, 0, 31, True), (b"next", 31, 36, False)] == [line[:4] for line in found]
    assert 36 == lines.offset
    rest = list(lines.rest())
    assert [(b"ha", 36, 38, False)] == [line[:4] for line in rest]
    assert [1, 2, 3] == [line.number for line in (*found, *rest)]


def test_names_of_rotated_and_compressed_files_are_those_of_the_log() -> None:
    """A line is the same row wherever it is read."""
    names = ["access.log", "access.log.1", "access.log.12.gz", "access.log-20261124.zst", "/x/access.log"]
    assert {"access.log"} == {source_name(name) for name in names}


def test_an_exception_in_a_record_is_a_row_of_its_own_that_names_the_record() -> None:
    """It is redacted as one that came over OTLP, and read in the same way."""
    stack = (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/db.py", line 7, in save\n    run()\n'
        "ValueError: no key for jo.doe@example.com\n"
    )
    row = LogRow(
        log_id="00000000000000aa",
        time=5,
        observed_time=5,
        service_name="apache",
        body="boom",
        format="x",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        stacktrace=stack,
    )
    tables = tables_of([row])
    [found] = tables["exceptions"].to_pylist()
    assert ("log", row.log_id, row.trace_id) == (found["source"], found["log_id"], found["trace_id"])
    assert ("ValueError", "/srv/shop/db.py", 7) == (
        found["type"],
        found["code_file_path"],
        found["code_line_number"],
    )
    assert "jo.doe" not in str(found) and "no key for" in found["message"]
    assert {row.trace_id} == suspects_of([row])


def test_a_line_may_belong_to_the_record_before_it_and_know_the_last_time() -> None:
    """What a program prints between two dated lines is a record of its own that knows the line before."""
    known = Format(
        name="x",
        service_name="",
        recognises=lambda _name, _lines: False,
        read=lambda _record, _source: None,
        begins=lambda line: not line.startswith(" "),
        continues=lambda lines, line: lines[0].startswith("Traceback") and line.startswith("ValueError"),
        dates=lambda line: line.startswith("["),
    )
    text = b"[1] a\nTraceback\n  File\nValueError: x\nplain\n[2] b\n"
    records = RecordAssembler(known)
    found = [record for line in LineSplitter().feed(text) for record in records.add(line)]
    found += records.flush()
    assert [
        ("[1] a", ""),
        ("Traceback\n  File\nValueError: x", "[1] a"),
        ("plain", "[1] a"),
        ("[2] b", "[1] a"),
    ] == [(record.text, record.dated) for record in found]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "php_fpm_log",
            "[22-Nov-2026 08:00:00] WARNING: [pool www] child 9, script '/a.php' (request: \"GET /a\") "
            "execution timed out (1.3.1 sec), terminating",
        ),
        (
            "php_fpm_log",
            "[22-Nov-2026 08:00:00] WARNING: [pool www] child 9, script '/a' executing too slow (. sec), x",
        ),
        ("rails_log", 'Started GET "/a" for ::1 at 2026-11-22 08:00:00 +0000\nCompleted 500 Error in 1.3.1ms'),
        (
            "caddy_access",
            '{"logger":"http.log.access","ts":1,"request":{"uri":"/"},"status":500,"duration":"' + "9" * 400 + 's"}',
        ),
    ],
)
def test_a_duration_that_is_no_number_breaks_nothing(name: str, line: str) -> None:
    by_name(name).read(Record(line, 0, len(line), 1), Source("some.log"))
